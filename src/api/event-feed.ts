// The controller's events with positions that a client can go on from, also after the controller has been
// started again: a position names the run that it belongs to.

import type { ControllerEvent, EventLog } from '../loop/events.ts';

export interface EventPlace {
  readonly run: number;
  readonly sequence: number;
}

export class EventFeed {
  /** When this run began, in milliseconds since the Unix epoch; names the run. */
  readonly run: number;
  readonly #log: EventLog;

  constructor(log: EventLog, startedAt: number) {
    this.#log = log;
    this.run = startedAt;
  }

  positionOf(event: Pick<ControllerEvent, 'sequence'>): string {
    return `${this.run}.${event.sequence}`;
  }

  /** What is still kept of what came after `place`; of another run everything did. */
  since(place: EventPlace | null): { position: string; events: ControllerEvent[] } {
    const known = place !== null && place.run === this.run ? place.sequence : 0;
    const events = [...this.#log.since(known)];
    const last = events.at(-1)?.sequence ?? known;
    return { position: `${this.run}.${last}`, events };
  }

  subscribe(listener: (event: ControllerEvent) => void): () => void {
    return this.#log.subscribe(listener);
  }
}
