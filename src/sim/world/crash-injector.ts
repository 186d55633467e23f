// Where a world lets processes of the controller die. Faults ask for the next effect; exhaustive tests name
// each effect and each write by its number.

import type { CrashMoment } from '../faults/fault.ts';
import type { Effect } from '../link/observer.ts';
import type { StoreWriteNote } from '../store/sim-store.ts';

/** Both give how long nothing runs then, in milliseconds; null: the process lives on. */
export interface CrashInjector {
  /** `after`: the answer has arrived, and the process never gets it. */
  atEffect(when: CrashMoment, effect: Effect): number | null;
  atWrite(note: StoreWriteNote): number | null;
}
