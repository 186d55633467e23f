// Reads what HAProxy says of itself: `show info` (lines `Name: value`) and, after it, `show stat` (CSV whose first
// line names the columns, as its management guide describes it) of each of its processes.

import type { LoadBalancerState, ServerState } from '../../ports/load-balancer.ts';

const STAT_HEADER = '# pxname,';
/** Rows that are sums, not servers. */
const SUMS: ReadonlySet<string> = new Set(['FRONTEND', 'BACKEND']);

function infoOf(lines: readonly string[]): ReadonlyMap<string, string> {
  return new Map(
    lines.flatMap((line) => {
      const at = line.indexOf(': ');
      return at === -1 ? [] : [[line.slice(0, at), line.slice(at + 2)] as const];
    }),
  );
}

function serversOf([header = '', ...rows]: readonly string[]): readonly ServerState[] {
  const columns = header.slice('# '.length).split(',');
  return rows.flatMap((row) => {
    const values = row.split(',');
    const value = (column: string): string => values[columns.indexOf(column)] ?? '';
    const [backend, server] = [value('pxname'), value('svname')];
    if (server === '' || SUMS.has(server)) return [];
    return {
      backend,
      server,
      address: value('addr').replace(/:\d+$/, ''),
      isUp: value('status').startsWith('UP') || value('status') === 'no check',
      sessions: Number(value('scur')),
      total: Number(value('stot')),
    };
  });
}

/** The first is the process that serves; of the others only what is under way counts. */
function overAll(processes: readonly (readonly ServerState[])[]): readonly ServerState[] {
  const servers = new Map<string, ServerState>();
  for (const [at, own] of processes.entries()) {
    for (const server of own) {
      // A process that was replaced may know another container by the name.
      const key = `${server.backend}/${server.server}/${server.address}`;
      const known = servers.get(key) ?? { ...server, sessions: 0, ...(at === 0 ? {} : NOT_SERVING) };
      servers.set(key, { ...known, sessions: known.sessions + server.sessions });
    }
  }
  return [...servers.values()];
}

const NOT_SERVING = { isUp: false, total: 0 } as const;

/** Null where this is not what HAProxy says. */
export function readState(text: string): LoadBalancerState | null {
  const lines = text.split('\n');
  const starts = lines.flatMap((line, at) => (line.startsWith(STAT_HEADER) ? [at] : []));
  const [first] = starts;
  const info = infoOf(lines.slice(0, first));
  const version = info.get('Version');
  const uptimeS = Number(info.get('Uptime_sec'));
  if (first === undefined || version === undefined || !Number.isFinite(uptimeS)) return null;
  const description = info.get('description') ?? '';
  return {
    hash: description === '' ? null : description,
    version,
    uptimeMs: uptimeS * 1_000,
    servers: overAll(starts.map((start, at) => serversOf(lines.slice(start, starts[at + 1])))),
  };
}
