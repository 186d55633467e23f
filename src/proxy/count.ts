// What HAProxy counts of the requests to each revision, where several share a pool: in one entry of a table for each.
// They are counted where containers ask (rt., once.) and not where other hosts do (lo.), so each of them once; a process
// that a reload has replaced hands on what it still gets, and leaves that to be counted by the newest.

import { LATENCY_BOUNDS_MS, LATENCY_BUCKET_COUNT } from '../kernel/request-counters.ts';
import { HEADER } from './header.ts';
import { section } from './line.ts';
import type { Pool, RevisionPool } from './traffic.ts';

const SECTION = 'counts';
export const COUNTS_TABLE = `${SECTION}/all`;

/** Which counter of an entry counts what. Of those from `succeeded` and `failed` on there is one for each bucket. */
export const COUNTER = {
  begun: 0,
  retried: 1,
  unanswered: 2,
  stoodIn: 3,
  succeeded: 4,
  failed: 4 + LATENCY_BUCKET_COUNT,
} as const;
export const COUNTERS = COUNTER.failed + LATENCY_BUCKET_COUNT;

/**
 * Only while revisions share a pool: it costs a request some 5 µs of CPU, a tenth of what one hop does, and without
 * another revision there is nothing to compare with. TCP has no answers to count.
 */
const isCounted = ({ protocol, revisions }: Pool): boolean => protocol === 'http' && revisions.length > 1;

/** In two parts, by its last slash. */
const keyOf = ({ to }: Pool, { revision }: RevisionPool): string => `${to.service}:${to.port}/${revision}`;

/**
 * Tables of proxies are emptied when their process is told to stop; those of peers are not, and the others need not know
 * of each other: counts that two processes share overwrite one another.
 */
export function countsSections(pools: readonly Pool[]): readonly string[] {
  const keys = pools
    .filter(isCounted)
    .flatMap((pool) => pool.revisions.map((revision) => keyOf(pool, revision)));
  if (keys.length === 0) return [];
  const length = Math.max(...keys.map((key) => key.length));
  return [
    section(`peers ${SECTION}`, [
      'disabled',
      `table all type string len ${length} size ${keys.length} store gpc(${COUNTERS})`,
    ]),
  ];
}

/**
 * How a request ended is one number: its microseconds, plus what says of which kind it is, so that a bucket is a range.
 * Half of that lies between: a clock that is set back makes times of less than nothing.
 */
const KIND = { failed: 1e15, stoodIn: 2e15, unanswered: 3e15 } as const;
const FIRST_FAILED = KIND.failed / 2;
const FIRST_OTHER = KIND.failed + FIRST_FAILED;
const US_PER_MS = 1_000;

const ENDED = 'txn.ended';
const counted = (counter: number, range: string): string =>
  `http-response sc-inc-gpc(${counter},1) if { var(${ENDED}) -m int ${range} }`;

/** `from`: null is as low as numbers go. */
function bucketLines(counter: number, from: number | null, kind: number, end: number): readonly string[] {
  const lows = [from, ...LATENCY_BOUNDS_MS.map((ms) => kind + ms * US_PER_MS)];
  return lows.map((low, bucket) =>
    counted(counter + bucket, `${low ?? ''}:${(lows[bucket + 1] ?? end) - 1}`),
  );
}

const RETRIES = 'txn.retries';
/** Only log formats know of it. */
const SET_RETRIES = `http-response set-var-fmt(${RETRIES}) %rc`;
const AT_ONCE = `{ var(${RETRIES}) -m str 0 }`;

const has = (header: string): string => `{ res.hdr(${header}) -m found }`;

/** What of an answer is not the work of the revision's own replicas. */
function otherLines(kind: 'stoodIn' | 'unanswered', condition: string): readonly string[] {
  return [
    `http-response set-var(${ENDED}) int(${KIND[kind]}) if ${condition}`,
    counted(COUNTER[kind], String(KIND[kind])),
  ];
}

/** Servers of a section, in its order. */
interface Servers {
  /** So many are the revision's own, and those behind them stand in for it. */
  readonly own: number;
  readonly standIns: number;
  /** Some are other hosts. */
  readonly isElsewhere: boolean;
}

export function countLines(
  pool: Pool,
  revision: RevisionPool,
  { own, standIns, isElsewhere }: Servers,
): readonly string[] {
  if (!isCounted(pool)) return [];
  return [
    `http-request track-sc1 str(${keyOf(pool, revision)}) table ${COUNTS_TABLE}`,
    `http-request sc-inc-gpc(${COUNTER.begun},1)`,
    'http-request set-var(txn.begun) date(0,us)',
    `http-response set-var(${ENDED}) date(0,us),sub(txn.begun)`,
    `http-response set-var(${ENDED}) var(${ENDED}),add(${KIND.failed}) if { status ge 500 }`,
    ...(isElsewhere ? otherLines('unanswered', `${has(HEADER.absent)} || ${has(HEADER.unanswered)}`) : []),
    ...(standIns > 0
      ? otherLines('stoodIn', `{ srv_id gt ${own} } { var(${ENDED}) -m int lt ${FIRST_OTHER} }`)
      : []),
    ...bucketLines(COUNTER.succeeded, null, 0, FIRST_FAILED),
    ...bucketLines(COUNTER.failed, FIRST_FAILED, KIND.failed, FIRST_OTHER),
    SET_RETRIES,
    `http-response sc-inc-gpc(${COUNTER.retried},1) if !${AT_ONCE}${isElsewhere ? ` || ${has(HEADER.retried)}` : ''}`,
    // Answers of HAProxy itself. Where the client is to blame it is no error: it counts as gone.
    `http-after-response set-var(txn.made) sc_inc_gpc(${COUNTER.unanswered},1) if !{ var(${ENDED}) -m found } { status ge 500 }`,
  ];
}

/** To the load balancer that has asked, which counts; what HAProxy says itself has not set `txn.answered`. */
export const countedThere = (pool: Pool): readonly string[] =>
  isCounted(pool)
    ? [
        SET_RETRIES,
        `http-response set-header ${HEADER.retried} 1 unless ${AT_ONCE}`,
        `http-after-response set-header ${HEADER.unanswered} 1 if { status ge 500 } !{ var(txn.answered) -m found }`,
      ]
    : [];
