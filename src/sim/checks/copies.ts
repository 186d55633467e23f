// Which process has had what is in force in its copies of the repository: it has read it, or could have. Whoever
// began after they were lost reads it only where a branch still leads to it.

import type { CommitSha } from '../../kernel/ids.ts';
import type { Question } from '../link/observer.ts';
import type { SimProcess } from '../world/process.ts';
import type { Check } from './check.ts';
import type { Ledger } from './ledger.ts';
import type { Scene } from './scene.ts';

const LOOK_EVERY_MS = 1_000;
/** From asking for it to having it, and to the next look. */
const FETCH_MS = 3_000;

interface Had {
  /** What was in force of the services' source and of the fleet's. */
  readonly services: CommitSha | null;
  readonly fleet: CommitSha | null;
  readonly sinceMs: number;
}

export class Copies implements Check {
  readonly #scene: Scene;
  readonly #ledger: Ledger;
  /** By process: since when it has had what is in force; of commits before that nobody asks. */
  readonly #hadMs = new Map<SimProcess, Had>();
  /** When each process last asked for what is new. */
  readonly #fetchedMs = new Map<SimProcess, number>();
  /** Since when what is in force has been in the copies; null: it is not. */
  #copiedMs: number | null = null;
  dueMs = 0;

  constructor(scene: Scene, ledger: Ledger) {
    this.#scene = scene;
    this.#ledger = ledger;
  }

  asked({ kind }: Question, process: SimProcess): void {
    if (kind === 'fetch') this.#fetchedMs.set(process, this.#scene.nowMs);
  }

  afterEvent(): void {
    const { nowMs, world } = this.#scene;
    const { active } = world;
    if (nowMs < this.dueMs || active === null) return;
    this.dueMs = nowMs + LOOK_EVERY_MS;
    this.#copiedMs = this.#ledger.isCopied ? (this.#copiedMs ?? nowMs) : null;
    if (this.#copiedMs === null || this.#isOfNow(this.#hadMs.get(active))) return;
    // What another process has got it reads when it fetches the next time.
    if ((this.#fetchedMs.get(active) ?? Number.NEGATIVE_INFINITY) < this.#copiedMs - FETCH_MS) return;
    const [services, fleet] = [this.#ledger.source?.accepted ?? null, this.#ledger.fleet?.accepted ?? null];
    this.#hadMs.set(active, { services, fleet, sinceMs: nowMs });
  }

  /** For how long the process that acts has been able to know what is in force; null: it never was. */
  get hadForMs(): number | null {
    const { nowMs, world } = this.#scene;
    const had = world.active === null ? undefined : this.#hadMs.get(world.active);
    return this.#isOfNow(had) ? nowMs - had.sinceMs : null;
  }

  /** Whether the process that acts has it, or can still get it. */
  get isInReach(): boolean {
    return this.hadForMs !== null || this.#ledger.isInReach;
  }

  #isOfNow(had: Had | undefined): had is Had {
    const { source, fleet } = this.#ledger;
    return (
      had !== undefined &&
      had.services === (source?.accepted ?? null) &&
      had.fleet === (fleet?.accepted ?? null)
    );
  }
}
