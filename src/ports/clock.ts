// Time and chance from outside. Only loop, executor and adapters ask; the simulator answers with
// virtual time and seeded chance.

import type { Instant } from '../kernel/time.ts';

export interface Clock {
  /** Wall-clock time: for people and for records. */
  now(): Instant;
  /** Milliseconds that never jump: for deadlines, leases and back-off. */
  monotonicMs(): number;
  /** Calls back once after `delayMs`; the returned function cancels. */
  after(delayMs: number, callback: () => void): () => void;
}

export interface Random {
  /** Uniform in [0, 1). */
  next(): number;
}
