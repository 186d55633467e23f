// Housekeeping is decided on at one moment and done at another: what a service has got to need in between stays.

import { expect, it } from 'vitest';
import { makeAction } from '../../src/action/action.ts';
import { HostId } from '../../src/kernel/ids.ts';
import { housekeeping, overtaken } from '../../src/plan/housekeeping.ts';
import type { World } from '../../src/plan/world.ts';
import { Stage } from '../rollout/stage.ts';
import { host, service, world } from './world.ts';

const H1 = HostId.parse('h1');
const api = (version: number) => service('api', { image: `registry.test/shop/api:${version}` });

/** Version 1 has been replaced by version 2, and its image lies there. */
const replaced = (): Stage => new Stage(world([host('h1')], [api(1)])).settle().commit(api(2)).settle();

const pulledIn = ({ observed }: World) =>
  new Map([[H1, new Set((observed.hosts.get(H1)?.images ?? []).flatMap(({ digests }) => digests))]]);

const removals = (now: World) => housekeeping({ world: now, kept: new Set(), pulled: pulledIn(now) });

const late = ({ world: now }: Stage, waiting = removals(replaced().world)) => [
  ...overtaken(waiting, { world: now, pulled: pulledIn(now) }),
];

it('nothing is taken back as long as nothing has changed', () => {
  expect(removals(replaced().world).map(({ kind }) => kind)).toEqual(['removeImage']);
  expect(late(replaced())).toEqual([]);
});

it('the image of a version that is deployed again stays', () => {
  const again = replaced().commit(api(1));
  again.step();
  again.step();
  expect(late(again)).toEqual(removals(replaced().world).map(({ key }) => key));
});

it('actions that no housekeeping has asked for are left alone', () => {
  const stop = makeAction(
    { host: H1, service: api(1).key, object: 'shop.api', because: 'replaced' },
    { kind: 'removeContainer', id: 'shop.api' },
  );
  expect(late(replaced(), [stop])).toEqual([]);
});
