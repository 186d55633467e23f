// One thing that must always hold, or hold in the end. A check looks on from outside: it knows the world and
// what is written and sent, and compares that with what people committed, never with what a controller says
// of itself alone. Whatever it finds it throws as a Violation.

import type { HostId } from '../../kernel/ids.ts';
import type { EngineEvent } from '../../observed/report.ts';
import type { Effect, EffectOutcome, Question } from '../link/observer.ts';
import type { EndedRequest } from '../requests/requests.ts';
import type { StoreWriteNote } from '../store/sim-store.ts';
import type { SaidEvent } from '../world/onlooker.ts';
import type { SimProcess } from '../world/process.ts';
import type { Written } from './ledger.ts';

export interface Check {
  /** When a process asks something that changes nothing. */
  asked?(question: Question, process: SimProcess): void;
  /** When a process that looks at a host has the answer to this very question. */
  learnt?(question: Question, process: SimProcess): void;
  /** A process has opened a connection to a host. */
  connected?(host: HostId, process: SimProcess): void;
  /** A process is handed an event of an engine. */
  heard?(host: HostId, event: EngineEvent, process: SimProcess): void;
  /** Before an effect is sent. */
  issued?(effect: Effect, process: SimProcess): void;
  /** When an engine has done it or refused it. */
  landed?(effect: Effect, outcome: EffectOutcome, process: SimProcess): void;
  /** When the process has the answer. */
  answered?(effect: Effect, outcome: EffectOutcome, process: SimProcess): void;
  /** What a process tells people. */
  said?(event: SaidEvent, process: SimProcess): void;
  /** At each stage of a write to the store; where it is `durable`, the disk has it already. */
  written?(note: StoreWriteNote, process: SimProcess): void;
  /** When a write is on the disk: what it changed there. */
  durable?(written: Written): void;
  /** A request of a container to another service has come to its end. */
  requested?(request: EndedRequest): void;
  /** After an event in which something on some machine has changed. */
  afterChange?(): void;
  /** After every event, but not before the moment that `dueMs` names. */
  afterEvent?(): void;
  /** On the scheduler's clock; absent where the check has to look after each event. */
  readonly dueMs?: number;
  /** Once, when everything is healed, has converged and was cleared away: what must hold at rest. */
  atRest?(): void;
}
