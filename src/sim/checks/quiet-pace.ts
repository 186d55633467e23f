// While nothing happens anywhere a controller looks as often as it is set to, and no more: what it had begun
// for connections that are gone has ended with them. And a host that does not answer is dialled at a pace
// that slackens (I12, I13).

import type { HostId } from '../../kernel/ids.ts';
import type { Question } from '../link/observer.ts';
import type { SimProcess } from '../world/process.ts';
import type { Calm } from './calm.ts';
import type { Check } from './check.ts';
import type { Scene } from './scene.ts';
import { Violation } from './violation.ts';

const MINUTE_MS = 60_000;
/** What follows from the last change is over after so long. */
const QUIET_MS = 60_000;
/** The first pause between two tries, and the longest one; half of it may be taken off by chance. */
const FIRST_REDIAL_MS = 500;
const MAX_REDIAL_MS = 5_000;

interface Tries {
  /** A host that was let go, or has another address, is dialled anew when it is back. */
  readonly link: string;
  count: number;
  lastMs: number;
}

export class QuietPace implements Check {
  readonly #scene: Scene;
  readonly #calm: Calm;
  readonly #tries = new Map<string, Tries>();
  readonly #counts = new Map<string, number>();
  #sinceMs = 0;

  constructor(scene: Scene, calm: Calm) {
    this.#scene = scene;
    this.#calm = calm;
  }

  asked({ kind, at, object }: Question, process: SimProcess): void {
    if (kind === 'connect') this.#mustSlacken(`${process.name} ${at}`, at, object);
    if (kind !== 'report' && kind !== 'inspect') return;
    const { nowMs, world } = this.#scene;
    const quietMs = this.#calm.quietSinceMs + QUIET_MS;
    if (nowMs < quietMs) return;
    if (this.#sinceMs < quietMs || nowMs - this.#sinceMs >= MINUTE_MS) {
      this.#sinceMs = nowMs;
      this.#counts.clear();
    }
    const { resyncMs, auditMs } = world.tempo.settings;
    const key = `${kind} ${at}`;
    const count = (this.#counts.get(key) ?? 0) + 1;
    this.#counts.set(key, count);
    // What the audit looked at while a list was being read is looked at once more.
    const most = kind === 'report' ? MINUTE_MS / resyncMs : (2 * MINUTE_MS) / auditMs;
    if (count > Math.ceil(most) + 1)
      throw new Violation('I12', `${key}: ${count} times in a minute in which nothing happens`);
  }

  connected(host: HostId, process: SimProcess): void {
    this.#tries.delete(`${process.name} ${host}`);
  }

  #mustSlacken(key: string, host: string, link: string): void {
    const { nowMs } = this.#scene;
    const tries = this.#tries.get(key);
    if (tries?.link !== link) {
      this.#tries.set(key, { link, count: 1, lastMs: nowMs });
      return;
    }
    const pausedMs = nowMs - tries.lastMs;
    const leastMs = Math.min(FIRST_REDIAL_MS * 2 ** (tries.count - 1), MAX_REDIAL_MS) / 2;
    if (pausedMs < leastMs - 1)
      throw new Violation('I12', `${host} is dialled again after ${pausedMs} ms, try ${tries.count + 1}`);
    tries.count += 1;
    tries.lastMs = nowMs;
  }
}
