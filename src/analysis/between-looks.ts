// From two looks at what the hosts' load balancers have counted to the interval between them. What a host did not tell is
// a gap, which is said, and no zeros: nothing of that host is in the interval then, of either revision.

import type { HostId } from '../kernel/ids.ts';
import {
  COUNTER_SPAN,
  type CountingProcess,
  type LoadBalancerCounts,
  type RequestCounters,
} from '../kernel/request-counters.ts';
import { err, ok, type Result } from '../kernel/result.ts';
import { type Interval, NO_LATENCIES, type RequestCounts, sizeOf } from './measurement.ts';

/** Two looks at one host's load balancer; null: it was not read. */
export interface HostLooks {
  readonly host: HostId;
  readonly before: LoadBalancerCounts | null;
  readonly now: LoadBalancerCounts | null;
}

/** Which requests are compared: those to two revisions of a pool, as the counters name them. */
export interface Contenders {
  readonly pool: string;
  readonly canary: string;
  readonly stable: string;
}

type Growth = Omit<RequestCounters, 'pool' | 'revision'>;

interface Gap {
  readonly host: HostId;
  readonly because: string;
}

interface BetweenLooks {
  /** Of the hosts without a gap. */
  readonly interval: Pick<Interval, 'canary' | 'stable'>;
  /** The same in detail: what of the errors is the application's, and what nobody has answered. */
  readonly canary: Growth;
  readonly stable: Growth;
  readonly gaps: readonly Gap[];
  /** What is to be given as `before` the next time; of a host that was not read it is the look before. */
  readonly seen: ReadonlyMap<HostId, LoadBalancerCounts | null>;
}

const NOTHING: Growth = {
  begun: 0,
  lost: 0,
  unanswered: 0,
  stoodIn: 0,
  succeeded: NO_LATENCIES,
  failed: NO_LATENCIES,
  retried: 0,
};

const combined = (a: Growth, b: Growth, by: (a: number, b: number) => number): Growth => ({
  begun: by(a.begun, b.begun),
  lost: by(a.lost, b.lost),
  unanswered: by(a.unanswered, b.unanswered),
  stoodIn: by(a.stoodIn, b.stoodIn),
  succeeded: a.succeeded.map((count, at) => by(count, b.succeeded[at] ?? 0)),
  failed: a.failed.map((count, at) => by(count, b.failed[at] ?? 0)),
  retried: by(a.retried, b.retried),
});

const sum = (a: number, b: number): number => a + b;
const difference = (now: number, before: number): number => (now - before + COUNTER_SPAN) % COUNTER_SPAN;

/** Far more than ends between two looks: it was no growth. */
const TOO_MUCH = COUNTER_SPAN / 2;
const hasGoneBack = ({ begun, lost, unanswered, stoodIn, succeeded, failed, retried }: Growth): boolean =>
  [begun, lost, unanswered, stoodIn, retried, ...succeeded, ...failed].some((count) => count >= TOO_MUCH);

/** What was lost stays lost, also where it cannot be told at the moment. */
function settled(before: LoadBalancerCounts | null, now: LoadBalancerCounts): LoadBalancerCounts {
  const known = new Map(before?.processes.map((one) => [one.id, one.counters]));
  const processes = now.processes.map((one) => ({
    ...one,
    counters: one.counters.map((counter) => {
      const last = known
        .get(one.id)
        ?.find(({ pool, revision }) => pool === counter.pool && revision === counter.revision);
      return { ...counter, lost: Math.max(counter.lost, last?.lost ?? 0) };
    }),
  }));
  return { ...now, processes };
}

/** Of one process; one that has begun in between began with nothing. */
function growthOf(
  before: CountingProcess | undefined,
  now: CountingProcess,
  isAsked: (of: RequestCounters) => boolean,
): Growth | null {
  const last = before?.counters.find(isAsked);
  const next = now.counters.find(isAsked);
  if (next === undefined) return last === undefined ? NOTHING : null;
  const growth = combined(next, last ?? NOTHING, difference);
  return hasGoneBack(growth) ? null : growth;
}

const LOST =
  'its load balancer was started anew, or a process of it was killed, before its last counts were written down';
const FORGOTTEN =
  'its load balancer was told so much since the last look that counts of the meantime are gone';

/** Why it is not known what was counted between these looks; null: it is. */
function gapBetween(before: LoadBalancerCounts, now: LoadBalancerCounts): string | null {
  const known = new Map(before.processes.map((one) => [one.id, one]));
  const listed = new Set(now.processes.map(({ id }) => id));
  const isGone = before.processes.some(({ id, state }) => state === 'counting' && !listed.has(id));
  const isLost = now.processes.some(({ id, state }) => state === 'lost' && known.get(id)?.state !== 'lost');
  if (isGone || isLost) return LOST;
  const newest = Math.max(before.forgottenUpTo, ...before.processes.map(({ number }) => number ?? 0));
  return now.forgottenUpTo > newest ? FORGOTTEN : null;
}

type Both = Readonly<Record<'canary' | 'stable', Growth>>;

function growthOn({ before, now }: HostLooks, { pool, canary, stable }: Contenders): Result<Both, string> {
  if (before === null || now === null)
    return err(`its load balancer was not read at the ${before === null ? 'beginning' : 'end'}`);
  const gap = gapBetween(before, now);
  if (gap !== null) return err(gap);
  const of = (revision: string): Growth | null => {
    const isAsked = (one: RequestCounters): boolean => one.pool === pool && one.revision === revision;
    let all = NOTHING;
    for (const each of now.processes) {
      const last = before.processes.find(({ id }) => id === each.id);
      const growth = growthOf(last, each, isAsked);
      if (growth === null) return null;
      all = combined(all, growth, sum);
    }
    return all;
  };
  const both = { canary: of(canary), stable: of(stable) };
  if (both.canary === null || both.stable === null) return err('counters of its load balancer went back');
  return ok({ canary: both.canary, stable: both.stable });
}

function countsOf({ lost, unanswered, stoodIn, succeeded, failed }: Growth): RequestCounts {
  const errors = sizeOf(failed) + lost + unanswered + stoodIn;
  return {
    requests: sizeOf(succeeded) + errors,
    errors,
    latencies: succeeded.map((count, at) => count + (failed[at] ?? 0)),
  };
}

/** That another revision had to answer is an error of the one that was asked: none of its replicas has answered. */
export function betweenLooks(looks: readonly HostLooks[], contenders: Contenders): BetweenLooks {
  const gaps: Gap[] = [];
  let [canary, stable] = [NOTHING, NOTHING];
  const seen = new Map<HostId, LoadBalancerCounts | null>();
  for (const { host, before, now } of looks) {
    const settledNow = now === null ? null : settled(before, now);
    seen.set(host, settledNow ?? before);
    const grown = growthOn({ host, before, now: settledNow }, contenders);
    if (!grown.ok) gaps.push({ host, because: grown.error });
    else {
      canary = combined(canary, grown.value.canary, sum);
      stable = combined(stable, grown.value.stable, sum);
    }
  }
  return { interval: { canary: countsOf(canary), stable: countsOf(stable) }, canary, stable, gaps, seen };
}
