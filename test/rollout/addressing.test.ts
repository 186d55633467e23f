// Which addresses a network gets that we make on a host.

import { describe, expect, it } from 'vitest';
import { HostId } from '../../src/kernel/ids.ts';
import { subnetFor } from '../../src/rollout/addressing.ts';
import { host, service, world } from '../plan/world.ts';
import { Stage } from './stage.ts';

const RANGE = { networkRange: '10.201.0.0/22' };

const taken = (...subnets: readonly string[]) => ({
  networks: new Map(
    subnets.map((subnet, at) => [`n${at}`, { id: `n${at}`, name: `n${at}`, labels: {}, subnets: [subnet] }]),
  ),
});

describe('a network that is made on a host', () => {
  it('differs from those that are about to be made', () => {
    const first = subnetFor('plimsoll.shop', RANGE, taken()) ?? '';
    expect(subnetFor('plimsoll.shop', RANGE, taken(), 0, [first])).not.toBe(first);
  });

  it('has 256 addresses of the range of the host', () => {
    expect(subnetFor('plimsoll.shop', RANGE, taken())).toMatch(/^10\.201\.[0-3]\.0\/24$/);
  });

  it('has the same ones whoever asks, and shares them with no other network', () => {
    const first = subnetFor('plimsoll.shop', RANGE, taken()) ?? '';
    expect(subnetFor('plimsoll.shop', RANGE, taken())).toBe(first);
    expect(subnetFor('plimsoll.shop', RANGE, taken(first))).not.toBe(first);
  });

  it('finds the last ones that are free, beside networks of any size', () => {
    expect(
      subnetFor('plimsoll.shop', RANGE, taken('10.201.0.0/23', '10.201.2.128/25', '172.18.0.0/16')),
    ).toBe('10.201.3.0/24');
  });

  it('is another one after the engine has refused it, for a reason that it does not list', () => {
    const asked = [0, 1, 2, 3].map((refusals) => subnetFor('plimsoll.shop', RANGE, taken(), refusals));
    expect(new Set(asked).size).toBe(4);
  });

  it('keeps away from networks that were written by one of their addresses', () => {
    expect(subnetFor('plimsoll.shop', RANGE, taken('10.201.0.7/23', '10.201.2.5/24'))).toBe('10.201.3.0/24');
  });

  it('is left to the engine where all are taken', () => {
    expect(subnetFor('plimsoll.shop', RANGE, taken('10.0.0.0/8'))).toBeNull();
  });

  it('is made where a service comes to the host', () => {
    const { world: after } = new Stage(world([host('h1', RANGE)], [service('api')])).settle();
    const made = after.observed.hosts.get(HostId.parse('h1'))?.networks.get('plimsoll.shop.api');
    expect(made?.subnets).toEqual([expect.stringMatching(/^10\.201\.[0-3]\.0\/24$/)]);
  });
});
