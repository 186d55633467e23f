// An invariant that does not hold ends the world: what comes after proves nothing.

/** The invariants of the simulator's documentation. */
export const INVARIANTS = {
  I1: 'after the faults stop, live equals desired within a bound, and then nothing is written any more',
  I2: 'the end state equals that of the run without faults',
  I3: 'an object without our labels is never touched',
  I4: 'ready replicas stay within what the rollout allows',
  I5: 'requests are led to ready replicas of the right service only, and none is lost by what the controller does',
  I6: 'no data volume is deleted, and a single-writer volume has one writer at most',
  I7: 'what runs comes from a commit of the tracked branch',
  I8: 'a commit is accepted whole, or the last good one stays',
  I9: 'nothing is sent after the lease has passed to another process',
  I10: 'acknowledged writes survive; a damaged store refuses to act',
  I11: 'no secret appears in events, labels or environments',
  I12: 'queues and retries are bounded',
  I13: 'hosts that are not affected keep their pace',
  I14: 'unreachable is not absent',
} as const;

export type Invariant = keyof typeof INVARIANTS | 'crash';

export class Violation extends Error {
  readonly invariant: Invariant;

  constructor(invariant: Invariant, message: string) {
    super(message);
    this.name = 'Violation';
    this.invariant = invariant;
  }
}
