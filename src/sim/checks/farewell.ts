// A process that was told to stop, and says that it has, leaves nothing running: it asks, sends and writes
// nothing any more (I12). Whoever ends it by SIGTERM would otherwise cut something off.

import type { Effect, Question } from '../link/observer.ts';
import type { SimProcess } from '../world/process.ts';
import type { Check } from './check.ts';
import type { Written } from './ledger.ts';
import { Violation } from './violation.ts';

export class Farewell implements Check {
  asked({ kind, at, object }: Question, process: SimProcess): void {
    mustBeAtWork(process, `asks ${at} (${kind} ${object})`);
  }

  issued({ kind, object }: Effect, process: SimProcess): void {
    mustBeAtWork(process, `sends ${kind} ${object}`);
  }

  durable({ keys, process }: Written): void {
    mustBeAtWork(process, `writes ${keys.join(' ')}`);
  }
}

function mustBeAtWork(process: SimProcess, does: string): void {
  if (process.hasStopped) throw new Violation('I12', `${process.name} has stopped in order and ${does}`);
}
