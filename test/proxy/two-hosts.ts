// The traffic of two hosts: clients on h1 are answered by a replica on h2.

import type { ProxyFleet } from './fleet.ts';
import { API, api, door, MESH_PORTS, on, peer, serving, stable, traffic } from './words.ts';

/** What h1 is told: it has no replica of its own. */
export const asksNeighbour = (fleet: ProxyFleet) =>
  traffic('h1', {
    doors: [door(API, fleet.address('h1', 1), fleet.subnet('h1'))],
    pools: [api([stable({ remote: [on('h2')] })])],
    peers: [peer('h2', fleet.address('h2', 0))],
    mesh: { address: fleet.address('h1', 0), ports: MESH_PORTS },
  });

/** What h2 is told, which has it. */
export const answersNeighbour = (fleet: ProxyFleet, replica: Parameters<typeof serving>[0]) =>
  traffic('h2', {
    pools: [api([stable({ local: [serving(replica)] })], ['h1'])],
    peers: [peer('h1', fleet.address('h1', 0))],
    mesh: { address: fleet.address('h2', 0), ports: MESH_PORTS },
  });
