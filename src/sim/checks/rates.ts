// What costs somebody something is done at a bounded pace, whatever goes wrong: connections, questions to
// engines, to the registry and to the Git server, and words to people (I12). Each bound is what the product
// says of its own periods and back-offs, with room for a busy minute.

import type { Question, QuestionKind } from '../link/observer.ts';
import type { SaidEvent } from '../world/onlooker.ts';
import type { SimProcess } from '../world/process.ts';
import type { World } from '../world/world.ts';
import type { Check } from './check.ts';
import type { Scene } from './scene.ts';
import { Violation } from './violation.ts';

const MINUTE_MS = 60_000;

/** In a minute, by what is asked for the same thing or at the same place. */
type Bounds = Readonly<Record<Exclude<QuestionKind, 'inspect'> | 'word', number>>;

const perMinute = (periodMs: number): number => Math.ceil(MINUTE_MS / periodMs);

/** Probes of simulated services come this often. */
const PROBE_MS = 3_000;

function boundsOf({ tempo }: World): Bounds {
  const { resyncMs } = tempo.settings;
  return {
    // A connection that fails is tried again after 250 ms at first and after 2.5 s at least later.
    connect: 40,
    // One when connecting, one after each look that failed, at the pace of connections at most.
    report: perMinute(resyncMs) + 10,
    // A burst of events is one list.
    list: 30,
    // From the answer to the next one a whole period passes; a restart begins anew.
    probe: perMinute(PROBE_MS) + 10,
    // Polls come early by a quarter of their period; people and hooks ask besides.
    fetch: perMinute(tempo.pollMs * 0.75) + 20,
    // What was read once is remembered; only what configs refer to is read again for each commit.
    read: perMinute(tempo.pollMs * 0.75) + 20,
    // Once a minute where it fails, and whenever people ask.
    look: 8,
    // Four for each of some dozen actions, and as many for what becomes of them.
    word: 400,
  };
}

/** What is counted by place: how much a host bears. The rest is counted by what it is about. */
const BY_PLACE: ReadonlySet<QuestionKind> = new Set(['connect', 'report']);

interface Minute {
  sinceMs: number;
  count: number;
}

export class Rates implements Check {
  readonly #scene: Scene;
  readonly #bounds: Bounds;
  readonly #minutes = new Map<SimProcess, Map<string, Minute>>();

  constructor(scene: Scene) {
    this.#scene = scene;
    this.#bounds = boundsOf(scene.world);
  }

  asked({ kind, at, object }: Question, process: SimProcess): void {
    // How often is right depends on what happens: see the pace of looks.
    if (kind === 'inspect') return;
    this.#count(kind, BY_PLACE.has(kind) ? `${kind} ${at}` : `${kind} ${at} ${object}`, process);
  }

  said(_: SaidEvent, process: SimProcess): void {
    this.#count('word', 'word', process);
  }

  #count(kind: keyof Bounds, what: string, process: SimProcess): void {
    const { nowMs } = this.#scene;
    let minutes = this.#minutes.get(process);
    if (minutes === undefined) {
      minutes = new Map();
      this.#minutes.set(process, minutes);
    }
    const minute = minutes.get(what);
    if (minute === undefined) {
      minutes.set(what, { sinceMs: nowMs, count: 1 });
      return;
    }
    if (nowMs - minute.sinceMs > MINUTE_MS) {
      minute.sinceMs = nowMs;
      minute.count = 0;
    }
    minute.count += 1;
    if (minute.count > this.#bounds[kind])
      throw new Violation('I12', `${process.name}: ${what}: ${minute.count} times a minute`);
  }
}
