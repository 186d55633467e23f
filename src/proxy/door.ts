// Where the containers of one service reach another one: a listener in their own network.

import { WHOLE_SHARE } from '../kernel/share.ts';
import { GENTLE } from './base.ts';
import { REPEATABLE, section } from './line.ts';
import { doorName, onceName, portName, revisionName, routeName } from './names.ts';
import { handOn } from './newest.ts';
import type { Door, Pool } from './traffic.ts';

/** Drawn for each request (of TCP: for each connection), so that shares hold whatever the number of replicas is. */
export const drawLine = (protocol: Pool['protocol']): string =>
  `${protocol === 'http' ? 'http-request' : 'tcp-request content'} set-var(txn.draw) rand(${WHOLE_SHARE})`;

/** Which revision answers, of those requests that the condition holds for: they have been drawn for. */
export function splitLines({ to, protocol, revisions }: Pool, condition = ''): readonly string[] {
  const drawn = revisions.filter(({ share }) => share > 0);
  const isHttp = protocol === 'http';
  const name = isHttp ? onceName : routeName;
  let below = 0;
  return drawn.flatMap(({ revision, share }, at) => {
    below += share;
    const isDrawn = at === drawn.length - 1 ? '' : `{ var(txn.draw) -m int lt ${below} }`;
    const conditions = [condition, isDrawn].filter((each) => each !== '');
    const again = `use_backend ${routeName(to, revision)} if ${[...conditions, REPEATABLE].join(' ')}`;
    const backend = name(to, revision);
    const rest =
      conditions.length === 0
        ? `default_backend ${backend}`
        : `use_backend ${backend} if ${conditions.join(' ')}`;
    return isHttp ? [again, rest] : [rest];
  });
}

/** Of the requests of the ingress that lead to this pool: the variable that says so gets the revision that answers. */
export function drawnLines({ to, revisions }: Pool): readonly string[] {
  const drawn = revisions.filter(({ share }) => share > 0);
  let below = 0;
  return drawn.map(({ revision, share }, at) => {
    below += share;
    const isDrawn = at === drawn.length - 1 ? '' : ` { var(txn.draw) -m int lt ${below} }`;
    return `http-request set-var(txn.to) str(${revisionName(to, revision)}) if { var(txn.to) -m str ${portName(to)} }${isDrawn}`;
  });
}

export function doorSection(door: Door, pool: Pool): string {
  const { to, address, port, subnet } = door;
  return section(`frontend ${doorName(door)}`, [
    ...(pool.protocol === 'tcp' ? ['mode tcp'] : [GENTLE]),
    `bind ${address}:${port}`,
    `tcp-request connection reject unless { src ${subnet} }`,
    ...(pool.revisions.filter(({ share }) => share > 0).length > 1 ? [drawLine(pool.protocol)] : []),
    ...(pool.protocol === 'tcp' ? [] : [handOn(portName(to))]),
    ...splitLines(pool),
  ]);
}
