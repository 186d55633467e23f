// What a world shows to those who look on while it goes.

import type { HostId } from '../../kernel/ids.ts';
import type { ControllerEvent } from '../../loop/events.ts';
import type { EngineEvent } from '../../observed/report.ts';
import type { Effect, EffectOutcome, Question } from '../link/observer.ts';
import type { EndedRequest } from '../requests/requests.ts';
import type { StoreWriteNote } from '../store/sim-store.ts';
import type { SimProcess } from './process.ts';

/** What a process tells people, as far as checks look at it. */
export type SaidEvent = Pick<ControllerEvent, 'kind' | 'message' | 'host'>;

/** What looks on, and may end the world by throwing a Violation. */
export interface Onlooker {
  asked(question: Question, process: SimProcess): void;
  learnt(question: Question, process: SimProcess): void;
  connected(host: HostId, process: SimProcess): void;
  heard(host: HostId, event: EngineEvent, process: SimProcess): void;
  issued(effect: Effect, process: SimProcess): void;
  landed(effect: Effect, outcome: EffectOutcome, process: SimProcess): void;
  answered(effect: Effect, outcome: EffectOutcome, process: SimProcess): void;
  said(event: SaidEvent, process: SimProcess): void;
  written(note: StoreWriteNote, process: SimProcess): void;
  /** A request of a container to another service has come to its end. */
  requested(request: EndedRequest): void;
}
