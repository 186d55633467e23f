// The plainest shop: tests and scenarios name only what differs from it.

import type { SimService, SimShop } from '../../src/sim/shop/shop.ts';

const PLAIN: Omit<SimService, 'name'> = {
  tag: '1',
  replicas: 1,
  strategy: 'rolling',
  maxSurge: 1,
  maxUnavailable: 0,
  check: 'probe',
  hasVolume: false,
  config: null,
  dependsOn: [],
  port: null,
  onFailure: 'rollback',
  drift: 'correct',
};

export const service = (name: string, change: Partial<SimService> = {}): SimService => ({
  ...PLAIN,
  name,
  ...change,
});

/** A shop on the hosts h1, h2 … */
export const shopOf = (hosts: number, ...services: readonly SimService[]): SimShop => ({
  hosts: Array.from({ length: hosts }, (_, n) => `h${n + 1}`),
  services: new Map(services.map((s) => [s.name, s])),
  broken: false,
  isEmpty: false,
});
