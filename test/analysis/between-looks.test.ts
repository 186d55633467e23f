// Two looks at the counters of several hosts: what lies between them, and what of that nobody knows.

import { describe, expect, it } from 'vitest';
import { betweenLooks, type HostLooks } from '../../src/analysis/between-looks.ts';
import { NOTHING_COMPARED, withInterval } from '../../src/analysis/comparison.ts';
import { COMPARISON_DEFAULTS } from '../../src/analysis/spec.ts';
import { HostId } from '../../src/kernel/ids.ts';
import type {
  CountingProcess,
  LoadBalancerCounts,
  RequestCounters,
} from '../../src/kernel/request-counters.ts';
import { latencies } from './words.ts';

const POOL = 'shop/api:8080';
const CONTENDERS = { pool: POOL, canary: 'new', stable: 'old' };

const of = (revision: string, change: Partial<RequestCounters> = {}): RequestCounters => ({
  pool: POOL,
  revision,
  begun: 0,
  lost: 0,
  unanswered: 0,
  stoodIn: 0,
  succeeded: latencies({}),
  failed: latencies({}),
  retried: 0,
  ...change,
});

const ok = (revision: string, count: number) =>
  of(revision, { begun: count, succeeded: latencies({ 20: count }) });

const process = (
  id: string,
  counters: readonly RequestCounters[],
  change: Partial<CountingProcess> = {},
): CountingProcess => ({ id, state: 'counting', number: null, counters, ...change });

const counts = (...processes: readonly CountingProcess[]): LoadBalancerCounts => ({
  processes,
  forgottenUpTo: 0,
});

const on = (host: string, before: LoadBalancerCounts | null, now: LoadBalancerCounts | null): HostLooks => ({
  host: HostId.parse(host),
  before,
  now,
});

/** Requests of the canary and of the stable revision, and the hosts of which nothing is known. */
function found(...looks: readonly HostLooks[]): readonly [number, number, ...string[]] {
  const { interval, gaps } = betweenLooks(looks, CONTENDERS);
  return [interval.canary.requests, interval.stable.requests, ...gaps.map(({ host }) => host)];
}

describe('an interval', () => {
  it('is what all hosts and all their processes have counted between the looks', () => {
    const h1 = on(
      'h1',
      counts(process('1.1', [ok('new', 5), ok('old', 50)])),
      counts(process('1.1', [ok('new', 7), ok('old', 90)])),
    );
    const h2 = on(
      'h2',
      counts(process('1.1', [ok('new', 1)])),
      counts(process('2.2', [ok('new', 10)]), process('1.1', [ok('new', 4)], { state: 'done', number: 1 })),
    );
    expect(found(h1, h2)).toEqual([2 + 10 + 3, 40]);
  });

  it('has as errors what the application failed, what nobody answered, and what others had to answer', () => {
    const now = of('new', {
      begun: 15,
      succeeded: latencies({ 20: 4 }),
      failed: latencies({ 20: 1, 500: 1 }),
      unanswered: 2,
      stoodIn: 3,
      lost: 4,
      retried: 1,
    });
    const looks = [on('h1', counts(process('1.1', [])), counts(process('1.1', [now, ok('old', 9)])))];
    const { interval, canary } = betweenLooks(looks, CONTENDERS);
    expect(interval.canary).toEqual({ requests: 15, errors: 11, latencies: latencies({ 20: 5, 500: 1 }) });
    expect(canary).toMatchObject({ lost: 4, unanswered: 2, stoodIn: 3, retried: 1 });
    const whole = { ...interval, restarts: 0, outOfMemoryKills: 0 };
    expect(withInterval(NOTHING_COMPARED, whole, COMPARISON_DEFAULTS).intervals).toBe(1);
  });

  it('counts only the pool and the revisions that are compared', () => {
    const others = [ok('older', 5), { ...ok('new', 5), pool: 'shop/web:8080' }];
    expect(found(on('h1', counts(process('1.1', [])), counts(process('1.1', others))))).toEqual([0, 0]);
  });

  it('goes on where a counter begins at 0 again', () => {
    const last = 2 ** 32 - 3;
    const [before, now] = [last, 4].map((count) => counts(process('1.1', [ok('new', count)])));
    expect(found(on('h1', before ?? null, now ?? null))).toEqual([7, 0]);
  });

  it('has what was lost once, also where it cannot be told at a look in between', () => {
    const looks = [0, 3, 1, 2, 5].map((lost) => counts(process('1.1', [of('new', { begun: 9, lost })])));
    let before: LoadBalancerCounts | null = looks[0] ?? null;
    const errors = looks.slice(1).map((now) => {
      const { interval, seen } = betweenLooks([on('h1', before, now)], CONTENDERS);
      before = seen.get(HostId.parse('h1')) ?? null;
      return interval.canary.errors;
    });
    expect(errors).toEqual([3, 0, 0, 2]);
  });

  it('begins where a host was read last', () => {
    const [before, now] = [2, 9].map((count) => counts(process('1.1', [ok('new', count)])));
    const { seen } = betweenLooks([on('h1', before ?? null, null)], CONTENDERS);
    expect(found(on('h1', seen.get(HostId.parse('h1')) ?? null, now ?? null))).toEqual([7, 0]);
  });

  it('can be followed by another one, and nothing is counted twice', () => {
    const looks = [
      counts(process('1.1', [ok('new', 3)])),
      counts(process('2.1', [ok('new', 1)]), process('1.1', [ok('new', 5)], { number: 1 })),
      counts(process('2.1', [ok('new', 8)]), process('1.1', [ok('new', 6)], { number: 1, state: 'done' })),
      counts(process('2.1', [ok('new', 8)], { number: 2 })),
    ];
    const each = looks.slice(1).map((now, at) => found(on('h1', looks[at] ?? null, now)));
    expect(each).toEqual([
      [3, 0],
      [8, 0],
      [0, 0],
    ]);
  });
});

describe('nothing of a host is in the interval, and that is said, where', () => {
  const before = counts(process('1.1', [ok('new', 5)]));
  const after = counts(process('1.1', [ok('new', 9)]));
  const lost = process('1.1', [ok('new', 9)], { state: 'lost', number: 1 });

  it.each([
    { what: 'it was not read at the beginning', looks: on('h1', null, after) },
    { what: 'it was not read at the end', looks: on('h1', before, null) },
    {
      what: 'its load balancer was started anew',
      looks: on('h1', before, counts(process('9.1', [ok('new', 2)]))),
    },
    { what: 'a process was killed', looks: on('h1', before, counts(process('2.1', []), lost)) },
    {
      what: 'one was killed that had begun in between',
      looks: on('h1', before, counts(process('1.1', [ok('new', 9)]), { ...lost, id: '2.1' })),
    },
    { what: 'counters went back', looks: on('h1', before, counts(process('1.1', [ok('new', 4)]))) },
    { what: 'counters are gone', looks: on('h1', before, counts(process('1.1', []))) },
    {
      what: 'processes have begun and were forgotten in between',
      looks: on('h1', before, {
        processes: [process('9.1', []), process('1.1', [ok('new', 5)], { state: 'done', number: 70 })],
        forgottenUpTo: 60,
      }),
    },
  ])('$what', ({ looks }) => {
    expect(found(looks, on('h2', before, after))).toEqual([4, 0, 'h1']);
  });

  it('only as long as it is so', () => {
    const killed = counts(process('2.1', [ok('new', 1)]), lost);
    expect(found(on('h1', killed, counts(process('2.1', [ok('new', 4)]), lost)))).toEqual([3, 0]);
  });
});
