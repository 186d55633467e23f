// What the controller tells while it works: one stream for the command line, the hook, the demo and the
// API. A bounded tail is kept, so that a client that comes late sees what led here.

import type { CommitSha, HostId, ServiceKey, SourceId } from '../kernel/ids.ts';
import type { Instant } from '../kernel/time.ts';

export interface ControllerEvent {
  /** Counts from 1 since the controller started. */
  readonly sequence: number;
  readonly at: Instant;
  readonly level: 'info' | 'warning' | 'error';
  /** `commit/accepted`, `rollout/started`, `action/failed`, `host/unreachable`, … */
  readonly kind: string;
  readonly service: ServiceKey | null;
  readonly host: HostId | null;
  readonly source: SourceId | null;
  /** The commit that was refused. */
  readonly commit?: CommitSha;
  /** A sentence for people. */
  readonly message: string;
}

export type EventDraft = Pick<ControllerEvent, 'kind' | 'message'> &
  Partial<Pick<ControllerEvent, 'level' | 'service' | 'host' | 'source' | 'commit'>>;

const TAIL_LENGTH = 2_000;

export class EventLog {
  readonly #now: () => Instant;
  readonly #listeners = new Set<(event: ControllerEvent) => void>();
  readonly #tail: ControllerEvent[] = [];
  #sequence = 0;

  constructor(now: () => Instant) {
    this.#now = now;
  }

  emit(draft: EventDraft): void {
    this.#sequence += 1;
    const event: ControllerEvent = {
      level: 'info',
      service: null,
      host: null,
      source: null,
      ...draft,
      sequence: this.#sequence,
      at: this.#now(),
    };
    this.#tail.push(event);
    if (this.#tail.length > TAIL_LENGTH) this.#tail.shift();
    for (const listener of this.#listeners) listener(event);
  }

  /** Events after `sequence` that are still kept, oldest first. */
  since(sequence: number): readonly ControllerEvent[] {
    return this.#tail.filter((event) => event.sequence > sequence);
  }

  subscribe(listener: (event: ControllerEvent) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }
}
