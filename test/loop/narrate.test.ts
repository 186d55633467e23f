// What people are told of a plan.

import { expect, it } from 'vitest';
import { narratePlan } from '../../src/loop/narrate.ts';
import { reconcile } from '../../src/plan/reconcile.ts';
import { host, service, world } from '../plan/world.ts';
import { Stage } from '../rollout/stage.ts';

const told = (stage: Stage): readonly (readonly [string, string | null | undefined, string])[] =>
  narratePlan(stage.world.memory, reconcile(stage.world), {
    isUnwanted: () => false,
    isSeen: (id) => stage.world.observed.hosts.get(id)?.state === 'fresh',
  }).map((event) => [event.kind, event.host, event.message]);

/** All that is known of what runs is what its labels say. */
function forgotten(): Stage {
  const stage = new Stage(world([host('h1')], [service('api')])).settle();
  stage.world = { ...stage.world, memory: { ...stage.world.memory, services: new Map() } };
  return stage;
}

it('a container that was not known is told when it is taken on', () => {
  const stage = forgotten();
  const [container] = stage.containers();
  const message = `${container?.name} runs on h1 and was not known: it is taken on`;
  expect(told(stage)).toContainEqual(['service/found', 'h1', message]);
  stage.settle();
  expect(told(stage)).toEqual([]);
});

it('a replica that is planned is not told as found', () => {
  const stage = new Stage(world([host('h1')], [service('api')]));
  for (let n = 0; n < 10; n += 1) {
    expect(told(stage).map(([kind]) => kind)).not.toContain('service/found');
    stage.step();
  }
});

it('a replica on a host that does not answer is not told as ready', () => {
  const hosts = [host('h1'), host('h2')];
  const stage = new Stage(world(hosts, [service('api', { replicas: 2 })])).settle();
  stage.host('h2', 'unreachable').commit(service('api', { replicas: 3 }));
  const counts: string[] = [];
  for (let n = 0; n < 10; n += 1) {
    for (const [kind, , message] of told(stage)) if (kind === 'service/ready') counts.push(message);
    stage.step();
  }
  expect(counts).toEqual(['2 of 3 ready']);
});
