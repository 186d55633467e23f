// One thing that must always hold, or hold in the end. A check looks on from outside: it knows the world and
// what is written and sent, and compares that with what people committed, never with what a controller says
// of itself alone. Whatever it finds it throws as a Violation.

import type { Effect, EffectOutcome } from '../link/observer.ts';
import type { StoreWriteNote } from '../store/sim-store.ts';
import type { SimProcess } from '../world/process.ts';

export interface Check {
  /** Before an effect is sent. */
  issued?(effect: Effect, process: SimProcess): void;
  /** When an engine has done it or refused it. */
  landed?(effect: Effect, outcome: EffectOutcome, process: SimProcess): void;
  /** What a process tells people. */
  said?(event: { readonly kind: string; readonly message: string }, process: SimProcess): void;
  /** At each stage of a write to the store; where it is `durable`, the disk has it already. */
  written?(note: StoreWriteNote, process: SimProcess): void;
  /** After an event in which something on some machine has changed. */
  afterChange?(): void;
  /** After every event. */
  afterEvent?(): void;
  /** Once, when everything is healed, has converged and was cleared away: what must hold at rest. */
  atRest?(): void;
}
