// What differs between two revisions, in words.

import { expect, it } from 'vitest';
import type { ContainerSpec } from '../../src/desired/container.ts';
import { makeRevision } from '../../src/desired/revision.ts';
import { ServiceKey } from '../../src/kernel/ids.ts';
import { explainChange } from '../../src/rollout/change.ts';
import { service } from '../plan/world.ts';

const BASE = service('api').container;
const revision = (change: Partial<ContainerSpec>) =>
  makeRevision({ ...BASE, ...change }, { kind: 'digest', digest: `sha256:${'a'.repeat(64)}` });

const connects = (port: number): ContainerSpec['connects'] => [
  { service: ServiceKey.parse('shop/db'), port, names: ['db', 'db.shop'] },
];

it.each<[Partial<ContainerSpec>, Partial<ContainerSpec>, string]>([
  [{}, { connects: connects(5432) }, 'connects changed'],
  [{ connects: connects(5432) }, { connects: connects(5433) }, 'connects changed'],
  [{ connects: connects(5432) }, {}, 'connects changed'],
  [
    {},
    { connects: connects(5432), environment: { DB_HOST: 'db', DB_PORT: '5432' } },
    'environment DB_HOST, DB_PORT, connects changed',
  ],
  [
    {},
    { image: 'registry.test/shop/api:2' },
    'image registry.test/shop/api:1 → registry.test/shop/api:2 changed',
  ],
])('from %j to %j', (from, to, expected) => {
  expect(explainChange(revision(from), revision(to))).toBe(expected);
});
