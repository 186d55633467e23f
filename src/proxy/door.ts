// Where the containers of one service reach another one: a listener in their own network.

import { GENTLE } from './base.ts';
import { section } from './line.ts';
import { doorName, routeName } from './names.ts';
import type { Door, Pool } from './traffic.ts';

/** All of a pool's requests, in ten thousandths. */
const WHOLE = 10_000;

/**
 * Which revision answers is drawn for each request (of TCP: for each connection), so that the shares hold
 * whatever the number of replicas is.
 */
function splitLines({ to, protocol, revisions }: Pool): readonly string[] {
  const drawn = revisions.filter(({ share }) => share > 0);
  const last = drawn.at(-1);
  if (last === undefined) return [];
  const leading = `default_backend ${routeName(to, last.revision)}`;
  if (drawn.length === 1) return [leading];
  const draw =
    protocol === 'http'
      ? `http-request set-var(txn.draw) rand(${WHOLE})`
      : `tcp-request content set-var(txn.draw) rand(${WHOLE})`;
  let below = 0;
  const others = drawn.slice(0, -1).map(({ revision, share }) => {
    below += share;
    return `use_backend ${routeName(to, revision)} if { var(txn.draw) -m int lt ${below} }`;
  });
  return [draw, ...others, leading];
}

export function doorSection({ from, to, address, port, subnet }: Door, pool: Pool): string {
  return section(`frontend ${doorName(from, to)}`, [
    pool.protocol === 'tcp' ? 'mode tcp' : GENTLE,
    `bind ${address}:${port}`,
    `tcp-request connection reject unless { src ${subnet} }`,
    ...splitLines(pool),
  ]);
}
