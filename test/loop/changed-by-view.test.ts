// Which changes on a host make it necessary to look at the load balancers.

import { expect, it } from 'vitest';
import { ControllerId, HostId } from '../../src/kernel/ids.ts';
import { instant } from '../../src/kernel/time.ts';
import { changedByView } from '../../src/loop/changes.ts';
import { type HostView, unknownHost } from '../../src/observed/host-view.ts';

const CONTROLLER = ControllerId.parse('test');
const network = (subnet: string) => ({ id: 'n', name: 'plimsoll.shop.api', labels: {}, subnets: [subnet] });
const seen = (subnet: string): HostView => ({
  ...unknownHost(HostId.parse('h1'), instant(0)),
  networks: new Map([['plimsoll.shop.api', network(subnet)]]),
});

it.each([
  ['a report that says the same', '10.201.0.0/24', false],
  ['a network with other addresses', '10.201.1.0/24', true],
])('%s', (_, subnet, mayReroute) => {
  expect(changedByView(seen('10.201.0.0/24'), seen(subnet), CONTROLLER).mayReroute).toBe(mayReroute);
});
