// Plays a story with the traps set, and says which invariant it broke, if any.

import { setImmediate as nextTurn } from 'node:timers/promises';
import { type Invariant, Violation } from '../checks/violation.ts';
import { setTraps } from '../core/traps.ts';
import type { World } from '../world/world.ts';

export interface Verdict {
  readonly invariant: Invariant;
  readonly message: string;
  readonly atMs: number;
}

function verdictOf(error: unknown, world: World): Verdict {
  const atMs = world.scheduler.nowMs;
  if (error instanceof Violation) return { invariant: error.invariant, message: error.message, atMs };
  const message = error instanceof Error ? (error.stack ?? error.message) : String(error);
  return { invariant: 'crash', message, atMs };
}

/** Null: every invariant held. Afterwards all processes of the world have ended. */
export async function judge(world: World, play: () => Promise<void>): Promise<Verdict | null> {
  const onRejection = (reason: unknown): void => world.fail(reason);
  process.on('unhandledRejection', onRejection);
  const removeTraps = setTraps();
  try {
    await play();
    return null;
  } catch (error) {
    const verdict = verdictOf(error, world);
    world.trace.add(`VIOLATION of ${verdict.invariant}: ${verdict.message}`);
    return verdict;
  } finally {
    for (const simulated of world.processes) simulated.crash();
    await nextTurn();
    removeTraps();
    process.off('unhandledRejection', onRejection);
  }
}
