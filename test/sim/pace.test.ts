// Who is not affected by a fault does not notice it (I13): a service is deployed as fast as ever while a host
// that it does not need hangs, the registry of another one is down, or another rollout is stuck.

import { describe, expect, it } from 'vitest';
import { NAMESPACE } from '../../src/sim/shop/shop.ts';
import { setConditions } from '../../src/sim/world/fleet.ts';
import { STEADY_TEMPO } from '../../src/sim/world/tempo.ts';
import { World } from '../../src/sim/world/world.ts';
import { pass } from './pass.ts';
import { service, shopOf } from './plain-shop.ts';

const MINUTE_MS = 60_000;
const SHOP = shopOf(4, service('web'), service('api', { replicas: 2 }));

const hostOf = (world: World, name: string): string[] =>
  [...world.hosts.values()]
    .filter(({ engine }) =>
      [...engine.machine.containers.values()].some((c) => c.name.startsWith(`${NAMESPACE}.${name}.`)),
    )
    .map(({ id }) => id);

/** Seconds from a commit that changes `web` until it is rolled out, while `disturb` holds. */
async function deployingS(disturb: (world: World) => void): Promise<number> {
  const world = new World({ seed: 1, shop: SHOP, isTold: false, tempo: STEADY_TEMPO });
  world.boot(0);
  await pass(world, MINUTE_MS);
  disturb(world);
  await pass(world, 20_000);
  const beganMs = world.scheduler.nowMs;
  world.commit(
    { ...world.shop, services: new Map(world.shop.services).set('web', service('web', { tag: '2' })) },
    'web 2',
  );
  const isDone = (): boolean => {
    const web = world.active?.controller.status().services.find((s) => s.name === 'web');
    return web?.phase === 'ready' && web.revision !== first;
  };
  const first = world.active?.controller.status().services.find((s) => s.name === 'web')?.revision;
  while (!isDone() && world.scheduler.nowMs - beganMs < 5 * MINUTE_MS) await pass(world, 250);
  return (world.scheduler.nowMs - beganMs) / 1_000;
}

function idleHost(world: World) {
  const busy = new Set([...hostOf(world, 'web')]);
  const found = [...world.hosts.values()].findLast(({ id }) => !busy.has(id));
  if (found === undefined) throw new Error('every host has a replica of web');
  return found;
}

describe('a service is deployed as fast as ever', () => {
  const undisturbed = deployingS(() => {});

  it.each<[string, (world: World) => void]>([
    [
      'the sshd of a host that it does not need is stopped',
      (w) => setConditions(idleHost(w), { way: 'halfOpen' }),
    ],
    ['the engine of a host that it does not need hangs', (w) => idleHost(w).engine.freezeDaemon()],
    ['a host that it does not need is cut off', (w) => setConditions(idleHost(w), { way: 'cut' })],
    [
      'another service cannot be deployed',
      (w) =>
        w.commit(
          {
            ...w.shop,
            services: new Map(w.shop.services).set('api', service('api', { replicas: 2, tag: 'gone' })),
          },
          'api gone',
        ),
    ],
    [
      'another service crashes again and again',
      (w) =>
        w.commit(
          {
            ...w.shop,
            services: new Map(w.shop.services).set('api', service('api', { replicas: 2, tag: 'crash' })),
          },
          'api crash',
        ),
    ],
  ])('while %s', async (_, disturb) => {
    const usual = await undisturbed;
    expect(usual).toBeLessThan(60);
    expect(await deployingS(disturb)).toBeLessThanOrEqual(usual * 1.1 + 0.5);
  });
});
