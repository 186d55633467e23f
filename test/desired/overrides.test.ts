// What the controller's own configuration replaces, so that a fleet's manifests run on one machine.

import { describe, expect, it, test } from 'vitest';
import { resolveImage } from '../../src/desired/images.ts';
import type { FleetOverrides } from '../../src/desired/input.ts';
import { service } from '../manifest/reading.ts';
import { host, resolve, source } from './resolving.ts';

const FLEET = {
  'a.yaml': host('fra-1', 'role: app, zone: fra'),
  'b.yaml': host('fra-2', 'role: app, zone: fra, disk: large'),
  'c.yaml': host('ber-1', 'role: db, zone: ber'),
};
const SOCKET = 'unix:///var/run/docker.sock';
const ONE: FleetOverrides = {
  hosts: {
    'fra-1': { as: 'local', address: SOCKET },
    'fra-2': { as: 'local' },
    'ber-1': { as: 'local', address: SOCKET },
  },
};

test('several hosts become one, with the labels of all', () => {
  const { desired } = resolve([source(FLEET)], ONE);
  expect([...desired.hosts.values()]).toMatchObject([
    {
      id: 'local',
      address: { scheme: 'unix', socketPath: '/var/run/docker.sock' },
      hostKeys: [],
      labels: { role: 'app|db', zone: 'ber|fra', disk: 'large', 'plimsoll.dev/host': 'ber-1|fra-1|fra-2' },
    },
  ]);
});

describe('placement finds the host that stands in', () => {
  it.each([
    '{ hosts: { role: app } }',
    '{ hosts: { role: db, zone: ber } }',
    '{ hosts: { zone: [ber, ham] } }',
    '{ hosts: { disk: large } }',
    '{ hosts: { plimsoll.dev/host: fra-2 } }',
  ])('%s', (placement) => {
    const { desired } = resolve([source({ ...FLEET, 'w.yaml': service(`placement: ${placement}`) })], ONE);
    const [found] = desired.services.values();
    const [local] = desired.hosts.values();
    for (const { key, values } of found?.placement.hosts ?? []) expect(values).toContain(local?.labels[key]);
  });

  test('a label that no host has is an error all the same', () => {
    expect(() =>
      resolve([source({ ...FLEET, 'w.yaml': service('placement: { hosts: { zone: ham } }') })], ONE),
    ).toThrow('zone=ham');
  });

  test('a limit per host counts for each host that was folded', () => {
    const { desired } = resolve(
      [source({ ...FLEET, 'w.yaml': service('placement: { maxPerHost: 2 }') })],
      ONE,
    );
    expect([...desired.services.values()][0]?.placement.maxPerHost).toBe(6);
  });
});

test('a host can have another address and keep its name', () => {
  const { desired } = resolve([source(FLEET)], {
    hosts: { 'ber-1': { address: 'ssh://lab@10.0.0.1:2222' } },
  });
  expect(
    [...desired.hosts.values()].map((one) => [one.id, one.address.scheme === 'ssh' && one.address.host]),
  ).toEqual([
    ['ber-1', '10.0.0.1'],
    ['fra-1', 'fra-1'],
    ['fra-2', 'fra-2'],
  ]);
});

describe('images', () => {
  const DIGEST = `sha256:${'0'.repeat(64)}`;
  it.each([
    ['nginx', {}, 'docker.io/library/nginx:latest'],
    ['nginx:1', { redis: 'x' }, 'docker.io/library/nginx:1'],
    ['nginx:1', { nginx: 'local/web' }, 'docker.io/local/web:1'],
    ['nginx:1', { 'docker.io/library/nginx': 'local/web' }, 'docker.io/local/web:1'],
    ['nginx:1', { nginx: 'local/web:dev' }, 'docker.io/local/web:dev'],
    ['nginx:1', { 'nginx:1': 'local/web' }, 'docker.io/local/web:latest'],
    ['nginx:1', { 'nginx:2': 'local/web' }, 'docker.io/library/nginx:1'],
    ['nginx:1', { nginx: 'a', 'nginx:1': 'b' }, 'docker.io/library/b:latest'],
    ['ghcr.io/shop/api:2', { 'ghcr.io/shop/api': 'registry:5000/api' }, 'registry:5000/api:2'],
    [`nginx@${DIGEST}`, { nginx: 'local/web' }, 'docker.io/local/web:latest'],
  ])('%s with %j is %s', (image, replacements, expected) => {
    expect(resolveImage(image, replacements)).toBe(expected);
  });
});
