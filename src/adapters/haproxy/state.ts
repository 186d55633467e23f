// Reads what HAProxy says of itself: `show info` (lines `Name: value`) and, after it, `show stat` (CSV whose
// first line names the columns, as its management guide describes it).

import type { LoadBalancerState, ServerState } from '../../ports/load-balancer.ts';

const STAT_HEADER = '# ';
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

function serversOf(header: string, rows: readonly string[]): readonly ServerState[] {
  const columns = header.slice(STAT_HEADER.length).split(',');
  return rows.flatMap((row) => {
    const values = row.split(',');
    const value = (column: string): string => values[columns.indexOf(column)] ?? '';
    const [backend, server] = [value('pxname'), value('svname')];
    if (server === '' || SUMS.has(server)) return [];
    return {
      backend,
      server,
      isUp: value('status').startsWith('UP') || value('status') === 'no check',
      sessions: Number(value('scur')),
      total: Number(value('stot')),
    };
  });
}

/** Null where this is not what HAProxy says. */
export function readState(text: string): LoadBalancerState | null {
  const lines = text.split('\n');
  const at = lines.findIndex((line) => line.startsWith(STAT_HEADER));
  const info = infoOf(at === -1 ? lines : lines.slice(0, at));
  const version = info.get('Version');
  const uptimeS = Number(info.get('Uptime_sec'));
  if (at === -1 || version === undefined || !Number.isFinite(uptimeS)) return null;
  const description = info.get('description') ?? '';
  return {
    hash: description === '' ? null : description,
    version,
    uptimeMs: uptimeS * 1_000,
    servers: serversOf(lines[at] ?? '', lines.slice(at + 1)),
  };
}
