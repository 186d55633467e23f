// What is read of what load balancers say that they have counted; anything may be said.

import { describe, expect, it } from 'vitest';
import { readCounts } from '../../../src/adapters/haproxy/counts.ts';
import { LATENCY_BUCKET_COUNT } from '../../../src/kernel/request-counters.ts';
import { COUNTER, COUNTERS } from '../../../src/proxy/count.ts';

const KEY = 'shop/api:8080/cccccccccccc';

/** A line as HAProxy 2.6 prints it; counters that are not named are 0. */
function row(counts: Readonly<Record<number, number | string>>, key = KEY, use = 0): string {
  const counters = Array.from({ length: COUNTERS }, (_, at) => `gpc${at}=${counts[at] ?? 0}`);
  return `0x55da414566c8: key=${key} use=${use} exp=0 ${counters.join(' ')}`;
}

const said = (...lines: readonly string[]): string => `${lines.join('\n')}\n`;
const processesIn = (text: string) => readCounts(text)?.processes ?? null;
const begun = (count: number): string => row({ [COUNTER.begun]: count });

/** Each process as `ID STATE NUMBER: BEGUN`. */
const told = (text: string) =>
  processesIn(text)?.map(
    ({ id, state, number, counters }) => `${id} ${state} ${number}: ${counters.map((one) => one.begun)}`,
  ) ?? null;

describe('a line of counters', () => {
  it('is read by what each counts', () => {
    const line = row({
      [COUNTER.begun]: 12,
      [COUNTER.retried]: 1,
      [COUNTER.unanswered]: 2,
      [COUNTER.stoodIn]: 3,
      [COUNTER.succeeded]: 4,
      [COUNTER.succeeded + LATENCY_BUCKET_COUNT - 1]: 5,
      [COUNTER.failed]: 6,
      [COUNTER.failed + LATENCY_BUCKET_COUNT - 1]: 4_294_967_295,
    });
    const ends = (first: number, last: number): readonly number[] =>
      Array.from({ length: LATENCY_BUCKET_COUNT }, (_, at) =>
        at === 0 ? first : at === LATENCY_BUCKET_COUNT - 1 ? last : 0,
      );
    expect(processesIn(said('process 5.1', line))?.[0]?.counters).toEqual([
      {
        pool: 'shop/api:8080',
        revision: 'cccccccccccc',
        begun: 12,
        lost: 0,
        retried: 1,
        unanswered: 2,
        stoodIn: 3,
        succeeded: ends(4, 5),
        failed: ends(6, 4_294_967_295),
      },
    ]);
  });

  it.each([
    { of: { begun: 9, ended: 4 }, underWay: 2, lost: 3 },
    { of: { begun: 9, ended: 4 }, underWay: 7, lost: 0 },
    { of: { begun: 2, ended: 4_294_967_290 }, underWay: 1, lost: 7 },
    { of: { begun: 4_294_967_290, ended: 2 }, underWay: 1, lost: 0 },
  ])('says what was lost by what has begun, has ended and is under way: $of, $underWay', (each) => {
    const line = row({ [COUNTER.begun]: each.of.begun, [COUNTER.failed]: each.of.ended }, KEY, each.underWay);
    expect(processesIn(said('process 5.1', line))?.[0]?.counters[0]?.lost).toBe(each.lost);
  });

  it.each([
    ['without what is under way', row({}).replace('use=0', '')],
    ['cut off', row({}).slice(0, -1)],
    ['cut off before the last', row({}).slice(0, -' gpc29=0'.length)],
    ['without a key', row({}).replace(`key=${KEY}`, '')],
    ['with a key that names no revision', row({}, 'api')],
    ['with what is no number', row({ 3: '1e9' })],
    ['with a negative number', row({ 3: -1 })],
    ['with nothing', '0x1:'],
    ['with far too much', `0x1: ${'='.repeat(10_000)}`],
  ])('%s is none', (_, line) => {
    expect(processesIn(said('process 5.1', line))?.[0]?.counters).toEqual([]);
  });
});

describe('processes', () => {
  it.each([
    { what: 'the one that serves', text: said('process 5.1', begun(3)), is: ['5.1 counting null: 3'] },
    {
      what: 'one that was replaced, and counts on',
      text: said(
        'process 6.2',
        begun(1),
        'process 5.1',
        'stopping',
        begun(3),
        'entry 07',
        'process 5.1',
        begun(2),
      ),
      is: ['6.2 counting null: 1', '5.1 counting 7: 3'],
    },
    {
      what: 'one that has ended with its last counts written down',
      text: said('process 6.2', 'entry 7', 'process 5.1', 'stopping', begun(3), 'done'),
      is: ['6.2 counting null: ', '5.1 done 7: 3'],
    },
    {
      what: 'one whose last counts are written down, and that still lives',
      text: said('process 6.2', 'process 5.1', begun(3), 'entry 7', 'process 5.1', begun(4), 'done'),
      is: ['6.2 counting null: ', '5.1 done 7: 4'],
    },
    {
      what: 'one that has ended before that',
      text: said('process 6.2', 'entry 7', 'process 5.1', begun(2)),
      is: ['6.2 counting null: ', '5.1 lost 7: 2'],
    },
    {
      what: 'one that ended while it was asked',
      text: said('process 6.2', 'process .', 'entry 7', 'process 5.1', begun(2), 'done'),
      is: ['6.2 counting null: ', '5.1 done 7: 2'],
    },
    {
      what: 'one of which only the beginning was written down',
      text: said('process 6.2', 'entry 7', 'process 5.1', begun(2).slice(0, 80), 'done'),
      is: ['6.2 counting null: ', '5.1 lost 7: '],
    },
    {
      what: 'one of which nothing was written down',
      text: said('process 6.2', 'entry 7', 'entry 8', 'process 6.2'),
      is: ['6.2 counting 8: ', 'entry 7 lost 7: '],
    },
  ])('$what', ({ text, is }) => {
    expect(told(text)).toEqual(is);
  });

  it('are forgotten up to the first that is written down', () => {
    const entries = [41, 42].flatMap((number) => [`entry 0000${number}`, `process ${number}.1`, 'done']);
    expect(readCounts(said('process 99.1', ...entries))?.forgottenUpTo).toBe(40);
    expect(readCounts(said('process 99.1'))?.forgottenUpTo).toBe(0);
    const late = ['entry 000005', 'process 5.1', 'done'];
    expect(readCounts(said('process 99.1', ...late, ...entries))?.forgottenUpTo).toBe(40);
  });
});

describe('what is not from such a load balancer', () => {
  it.each([
    ['nothing', ''],
    ['an error', 'bash: connect: Connection refused\n'],
    ['only what was written down', said('entry 1', 'process 5.1', 'done')],
    ['an entry without a number', said('process 5.1', 'entry x', 'process 4.1')],
    ['a process without a name', said('process .', begun(1))],
  ])('%s is no count', (_, text) => {
    expect(readCounts(text)).toBeNull();
  });

  it('is never too hostile: whatever is cut off anywhere is left out, or all is refused', () => {
    const nine = row({ [COUNTER.begun]: 9, [COUNTERS - 1]: 1_234 });
    const whole = said('process 6.2', nine, 'entry 7', 'process 5.1', 'stopping', begun(3), 'done');
    for (let length = 0; length <= whole.length; length += 1)
      for (const process of processesIn(whole.slice(0, length)) ?? [])
        for (const { begun: count, failed } of process.counters)
          expect([
            [3, 0],
            [9, 1_234],
          ]).toContainEqual([count, failed.at(-1)]);
  });
});
