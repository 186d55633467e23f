// Why a published port keeps an instance from a host: which port, who holds it, and what to write instead.

import { expect, it } from 'vitest';
import type { PortSpec } from '../../src/desired/container.ts';
import { HostId, ServiceKey } from '../../src/kernel/ids.ts';
import { instant } from '../../src/kernel/time.ts';
import { unknownHost } from '../../src/observed/host-view.ts';
import { LoadTable } from '../../src/placement/load.ts';
import { place } from '../../src/placement/place.ts';
import { host } from '../plan/world.ts';

const NOW = instant(1_000);
const H1 = HostId.parse('h1');
const WEB = ServiceKey.parse('shop/web');
const API = ServiceKey.parse('shop/api');
const view = { ...unknownHost(H1, NOW), state: 'fresh' as const, because: 'seen' };

const published = (from: number, to = from, protocol: 'tcp' | 'udp' = 'tcp'): PortSpec => ({
  target: 8080,
  protocol,
  published: { from, to },
  hostIp: '0.0.0.0',
});

function refusalOf(port: PortSpec, load: LoadTable): string | null {
  const ask = {
    service: WEB,
    placement: { hosts: [], tolerations: [], maxPerHost: null },
    ports: [port],
    pinnedTo: null,
    imageHosts: null,
    now: NOW,
  };
  const placed = place(ask, [{ host: host('h1'), view }], load);
  return placed.ok ? null : placed.error.because;
}

function heldBy(service: ServiceKey, ...ports: number[]): LoadTable {
  const load = new LoadTable();
  for (const port of ports)
    load.add({ service, host: H1, ports: [{ port, protocol: port === 53 ? 'udp' : 'tcp' }] });
  return load;
}

function heldByStranger(): LoadTable {
  const load = new LoadTable();
  load.blockPort(H1, 8099, 'tcp');
  return load;
}

it.each<[string, PortSpec, LoadTable, string | null]>([
  [
    'an instance of its own',
    published(8099),
    heldBy(WEB, 8099),
    'no host will do: 1× port 8099 is taken by an instance of its own; for several on one host publish a range such as 8099-8108:8080',
  ],
  [
    'another service',
    published(8099),
    heldBy(API, 8099),
    'no host will do: 1× port 8099 is taken by shop/api',
  ],
  [
    'what Plimsoll did not make',
    published(8099),
    heldByStranger(),
    'no host will do: 1× port 8099 is taken by what is not of Plimsoll',
  ],
  [
    'by UDP',
    published(53, 53, 'udp'),
    heldBy(API, 53),
    'no host will do: 1× port 53/udp is taken by shop/api',
  ],
  [
    'a whole range',
    published(8099, 8100),
    heldBy(WEB, 8099, 8100),
    'no host will do: 1× ports 8099 to 8100 are all taken',
  ],
  ['a range with a free port', published(8099, 8100), heldBy(WEB, 8099), null],
])('held by %s', (_, port, load, because) => {
  expect(refusalOf(port, load)).toBe(because);
});

it('who has left holds it no longer', () => {
  const load = heldBy(API, 8099);
  load.remove({ service: API, host: H1, ports: [{ port: 8099, protocol: 'tcp' }] });
  expect(refusalOf(published(8099), load)).toBeNull();
});
