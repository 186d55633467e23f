// The whole configuration of a host's HAProxy (2.6 or later). The same traffic gives the same text.

import { sha256 } from '../kernel/canonical.ts';
import { defaultsSection, globalSection, type ProxySettings } from './base.ts';
import { doorSection } from './door.ts';
import { meshSections } from './mesh.ts';
import { portName } from './names.ts';
import { peersSection, poolSections } from './pool.ts';
import type { Traffic } from './traffic.ts';

const HASH_DIGITS = 16;

export interface RenderedProxy {
  readonly text: string;
  /** Of the text; the process that runs by it says it as its description (`show info`). */
  readonly hash: string;
}

export function renderHaproxy(traffic: Traffic, settings: ProxySettings): RenderedProxy {
  const peers = new Map(traffic.peers.map((peer) => [peer.host, peer]));
  const pools = new Map(traffic.pools.map((pool) => [portName(pool.to), pool]));
  const doors = traffic.doors.flatMap((door) => {
    const pool = pools.get(portName(door.to));
    return pool === undefined ? [] : [doorSection(door, pool)];
  });
  const sections = [
    defaultsSection(),
    ...doors,
    ...meshSections(traffic, settings),
    ...traffic.pools.flatMap((pool) => poolSections(pool, peers, settings)),
    ...(traffic.peers.length > 0 ? [peersSection(traffic.peers)] : []),
  ];
  const hash = sha256([globalSection(settings, ''), ...sections].join('\n')).slice(0, HASH_DIGITS);
  return { text: [globalSection(settings, hash), ...sections].join('\n'), hash };
}
