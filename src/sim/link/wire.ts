// The way between a controller and a machine: it takes requests and carries them and their answers under
// whatever conditions there are, and holds back what a cut stops. It knows no deadlines: who waits for an
// answer decides how long.

import type { Clock, Random } from '../../ports/clock.ts';
import { happens } from '../engine/pace.ts';
import type { SimEngine } from '../engine/sim-engine.ts';
import { type LinkConditions, reachesController, reachesHost } from './conditions.ts';
import type { Effect, LinkObserver } from './observer.ts';
import { type Recipient, Transit, type WireRequest } from './transit.ts';

/** So long TCP repeats what nobody has acknowledged. */
const RETRANSMISSION_MS = 15 * 60_000;
/** What lay in the send queue of a connection that was given up arrives by chance, when the way is open. */
const AFTERLIFE = 0.5;

export interface WireOptions {
  readonly engine: SimEngine;
  readonly clock: Clock;
  readonly random: Random;
  readonly observer: LinkObserver;
}

interface Held {
  readonly sinceMs: number;
  readonly transit: { readonly isConnected: boolean };
  /** Called when the way is open again. */
  readonly goOn: () => void;
}

export class Wire {
  readonly options: WireOptions;
  #conditions: LinkConditions;
  #isDead = false;
  #effects = 0;
  readonly #held: Record<'requests' | 'answers', Held[]> = { requests: [], answers: [] };

  constructor(options: WireOptions, conditions: LinkConditions) {
    this.options = options;
    this.#conditions = conditions;
  }

  get conditions(): LinkConditions {
    return this.#conditions;
  }

  get isDead(): boolean {
    return this.#isDead;
  }

  /** The process is gone: nothing comes back any more. What was sent still arrives. */
  kill(): void {
    this.#isDead = true;
    this.#held.answers = [];
  }

  /** What waited for a way that is open now goes on, in its order. */
  set(conditions: LinkConditions): void {
    this.#conditions = conditions;
    if (reachesHost(conditions.way)) {
      const oldestMs = this.options.clock.monotonicMs() - RETRANSMISSION_MS;
      for (const { goOn, transit, sinceMs } of this.#held.requests.splice(0))
        if (sinceMs >= oldestMs && (transit.isConnected || happens(AFTERLIFE, this.options.random))) goOn();
    }
    if (reachesController(conditions.way)) for (const { goOn } of this.#held.answers.splice(0)) goOn();
  }

  hold(held: Held, what: 'requests' | 'answers'): void {
    this.#held[what].push(held);
  }

  /** Sends a request; null where it does not even leave. */
  send<T>(request: WireRequest<T>, recipient: Recipient<T>): Transit<T> | null {
    if (this.#isDead) return null;
    const effect = this.#issue(request);
    if (effect === 'crash') return null;
    const { random, observer } = this.options;
    const { requestLost, requestDoubled } = this.#conditions;
    if (happens(requestLost, random)) {
      observer.fault('requestLost');
      return null;
    }
    const transit = new Transit(this, request, effect, recipient);
    this.#despatch(transit);
    if (effect !== null && happens(requestDoubled, random)) {
      observer.fault('requestDoubled');
      this.#despatch(new Transit(this, request, effect, null));
    }
    return transit;
  }

  #issue({ effect }: WireRequest<unknown>): Effect | null | 'crash' {
    if (effect === null) return null;
    const { engine, observer, clock } = this.options;
    const issued = { ...effect, host: engine.host, at: clock.now(), number: this.#effects };
    this.#effects += 1;
    return observer.issued(issued) === 'crash' ? 'crash' : issued;
  }

  #despatch<T>(transit: Transit<T>): void {
    if (reachesHost(this.#conditions.way)) transit.leave();
    else {
      this.options.observer.fault('requestStalled');
      const sinceMs = this.options.clock.monotonicMs();
      this.hold({ sinceMs, goOn: () => transit.leave(), transit }, 'requests');
    }
  }
}
