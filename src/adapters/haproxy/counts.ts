// Reads what a load balancer has counted, as the lines that count-script.ts makes of what HAProxy says. Whatever is not
// such a line, whole, is left out: a counter that is missing is noticed by who compares two looks.

import type { CountingProcess, LoadBalancerCounts, RequestCounters } from '../../kernel/request-counters.ts';
import { COUNTER_SPAN, LATENCY_BUCKET_COUNT } from '../../kernel/request-counters.ts';
import { COUNTER, COUNTERS } from '../../proxy/count.ts';
import { LINE } from './count-script.ts';

const NUMBER = /^\d{1,15}$/;
const PROCESS = /^\d+\.\d+$/;

/** Of `all` what is left without these; both may have begun at 0 again. */
function without(these: readonly number[], all: number): number {
  const left = these.reduce((rest, one) => rest - one, all) % COUNTER_SPAN;
  const positive = left < 0 ? left + COUNTER_SPAN : left;
  return positive < COUNTER_SPAN / 2 ? positive : 0;
}

/** `0x55da414566c8: key=shop.api:8080/555555555555 use=0 exp=0 gpc0=5 gpc1=0 …`; null: it is not a whole one. */
function countersOf(line: string): RequestCounters | null {
  const values = new Map<string, string>();
  for (const word of line.split(' ')) {
    const at = word.indexOf('=');
    if (at > 0) values.set(word.slice(0, at), word.slice(at + 1));
  }
  const key = values.get('key') ?? '';
  const slash = key.lastIndexOf('/');
  const numbers = Array.from({ length: COUNTERS }, (_, at) => values.get(`gpc${at}`) ?? '');
  if (slash < 1 || !numbers.every((value) => NUMBER.test(value))) return null;
  const one = (at: number): number => Number(numbers[at]);
  const endings = Array.from({ length: COUNTERS - COUNTER.unanswered }, (_, at) =>
    one(COUNTER.unanswered + at),
  );
  const underWay = values.get('use') ?? '';
  if (!NUMBER.test(underWay)) return null;
  const buckets = (from: number) => Array.from({ length: LATENCY_BUCKET_COUNT }, (_, at) => one(from + at));
  return {
    pool: key.slice(0, slash),
    revision: key.slice(slash + 1),
    begun: one(COUNTER.begun),
    lost: without([...endings, Number(underWay)], one(COUNTER.begun)),
    unanswered: one(COUNTER.unanswered),
    stoodIn: one(COUNTER.stoodIn),
    succeeded: buckets(COUNTER.succeeded),
    failed: buckets(COUNTER.failed),
    retried: one(COUNTER.retried),
  };
}

interface Said {
  readonly id: string;
  /** Null: it says so itself. */
  readonly entry: number | null;
  readonly isDone: boolean;
  readonly counters: readonly RequestCounters[];
}

function saidIn(lines: readonly string[], entry: number | null): readonly Said[] {
  const starts = lines.flatMap((line, at) => (line.startsWith(`${LINE.process} `) ? [at] : []));
  return starts.flatMap((start, at) => {
    const own = lines.slice(start, starts[at + 1]);
    const id = own[0]?.slice(LINE.process.length + 1) ?? '';
    if (!PROCESS.test(id)) return [];
    const rows = own.filter((line) => line.startsWith('0x'));
    const counters = rows.flatMap((row) => countersOf(row) ?? []);
    // Cut off where it was being written, it is not done.
    const isDone = entry !== null && own.at(-1) === LINE.done && counters.length === rows.length;
    return [{ id, entry, isDone, counters }];
  });
}

/** Of a process that lives and is written down as well, the last word is what it has counted in the end. */
function processOf(living: Said | undefined, written: Said | undefined): CountingProcess | null {
  const said = written?.isDone === true ? written : (living ?? written);
  if (said === undefined) return null;
  const state = said.isDone ? 'done' : living === undefined ? 'lost' : 'counting';
  return { id: said.id, state, number: written?.entry ?? null, counters: said.counters };
}

/** Null where this is not what such a load balancer says: the process that serves is the first to be named. */
export function readCounts(text: string): LoadBalancerCounts | null {
  // What follows the last end of a line was cut off.
  const lines = text
    .split('\n')
    .slice(0, -1)
    .filter((line) => line !== '');
  const starts = lines.flatMap((line, at) => (line.startsWith(`${LINE.entry} `) ? [at] : []));
  const living = saidIn(lines.slice(0, starts[0]), null);
  if (living.length === 0) return null;
  const written = starts.map((start, at): Said => {
    const number = Number(lines[start]?.slice(LINE.entry.length + 1));
    const [said] = saidIn(lines.slice(start, starts[at + 1]), number);
    return said ?? { id: `${LINE.entry} ${number}`, entry: number, isDone: false, counters: [] };
  });
  const numbers = written.flatMap(({ entry }) => entry ?? []);
  if (!numbers.every(Number.isSafeInteger)) return null;
  const ids = new Set([...living, ...written].map(({ id }) => id));
  const processes = [...ids].flatMap((id) => {
    const isOf = (said: Said): boolean => said.id === id;
    return processOf(living.findLast(isOf), written.findLast(isOf)) ?? [];
  });
  // One that lived long may be written down again after those that followed it were forgotten.
  const listed = new Set(numbers);
  let forgottenUpTo = Math.max(0, ...numbers);
  while (listed.has(forgottenUpTo)) forgottenUpTo -= 1;
  return { processes, forgottenUpTo };
}
