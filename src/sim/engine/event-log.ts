// The event stream of a simulated engine. Like Docker it keeps the last 256 events for followers that
// begin in the past, and forgets them when the daemon ends.

import type { EngineEvent } from '../../observed/report.ts';

const KEPT = 256;

/** Gets each event with its number. */
export type EventListener = (event: EngineEvent, sequence: number) => void;

export class EventLog {
  #kept: EngineEvent[] = [];
  #firstKept = 0;
  #listeners: readonly EventListener[] = [];

  /** The number of the next event. */
  get position(): number {
    return this.#firstKept + this.#kept.length;
  }

  add(event: EngineEvent): void {
    const sequence = this.position;
    if (this.#kept.length >= 2 * KEPT) {
      this.#kept = this.#kept.slice(-KEPT + 1);
      this.#firstKept = sequence - this.#kept.length;
    }
    this.#kept.push(event);
    for (const listener of this.#listeners) listener(event, sequence);
  }

  /** Tells `listener` the kept events from `position` on at once, and what comes when it comes. */
  follow(position: number, listener: EventListener): () => void {
    const first = Math.max(0, this.#kept.length - KEPT, position - this.#firstKept);
    for (let at = first; at < this.#kept.length; at += 1) {
      const event = this.#kept[at];
      if (event !== undefined) listener(event, this.#firstKept + at);
    }
    this.#listeners = [...this.#listeners, listener];
    return () => {
      this.#listeners = this.#listeners.filter((other) => other !== listener);
    };
  }

  /** The daemon is gone, and with it every stream. */
  forget(): void {
    this.#firstKept = this.position;
    this.#kept = [];
    this.#listeners = [];
  }
}
