// What nothing needs any more goes in one round, together with what kept it in use.

import { expect, it } from 'vitest';
import { actionKey } from '../../src/action/action.ts';
import { HostId } from '../../src/kernel/ids.ts';
import { configLabels, configVolumeName } from '../../src/kernel/owner.ts';
import { observe } from '../../src/observed/observed.ts';
import type { ObservedContainer } from '../../src/observed/report.ts';
import { housekeeping } from '../../src/plan/housekeeping.ts';
import type { World } from '../../src/plan/world.ts';
import { Stage } from '../rollout/stage.ts';
import { CONTROLLER, host, service, world } from './world.ts';

const H1 = HostId.parse('h1');
const VOLUME = configVolumeName('c'.repeat(64));
const LABELS = configLabels(CONTROLLER, 'c'.repeat(64));
const ID = `sha256:${'1'.repeat(64)}`;
const DIGEST = `registry.test/shop/old@sha256:${'2'.repeat(64)}`;

/** A config volume and an image that nothing needs; the given containers use both. */
function abandoned(users: readonly Pick<ObservedContainer, 'name' | 'labels'>[]): World {
  const { world: now } = new Stage(world([host('h1')], [service('api')])).settle();
  const [view] = now.observed.hosts.values();
  const [like] = view?.containers.values() ?? [];
  if (view === undefined || like === undefined) throw new Error('nothing runs');
  const stopped = { ...like, status: 'created' as const, imageId: ID, volumes: [VOLUME], networks: {} };
  const containers = users.map((user) => ({ ...stopped, ...user, id: user.name }));
  const changed = {
    ...view,
    containers: new Map([like, ...containers].map((c) => [c.id, c])),
    volumes: new Map([[VOLUME, { name: VOLUME, labels: LABELS }]]),
    images: [...view.images, { id: ID, tags: [], digests: [DIGEST], createdAt: now.now, sizeBytes: 1 }],
  };
  return { ...now, observed: observe([changed], CONTROLLER) };
}

const FILLER = { name: `${VOLUME}.fill`, labels: LABELS };
const FOREIGN = { name: 'somebody', labels: {} };
const kept = new Set<never>();
const pulled = new Map([[H1, new Set([DIGEST])]]);
const asked = (now: World) =>
  housekeeping({ world: now, kept, pulled }).map(({ kind, after }) => [kind, after] as const);

it('a config and an image that nothing uses go', () => {
  expect(asked(abandoned([]))).toEqual([
    ['removeVolume', []],
    ['removeImage', []],
  ]);
});

it('what only the filler of a dead controller uses goes after it, in the same round', () => {
  const filler = actionKey(H1, 'removeContainer', FILLER.name);
  expect(asked(abandoned([FILLER]))).toEqual([
    ['removeContainer', []],
    ['removeVolume', [filler]],
    ['removeImage', [filler]],
  ]);
});

it('what somebody else uses as well stays', () => {
  expect(asked(abandoned([FILLER, FOREIGN]))).toEqual([['removeContainer', []]]);
});

it('the filler of a config that is being written stays, with all that it uses', () => {
  const now = abandoned([FILLER]);
  const inFlight = new Set([actionKey(H1, 'fillConfig', VOLUME)]);
  expect(asked({ ...now, facts: { ...now.facts, inFlight } })).toEqual([]);
});
