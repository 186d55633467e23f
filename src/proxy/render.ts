// The whole configuration of a host's HAProxy (2.6 or later). The same traffic gives the same text.

import { sha256 } from '../kernel/canonical.ts';
import { defaultsSection, globalSection, type ProxySettings, type RulesFile } from './base.ts';
import { countsSections } from './count.ts';
import { doorSection, drawLine, splitLines } from './door.ts';
import { ingressSections } from './ingress.ts';
import { filesOf, ingressMaps } from './ingress-maps.ts';
import { MESH, meshLines, meshSections } from './mesh.ts';
import { portName } from './names.ts';
import { cameIn, HAND_ON_AGAIN, newestSections } from './newest.ts';
import { nobodySection } from './nobody.ts';
import { poolSections } from './pool.ts';
import type { Pool, Traffic } from './traffic.ts';

const HASH_DIGITS = 16;

export interface RenderedProxy {
  readonly text: string;
  /** Of the text; the process that runs by it says it as its description (`show info`). */
  readonly hash: string;
  /** What the text names beside the certificates. */
  readonly files: readonly RulesFile[];
}

/** What the process before has got, for each place where it may have come in. */
function handedOn(traffic: Traffic, pools: ReadonlyMap<string, Pool>, settings: ProxySettings) {
  const names = [...new Set(traffic.doors.map(({ to }) => portName(to)))];
  const offered = names.flatMap((name) => {
    const pool = pools.get(name);
    return pool?.protocol === 'http' ? [{ name, pool }] : [];
  });
  const entries = [...offered.map(({ name }) => name), ...(traffic.mesh === null ? [] : [MESH])];
  const lines = [
    drawLine('http'),
    HAND_ON_AGAIN,
    ...offered.flatMap(({ name, pool }) => splitLines(pool, cameIn(name))),
    ...meshLines(traffic),
  ];
  return newestSections(entries, lines, settings);
}

/** `mark`: what the process that runs by it says as its description. */
export const renderMarked = (traffic: Traffic, settings: ProxySettings, mark: string): string =>
  [globalSection(settings, mark), ...sectionsOf(traffic, settings)].join('\n');

export function renderHaproxy(traffic: Traffic, settings: ProxySettings): RenderedProxy {
  const text = renderMarked(traffic, settings, '');
  const hash = sha256(text).slice(0, HASH_DIGITS);
  return { text: renderMarked(traffic, settings, hash), hash, files: mapFiles(traffic) };
}

const poolsOf = ({ pools }: Traffic): ReadonlyMap<string, Pool> =>
  new Map(pools.map((pool) => [portName(pool.to), pool]));

/** Maps that the text names: they lie beside it. */
export const mapFiles = (traffic: Traffic): readonly RulesFile[] =>
  traffic.ingress === null ? [] : filesOf(ingressMaps(traffic.ingress, poolsOf(traffic)));

/** Ports that a route with a timeout of its own leads to. */
const timedIn = ({ ingress }: Traffic): ReadonlySet<string> =>
  new Set(
    (ingress?.rules ?? []).flatMap(({ action }) =>
      action.kind === 'service' && action.timeoutMs !== null ? [portName(action)] : [],
    ),
  );

function sectionsOf(traffic: Traffic, settings: ProxySettings): readonly string[] {
  const peers = new Map(traffic.peers.map((peer) => [peer.host, peer]));
  const pools = poolsOf(traffic);
  const { ingress } = traffic;
  const doors = traffic.doors.flatMap((door) => {
    const pool = pools.get(portName(door.to));
    return pool === undefined ? [] : [doorSection(door, pool)];
  });
  return [
    defaultsSection(),
    ...countsSections(traffic.pools),
    ...doors,
    ...(ingress === null ? [] : ingressSections(ingress, pools, settings)),
    ...meshSections(traffic, settings),
    ...handedOn(traffic, pools, settings),
    ...(traffic.mesh === null ? [] : [nobodySection(settings)]),
    ...traffic.pools.flatMap((pool) => poolSections(pool, { peers, settings, timed: timedIn(traffic) })),
  ];
}
