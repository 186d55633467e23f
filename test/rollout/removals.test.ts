// What is being removed at this moment is there still, and nothing may count with it: it is made anew afterwards.

import { expect, it } from 'vitest';
import { type ActionKind, actionKey } from '../../src/action/action.ts';
import { contentHash } from '../../src/kernel/canonical.ts';
import { HostId } from '../../src/kernel/ids.ts';
import { configVolumeName } from '../../src/kernel/owner.ts';
import { COLOURS, host, service, world } from '../plan/world.ts';
import { Stage } from './stage.ts';

const API = service('api', { container: { mounts: [COLOURS] } });

/** The service was taken away; all that it needs is on the host still, and then it is wanted again. */
function back(kind: ActionKind, object: string) {
  const first = world([host('h1')], [API]);
  const memory = {
    ...first.memory,
    configs: new Map([[COLOURS.contentHash, []]]),
    filled: new Set([`h1/${COLOURS.contentHash}`]),
  };
  const stage = new Stage({ ...first, memory }).settle().commit().settle();
  const removal = actionKey(HostId.parse('h1'), kind, object);
  stage.world = { ...stage.world, facts: { ...stage.world.facts, inFlight: new Set([removal]) } };
  const { actions } = stage.commit(API).step();
  return { removal, find: (wanted: ActionKind) => actions.find((action) => action.kind === wanted) };
}

const IMAGE = `registry.test/shop/api@sha256:${contentHash('registry.test/shop/api:1')}`;

it('counts with what is there', () => {
  const { find } = back('removeImage', 'another');
  for (const kind of ['pullImage', 'createNetwork', 'fillConfig'] as const)
    expect(find(kind)).toBeUndefined();
  expect(find('runContainer')?.after).toEqual([]);
});

it.each([
  ['removeImage', IMAGE, 'pullImage'],
  ['removeNetwork', 'plimsoll.shop.api', 'createNetwork'],
  ['removeVolume', configVolumeName(COLOURS.contentHash), 'fillConfig'],
] as const)('%s under way: %s is made anew after it', (removing, object, making) => {
  const { removal, find } = back(removing, object);
  expect(find(making)?.after).toContain(removal);
});
