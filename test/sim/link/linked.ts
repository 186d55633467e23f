// A controller's link to one machine under whatever conditions a test sets, with a record of what was told
// about it.

import { toProblem } from '../../../src/kernel/errors.ts';
import type { ObservedContainer } from '../../../src/observed/report.ts';
import { randomStream } from '../../../src/sim/core/random.ts';
import type { SimEngine, SimEngineOptions } from '../../../src/sim/engine/sim-engine.ts';
import { type LinkConditions, PERFECT } from '../../../src/sim/link/conditions.ts';
import type { Effect, LinkObserver, Question } from '../../../src/sim/link/observer.ts';
import { createSimLink, type SimLink } from '../../../src/sim/link/sim-link.ts';
import { plainEngine } from '../engine/plain-engine.ts';
import { VirtualTime } from '../engine/virtual-time.ts';

export const CALL = { deadlineMs: 10_000 } as const;
export const FILL = { ...CALL, uploadMs: 20_000, mayGoOn: () => true } as const;
const PACKET = { minMs: 5, maxMs: 5 };

/** 5 ms in each direction, nothing lost. */
const USUAL: LinkConditions = { ...PERFECT, requestMs: PACKET, answerMs: PACKET, eventMs: PACKET };

export class Linked {
  readonly clock = new VirtualTime();
  readonly engine: SimEngine;
  readonly link: SimLink;
  /** `issued createVolume data`, `landed createVolume data ok`, `answered …`, `fault requestLost`. */
  readonly told: string[] = [];
  readonly lost: string[] = [];
  /** Questions, and those among them whose answer has come. */
  readonly asked: Question[] = [];
  readonly learnt: Question[] = [];
  /** What happens when an effect is at one of its points. */
  onEffect: (point: 'issued' | 'landed' | 'answered', effect: Effect) => 'go' | 'crash' = () => 'go';

  constructor(change: Partial<SimEngineOptions> = {}) {
    const { clock } = this;
    this.engine = plainEngine(clock, { random: randomStream(1, 'engine'), ...change });
    this.link = this.another();
    this.link.onDisconnect((because) => this.lost.push(because));
  }

  /** A link of another process to the same machine. */
  another(): SimLink {
    const random = randomStream(1, 'link');
    return createSimLink({
      engine: this.engine,
      clock: this.clock,
      random,
      conditions: USUAL,
      observer: this.#observer(),
    });
  }

  set(change: Partial<LinkConditions>): void {
    this.link.setConditions({ ...this.link.conditions, ...change });
  }

  /** Connects, with nothing told so far. */
  async connected(): Promise<this> {
    const connecting = this.link.connect(CALL);
    await this.clock.pass(1_000);
    await connecting;
    this.told.length = 0;
    return this;
  }

  /** What comes of a promise: `ok`, a code, or `pending` after `ms`. */
  async outcome(promise: Promise<unknown>, ms: number): Promise<string> {
    let found = 'pending';
    promise.then(
      () => {
        found = 'ok';
      },
      (error: unknown) => {
        found = toProblem(error).code;
      },
    );
    await this.clock.pass(ms);
    return found;
  }

  /** The value of a call that is answered within a second. */
  async answer<T>(promise: Promise<T>): Promise<T> {
    const settled = promise.then((value) => value);
    settled.catch(() => {});
    await this.clock.pass(1_000);
    return settled;
  }

  report(known: ReadonlyMap<string, ObservedContainer> = new Map()) {
    return this.answer(this.link.report(known, CALL));
  }

  #observer(): LinkObserver {
    const note = (point: 'issued' | 'landed' | 'answered', effect: Effect, outcome = ''): 'go' | 'crash' => {
      this.told.push([point, effect.kind, effect.object, outcome].join(' ').trim());
      return this.onEffect(point, effect);
    };
    return {
      asked: (question) => void this.asked.push(question),
      learnt: (question) => void this.learnt.push(question),
      issued: (effect) => note('issued', effect),
      landed: (effect, outcome) => void note('landed', effect, outcome),
      answered: (effect, outcome) => void note('answered', effect, outcome),
      fault: (fault) => void this.told.push(`fault ${fault}`),
    };
  }
}
