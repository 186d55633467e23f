// What is done to an engine is told to people: that it begins, before anything is sent, and how it has ended; of what
// takes a moment and comes often the end is enough.
// Whoever follows the events of a controller sees everything that it changes.

import type { Effect, EffectKind, EffectOutcome } from '../link/observer.ts';
import type { SaidEvent } from '../world/onlooker.ts';
import type { SimProcess } from '../world/process.ts';
import type { Check } from './check.ts';
import type { Scene } from './scene.ts';
import { Violation } from './violation.ts';

/** Parts of a call that has another name, and images, which are called by one of several names. */
const NOT_NAMED: ReadonlySet<EffectKind> = new Set([
  'createFiller',
  'putArchive',
  'removeFiller',
  'disconnectNetwork',
  'connectNetwork',
  'removeImage',
]);
/**
 * What follows within an action and the looks at its result: when a config is written four calls of a minute,
 * five seconds for clearing up, and a look of twenty.
 */
const ENDS_WITHIN_MS = 270_000;
const LOOK_EVERY_MS = 5_000;

/** What is gone already has no name any more. */
const ID = /^[0-9a-f]{64}$/;
/** `run shop.web.3f2a.0.1 on h1: …` */
const ACTION = / (\S+) on [^\s:]+(?=: | \(|$)/;

interface Doings {
  /** Actions that were said to have begun and not to have ended, by host and object. */
  readonly open: Map<string, number>;
  /** Until when it has to be told how something ended that an engine has answered. */
  readonly due: Map<string, number>;
}

export class Told implements Check {
  readonly #scene: Scene;
  readonly #doings = new Map<SimProcess, Doings>();
  dueMs = 0;

  constructor(scene: Scene) {
    this.#scene = scene;
  }

  said({ kind, host, message }: SaidEvent, process: SimProcess): void {
    if (!kind.startsWith('action/') || kind === 'action/pulling') return;
    const object = ACTION.exec(message)?.[1];
    if (host === null || object === undefined)
      throw new Violation('I13', `nobody can tell what was done where: ${message}`);
    const { open, due } = this.#of(process);
    const key = `${host} ${object}`;
    const count = open.get(key) ?? 0;
    if (kind === 'action/started') open.set(key, count + 1);
    else {
      open.set(key, Math.max(0, count - 1));
      due.delete(key);
    }
  }

  issued({ kind, host, object }: Effect, process: SimProcess): void {
    if (kind === 'tellBalancer' || NOT_NAMED.has(kind) || ID.test(object)) return;
    if ((this.#of(process).open.get(`${host} ${object}`) ?? 0) === 0)
      throw new Violation('I10', `${kind} ${object} is sent to ${host}, and nobody was told`);
  }

  answered({ kind, host, object }: Effect, _: EffectOutcome, process: SimProcess): void {
    if (!NOT_NAMED.has(kind) && !ID.test(object))
      this.#of(process).due.set(`${host} ${object}`, this.#scene.nowMs + ENDS_WITHIN_MS);
  }

  afterEvent(): void {
    const { nowMs } = this.#scene;
    if (nowMs < this.dueMs) return;
    this.dueMs = nowMs + LOOK_EVERY_MS;
    for (const [process, { due }] of this.#doings) {
      if (!process.isAlive) this.#doings.delete(process);
      else if (process.clock.isRunning) mustBeTold(due, nowMs);
    }
  }

  #of(process: SimProcess): Doings {
    let doings = this.#doings.get(process);
    if (doings === undefined) {
      doings = { open: new Map(), due: new Map() };
      this.#doings.set(process, doings);
    }
    return doings;
  }
}

function mustBeTold(due: ReadonlyMap<string, number>, nowMs: number): void {
  for (const [what, untilMs] of due)
    if (nowMs > untilMs) throw new Violation('I10', `nobody was told what became of ${what}`);
}
