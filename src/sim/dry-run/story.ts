// The story of a dry run: what the controller says from the commit on, and what is true of the replicas, each at
// its virtual moment.

import type { HostId, ServiceKey } from '../../kernel/ids.ts';
import type { Controller } from '../../loop/controller.ts';
import type { TimelineEntry } from './report.ts';

/**
 * Told as done, they need not be told as begun. And how many are ready is told as it is, not as the controller
 * believes: for a while it counts those on a host that is gone.
 */
const LEFT_OUT: ReadonlySet<string> = new Set(['action/started', 'action/pulling', 'service/ready']);
/** `succeeded after 7s: `: of a run that began before the commit nobody knows how long that was. */
const AFTER = /^(\w+) after [^:]+: /;
/** Runs that end in these were waiting for replicas to become ready. */
const ENDS_WELL: ReadonlySet<string> = new Set(['rollout/succeeded', 'rollout/rolledBack']);
const LOST = 'assumed/lost';
/** Nothing happens by these. */
const ASIDE = /^(commit\/warning|assumed\/)/;

export class Story {
  readonly entries: TimelineEntry[] = [];
  /** When something was begun for a service for the first time. */
  readonly beganMs = new Map<ServiceKey, number>();
  readonly #nowMs: () => number;
  readonly #leave: () => void;

  /** `nowMs` counts from the commit. */
  constructor(controller: Controller, nowMs: () => number) {
    this.#nowMs = nowMs;
    const started = new Set<ServiceKey>();
    this.#leave = controller.events.subscribe(({ kind, level, service, host, message: said }) => {
      if (service !== null && kind !== 'service/ready' && !this.beganMs.has(service))
        this.beganMs.set(service, nowMs());
      if (LEFT_OUT.has(kind)) return;
      if (service !== null && kind === 'rollout/started') started.add(service);
      const isOlder = service !== null && kind.startsWith('rollout/') && !started.has(service);
      const message = isOlder ? said.replace(AFTER, '$1: ') : said;
      const entry = { atMs: nowMs(), kind, level, service, host, message };
      const loss = kind === 'action/succeeded' ? this.#lossOf(host) : -1;
      // What a host has done it did before it was lost, although its result was looked at in vain after that.
      if (loss < 0) this.entries.push(entry);
      else this.entries.splice(loss, 0, { ...entry, atMs: this.entries[loss]?.atMs ?? entry.atMs });
    });
  }

  /** Where its loss is told; -1: it is not lost. */
  #lossOf(host: HostId | null): number {
    return this.entries.findIndex((entry) => entry.kind === LOST && entry.host === host);
  }

  /** What the dry run makes happen. */
  assumeLost(host: HostId, message: string): void {
    const atMs = this.#nowMs();
    this.entries.push({ atMs, kind: LOST, level: 'warning', service: null, host, message });
  }

  /** So many replicas do their work from now on, of so many; null: no commit wants any. */
  tellReady(service: ServiceKey, count: number, wanted: number | null): void {
    const atMs = this.#nowMs();
    const message = wanted === null ? `${count} ready` : `${count} of ${wanted} ready`;
    const entry = { atMs, kind: 'service/ready', level: 'info', service, host: null, message } as const;
    // It is seen after the event in which the controller drew its conclusion.
    const before = this.entries.findIndex(
      (e) => e.atMs === atMs && e.service === service && ENDS_WELL.has(e.kind),
    );
    this.entries.splice(before < 0 ? this.entries.length : before, 0, entry);
  }

  /** When something last happened; 0 where nothing did. */
  get lastMs(): number {
    return this.entries.findLast(({ kind }) => !ASIDE.test(kind))?.atMs ?? 0;
  }

  end(): void {
    this.#leave();
  }
}
