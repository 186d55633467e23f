// What the engine is asked to change about limits.

import { describe, expect, it } from 'vitest';
import { updateBody } from '../../../src/adapters/docker/update-body.ts';

describe('a change of limits', () => {
  const none = { memoryBytes: null, memoryReservationBytes: null, cpus: null, pids: null };

  it('raises swap with memory, since the engine refuses memory above the old swap', () => {
    expect(updateBody({ ...none, memoryBytes: 100 })).toMatchObject({ Memory: 100, MemorySwap: 200 });
  });

  it('takes away what the engine can take away, and leaves out what it cannot', () => {
    expect(updateBody(none)).toEqual({ MemoryReservation: -1, PidsLimit: -1 });
  });

  it('sets the others', () => {
    const limits = { memoryBytes: null, memoryReservationBytes: 50, cpus: 1.5, pids: 7 };
    expect(updateBody(limits)).toEqual({ MemoryReservation: 50, NanoCpus: 1_500_000_000, PidsLimit: 7 });
  });
});
