// Answers that were under way while the host went on: a list that still has a container which an event
// has meanwhile reported as destroyed, or which lacks what a later look has already told. Folded as they
// are they would put the picture back in time, until the slow audit comes by.

import type { HostReport, HostUpdate } from '../observed/report.ts';

const DESTROYED_KEPT = 1_000;

export class LateAnswers {
  /** Ids never come back. */
  readonly #destroyed = new Set<string>();
  /** For each report that is being taken, what single looks told since it was asked for. */
  readonly #meanwhile = new Set<HostUpdate[]>();

  noteDestroyed(id: string): void {
    if (this.#destroyed.size >= DESTROYED_KEPT) this.#destroyed.clear();
    this.#destroyed.add(id);
  }

  isDestroyed(id: string): boolean {
    return this.#destroyed.has(id);
  }

  note(updates: readonly HostUpdate[]): void {
    const looks = updates.filter((u) => u.kind !== 'report' && u.kind !== 'failed');
    for (const meanwhile of this.#meanwhile) meanwhile.push(...looks);
  }

  /** Takes a report and gives what is to be folded instead of it alone. */
  async around(take: () => Promise<HostReport>, host: HostUpdate['host']): Promise<readonly HostUpdate[]> {
    const meanwhile: HostUpdate[] = [];
    this.#meanwhile.add(meanwhile);
    try {
      const report = await take();
      const containers = report.containers.filter((c) => !this.#destroyed.has(c.id));
      return [{ kind: 'report', host, report: { ...report, containers } }, ...meanwhile];
    } finally {
      this.#meanwhile.delete(meanwhile);
    }
  }
}
