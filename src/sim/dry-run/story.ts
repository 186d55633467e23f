// The story of a dry run: what the controller says from the commit on, each at its virtual moment.

import type { HostId } from '../../kernel/ids.ts';
import type { Controller } from '../../loop/controller.ts';
import type { TimelineEntry } from './report.ts';

/** Told as done, they need not be told as begun. */
const LEFT_OUT: ReadonlySet<string> = new Set(['action/started', 'action/pulling']);
/** Nothing happens by these. */
const ASIDE = /^(commit\/warning|assumed\/)/;

export class Story {
  readonly entries: TimelineEntry[] = [];
  readonly #nowMs: () => number;
  readonly #leave: () => void;

  /** `nowMs` counts from the commit. */
  constructor(controller: Controller, nowMs: () => number) {
    this.#nowMs = nowMs;
    this.#leave = controller.events.subscribe(({ kind, level, service, host, message }) => {
      if (!LEFT_OUT.has(kind)) this.entries.push({ atMs: nowMs(), kind, level, service, host, message });
    });
  }

  /** What the dry run makes happen. */
  assume(kind: 'lost', host: HostId, message: string): void {
    const atMs = this.#nowMs();
    this.entries.push({ atMs, kind: `assumed/${kind}`, level: 'warning', service: null, host, message });
  }

  /** When something last happened; 0 where nothing did. */
  get lastMs(): number {
    return this.entries.findLast(({ kind }) => !ASIDE.test(kind))?.atMs ?? 0;
  }

  end(): void {
    this.#leave();
  }
}
