// Which process has had what is in force in its copies of the repository: it has read it, or could have. Whoever
// began after they were lost reads it only where a branch still leads to it.

import type { SimProcess } from '../world/process.ts';
import type { Check } from './check.ts';
import type { Ledger } from './ledger.ts';
import type { Scene } from './scene.ts';

const LOOK_EVERY_MS = 1_000;

export class Copies implements Check {
  readonly #scene: Scene;
  readonly #ledger: Ledger;
  /** By process: since when it has had what is in force; of commits before that nobody asks. */
  readonly #hadMs = new Map<SimProcess, { readonly commits: string; readonly sinceMs: number }>();
  #nextMs = 0;

  constructor(scene: Scene, ledger: Ledger) {
    this.#scene = scene;
    this.#ledger = ledger;
  }

  afterEvent(): void {
    const { nowMs, world } = this.#scene;
    const { active } = world;
    if (nowMs < this.#nextMs || active === null) return;
    this.#nextMs = nowMs + LOOK_EVERY_MS;
    const commits = this.#commits();
    if (this.#hadMs.get(active)?.commits === commits || !this.#ledger.isCopied) return;
    this.#hadMs.set(active, { commits, sinceMs: nowMs });
  }

  /** For how long the process that acts has been able to know what is in force; null: it never was. */
  get hadForMs(): number | null {
    const { nowMs, world } = this.#scene;
    const had = world.active === null ? undefined : this.#hadMs.get(world.active);
    return had?.commits === this.#commits() ? nowMs - had.sinceMs : null;
  }

  /** Whether the process that acts has it, or can still get it. */
  get isInReach(): boolean {
    return this.hadForMs !== null || this.#ledger.isInReach;
  }

  #commits(): string {
    return `${this.#ledger.source?.accepted} ${this.#ledger.fleet?.accepted}`;
  }
}
