// The check of what load balancers serve by at rest: the rules of a host are broken here on purpose.

import { expect, it } from 'vitest';
import { Doors } from '../../src/sim/checks/doors.ts';
import { Scene } from '../../src/sim/checks/scene.ts';
import type { Pool } from '../../src/sim/requests/route.ts';
import type { SimHost } from '../../src/sim/world/fleet.ts';
import { Deployed, words } from './deployed.ts';
import { service, shopOf } from './plain-shop.ts';

/** web runs on h2 and is led to the api there and to the one on h1; nobody is on h3. */
const SHOP = {
  ...shopOf(
    3,
    service('api', { replicas: 2, maxPerHost: 1, zone: 'near', serves: [{ port: 8_080, protocol: 'http' }] }),
    service('web', { zone: 'near', tolerates: true, connects: [{ service: 'api', port: 8_080 }] }),
  ),
  hasConnections: true,
  hasMesh: true,
  hostRules: new Map([
    ['h1', { zone: 'near' }],
    ['h2', { zone: 'near' }],
  ]),
};

/** Somebody changes the rules of a host behind everybody's back. */
function change(host: SimHost, to: (pool: Pool) => Partial<Pool>, doors?: readonly never[]): void {
  for (const volume of host.engine.machine.volumes.values()) {
    const { rules } = volume;
    if (rules === null) continue;
    const pools = rules.traffic.pools.map((pool) => ({ ...pool, ...to(pool) }));
    volume.rules = {
      ...rules,
      traffic: { ...rules.traffic, pools, ...(doors === undefined ? {} : { doors }) },
    };
  }
  host.engine.machine.changed();
}

const revisions =
  (to: (group: Pool['revisions'][number]) => Partial<Pool['revisions'][number]>) => (pool: Pool) => ({
    revisions: pool.revisions.map((group) => ({ ...group, ...to(group) })),
  });

interface Stage {
  /** Where web runs, and where only an api does. */
  readonly near: SimHost;
  readonly far: SimHost;
  readonly idle: SimHost;
}

it.each<[string, (stage: Stage) => void, RegExp | string]>([
  ['everything as the controller left it', () => {}, 'nothing'],
  [
    'one host is led to no more',
    ({ near }) =>
      change(
        near,
        revisions(() => ({ remote: [] })),
      ),
    /^I5 .* connects to shop\/api:8080 and is not led to h\d$/,
  ],
  [
    'one host does not answer for it',
    ({ far }) => change(far, () => ({ askedBy: [] })),
    /^I5 .* is led to h\d, and its rules \S+ do not answer h\d$/,
  ],
  [
    'a host without a replica is led to',
    ({ near, idle }) =>
      change(
        near,
        revisions(({ remote }) => ({
          remote: [...remote, { host: idle.id, as: 'all' as const, replicas: 1 }],
        })),
      ),
    /^I5 .* and is led to h3$/,
  ],
  [
    'the replica beside it is not led to',
    ({ near }) =>
      change(
        near,
        revisions(() => ({ local: [] })),
      ),
    /^I5 .* and is led to nobody instead of shop\.api\.\S+ at /,
  ],
  ['there is no door', ({ near }) => change(near, () => ({}), []), /^I5 .* have no door at 10\./],
])('%s', async (_, meddle, verdict) => {
  const d = await Deployed.shop(SHOP);
  const near = d.host(d.container('web').host);
  const far = d.host(near.id === 'h1' ? 'h2' : 'h1');
  meddle({ near, far, idle: d.host('h3') });
  expect(words(() => new Doors(new Scene(d.world)).atRest())).toMatch(verdict);
});
