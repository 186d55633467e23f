// Where a world lies in wait for a process: at the next effect or write of a kind it is caught there, and
// whoever has set the snare decides what becomes of it.

import type { CrashMoment } from '../faults/fault.ts';
import type { Effect, EffectKind } from '../link/observer.ts';
import type { StoreWriteNote } from '../store/sim-store.ts';
import type { SimProcess } from './process.ts';
import type { World } from './world.ts';

export interface Snare {
  readonly at: CrashMoment | StoreWriteNote['stage'];
  /** Only at an effect of this kind; absent: at any. */
  readonly kind?: EffectKind;
  readonly catches: (process: SimProcess, effect: Effect | null) => void;
}

/** A process has come to that point, with an effect or with a write. */
export function spring(world: World, at: Snare['at'], process: SimProcess, effect: Effect | null): void {
  const { snare } = world;
  if (snare?.at !== at || !process.clock.isRunning) return;
  if (snare.kind !== undefined && snare.kind !== effect?.kind) return;
  world.snare = null;
  snare.catches(process, effect);
}
