// After which failures nobody knows whether a container was started.

import { describe, expect, it } from 'vitest';
import { makeAction } from '../../src/action/action.ts';
import { type ErrorCode, problem } from '../../src/kernel/errors.ts';
import { HostId } from '../../src/kernel/ids.ts';
import { instant } from '../../src/kernel/time.ts';
import { UnansweredStarts } from '../../src/loop/unanswered-starts.ts';

const NOW = instant(1_000_000);
const HOUR_MS = 3_600_000;
const BASE = { host: HostId.parse('h1'), service: null, object: 'shop.api', because: 'exited' };
const START = makeAction(BASE, { kind: 'startContainer', id: 'c1' });
const STOP = makeAction(BASE, { kind: 'stopContainer', id: 'c1', graceMs: 1_000 });

describe('a start', () => {
  const codes: readonly [ErrorCode, boolean][] = [
    ['host/unreachable', true],
    ['host/timeout', true],
    ['host/no-engine', true],
    ['engine/not-found', false],
    ['engine/failed', false],
    ['store/lease', false],
  ];

  it.each(codes)('that failed with %s may still happen: %s', (code, may) => {
    const starts = new UnansweredStarts();
    starts.failed(START, problem(code, 'no'), NOW);
    expect(starts.entries.get(START.key)).toBe(may ? NOW : undefined);
  });

  it('is all that counts: a stop that comes late does no harm', () => {
    const starts = new UnansweredStarts();
    starts.failed(STOP, problem('host/unreachable', 'no'), NOW);
    expect(starts.entries.size).toBe(0);
  });

  it('is forgotten once nothing can be on its way any more', () => {
    const starts = new UnansweredStarts();
    starts.failed(START, problem('host/unreachable', 'no'), NOW);
    starts.prune(instant(NOW + HOUR_MS));
    expect(starts.entries.size).toBe(1);
    starts.prune(instant(NOW + HOUR_MS + 1));
    expect(starts.entries.size).toBe(0);
  });
});
