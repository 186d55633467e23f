// What two services need on a host is done once, and neither waits for what only the other one needs.

import { describe, expect, it } from 'vitest';
import type { Action } from '../../src/action/action.ts';
import { reconcile } from '../../src/plan/reconcile.ts';
import { COLOURS, commit, host, service, world } from './world.ts';

const NAMES = ['api', 'web'] as const;

/** Both mount the same config; the image of `local` is on the host already. */
function actions(local: string): readonly Action[] {
  const services = NAMES.map((name) => service(name, { container: { mounts: [COLOURS] } }));
  const before = world([host('h1')], services);
  const images = new Map(before.facts.images);
  for (const s of services)
    if (s.name === local) {
      const identity = { kind: 'local' as const, ids: [`sha256:${'1'.repeat(64)}`] };
      images.set(s.key, { reference: s.container.image, at: before.now, outcome: { ok: true, identity } });
    }
  const views = new Map(
    [...before.observed.hosts].map(([id, view]) => [
      id,
      {
        ...view,
        images: [
          {
            id: `sha256:${'1'.repeat(64)}`,
            tags: [`registry.test/shop/${local}:1`],
            digests: [],
            createdAt: before.now,
            sizeBytes: 1,
          },
        ],
      },
    ]),
  );
  const memory = { ...before.memory, configs: new Map([[COLOURS.contentHash, []]]) };
  const now = { ...commit(before, services), memory };
  return reconcile({
    ...now,
    facts: { ...now.facts, images },
    observed: { ...now.observed, hosts: views },
  }).actions;
}

describe('a config that two services mount', () => {
  it.each(NAMES)('is written without waiting for an image where that of %s is there', (local) => {
    const fills = actions(local).filter(({ kind }) => kind === 'fillConfig');
    expect(fills).toHaveLength(1);
    expect(fills[0]?.after).toEqual([]);
    expect(fills[0]).toMatchObject({ image: `registry.test/shop/${local}:1` });
  });

  it.each(NAMES)('is waited for by both (%s has its image)', (local) => {
    const all = actions(local);
    const fill = all.find(({ kind }) => kind === 'fillConfig');
    const runs = all.filter(({ kind }) => kind === 'runContainer');
    expect(runs).toHaveLength(2);
    for (const run of runs) expect(run.after).toContain(fill?.key);
  });
});
