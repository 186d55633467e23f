// When a failed action may be tried again, and when putting something right has become a quarrel.

import { describe, expect, it } from 'vitest';
import { type Action, makeAction } from '../../src/action/action.ts';
import { type ErrorCode, problem } from '../../src/kernel/errors.ts';
import { HostId } from '../../src/kernel/ids.ts';
import { instant } from '../../src/kernel/time.ts';
import { FailureBook } from '../../src/loop/failure-book.ts';

const NOW = instant(1_000_000);
const start: Action = makeAction(
  { host: HostId.parse('h1'), service: null, object: 'shop.api', because: 'exited' },
  { kind: 'startContainer', id: 'c1' },
);
const update: Action = makeAction(
  {
    host: HostId.parse('h1'),
    service: null,
    object: 'shop.api',
    because: 'limits.memoryBytes is 1 instead of 2',
  },
  {
    kind: 'updateContainer',
    id: 'c1',
    limits: { memoryBytes: 2, memoryReservationBytes: null, cpus: null, pids: null },
    restartPolicy: 'no',
  },
);

describe('the next try after a failure', () => {
  const delays: readonly [ErrorCode, number, number | null][] = [
    ['engine/failed', 1, 5_000],
    ['engine/failed', 2, 10_000],
    ['engine/failed', 7, 180_000],
    ['engine/not-found', 1, 100],
    ['engine/rejected', 1, 600_000],
    ['image/auth', 1, null],
  ];

  it.each(delays)('%s for the %dth time: %s ms', (code, times, delay) => {
    const book = new FailureBook();
    for (let n = 0; n < times; n += 1) book.failed(start, problem(code, 'x'), NOW);
    const retryAt = book.entries.get(start.key)?.retryAt ?? null;
    expect(retryAt === null ? null : retryAt - NOW).toBe(delay);
  });

  it('is free after a success', () => {
    const book = new FailureBook();
    book.failed(start, problem('engine/failed', 'x'), NOW);
    book.succeeded(start, NOW);
    expect(book.entries.size).toBe(0);
  });
});

describe('what is put right again and again', () => {
  it('is backed off and named by its field from the fourth time in ten minutes on', () => {
    const book = new FailureBook();
    for (let n = 0; n < 3; n += 1) book.succeeded(update, NOW);
    expect(book.entries.size).toBe(0);
    book.succeeded(update, NOW);
    expect(book.entries.get(update.key)?.problem).toMatchObject({
      code: 'drift/oscillation',
      message: expect.stringContaining('limits.memoryBytes'),
    });
  });

  it('is not counted when it happens now and then', () => {
    const book = new FailureBook();
    for (let n = 0; n < 20; n += 1) book.succeeded(update, instant(NOW + n * 600_000));
    expect(book.entries.size).toBe(0);
  });
});
