// One open connection of a simulated link: the calls and streams that are under way on it, and its end,
// which ends all of them.

import { PlimsollError, type Problem } from '../../kernel/errors.ts';
import type { EngineInfo } from '../../observed/report.ts';

/** Something that is under way on a session and ends with it. */
export interface UnderWay {
  end(reason: Problem): void;
  /** Its process is dead: nobody hears its end, but the engine sees its connection close. */
  abandon(): void;
}

export class Session {
  readonly engine: EngineInfo;
  /** The number of the next event of the engine that its streams have not delivered. */
  eventsFrom: number;
  #over: Problem | null = null;
  readonly #underWay = new Set<UnderWay>();

  constructor(engine: EngineInfo, eventsFrom: number) {
    this.engine = engine;
    this.eventsFrom = eventsFrom;
  }

  get isOpen(): boolean {
    return this.#over === null;
  }

  /** Throws the reason for which it has ended. */
  check(): void {
    if (this.#over !== null) throw new PlimsollError(this.#over);
  }

  enter(underWay: UnderWay): void {
    this.#underWay.add(underWay);
  }

  leave(underWay: UnderWay): void {
    this.#underWay.delete(underWay);
  }

  end(reason: Problem): void {
    if (this.#over !== null) return;
    this.#over = reason;
    for (const underWay of [...this.#underWay]) underWay.end(reason);
  }

  /** The process is dead: nothing that was under way ever ends. */
  abandon(): void {
    for (const underWay of this.#underWay) underWay.abandon();
    this.#underWay.clear();
  }
}
