// How a simulated connection is opened: the machine's door first, then the engine behind it.

import { PlimsollError, type Problem, problem } from '../../kernel/errors.ts';
import { ok } from '../../kernel/result.ts';
import type { EngineInfo } from '../../observed/report.ts';
import type { CallOptions } from '../../ports/host.ts';
import { drawMs } from '../engine/pace.ts';
import type { WireRequest } from './transit.ts';
import type { Wire, WireOptions } from './wire.ts';

/** TCP and SSH shake hands about so many times. */
const HANDSHAKES = 3;
/** How long the network looks for a machine that is off. */
const NO_ROUTE_MS = 3_000;

export interface Greeting {
  readonly engine: EngineInfo;
  readonly eventsFrom: number;
}

export const unreachable = (where: string, because: string): Problem =>
  problem('host/unreachable', `${where} is unreachable: ${because}`);

class Dialling {
  readonly #options: WireOptions;
  readonly #wire: Wire;
  readonly #settle: (outcome: Greeting | Problem) => void;
  readonly #undo: (() => void)[] = [];
  #isKnocking = true;
  #isOver = false;

  constructor(options: WireOptions, wire: Wire, settle: (outcome: Greeting | Problem) => void) {
    this.#options = options;
    this.#wire = wire;
    this.#settle = settle;
  }

  begin({ deadlineMs, signal }: CallOptions): void {
    const { clock, engine, random } = this.#options;
    const { host } = engine;
    const onAbort = (): void => this.#end(problem('host/cancelled', `cannot connect to ${host}: cancelled`));
    if (signal?.aborted === true) {
      onAbort();
      return;
    }
    signal?.addEventListener('abort', onAbort);
    this.#undo.push(() => signal?.removeEventListener('abort', onAbort));
    const onDeadline = (): void => {
      const unanswered = problem('host/timeout', `cannot ask ${host} for its version: no answer`);
      this.#end(this.#isKnocking ? unreachable(host, 'it does not answer') : unanswered);
    };
    this.#undo.push(clock.after(deadlineMs, onDeadline));
    const { requestMs, answerMs } = this.#wire.conditions;
    const knockMs = HANDSHAKES * (drawMs(requestMs, random) + drawMs(answerMs, random));
    this.#undo.push(clock.after(knockMs, () => this.#knock()));
  }

  #knock(): void {
    const { clock, engine } = this.#options;
    const { way } = this.#wire.conditions;
    if (way === 'refused') {
      this.#end(unreachable(engine.host, 'nothing listens there (connection refused)'));
    } else if (!engine.isPowered) {
      const onNoRoute = (): void => this.#end(unreachable(engine.host, 'there is no route to it'));
      this.#undo.push(clock.after(NO_ROUTE_MS, onNoRoute));
    } else if (way === 'open') {
      this.#isKnocking = false;
      this.#greet();
    }
    // Otherwise silence, until the deadline.
  }

  #greet(): void {
    const { engine } = this.#options;
    const { machine, host } = engine;
    const request: WireRequest<Greeting> = {
      takes: 'read',
      effect: null,
      work: (reply) => {
        reply(ok({ engine: machine.options.engine, eventsFrom: machine.events.position }));
        return undefined;
      },
    };
    this.#wire.send(request, {
      isConnected: true,
      isWaiting: true,
      take: (answer) => {
        if (answer.ok) this.#end(answer.value);
        else
          this.#end(problem(answer.error.code, `cannot ask ${host} for its version: ${answer.error.words}`));
      },
    });
  }

  #end(outcome: Greeting | Problem): void {
    if (this.#isOver || this.#wire.isDead) return;
    this.#isOver = true;
    for (const undo of this.#undo) undo();
    if ('code' in outcome) this.#options.observer.fault('connectFailed');
    this.#settle(outcome);
  }
}

/** Rejects within the deadline; where the process dies meanwhile it does not settle. */
export function dial(options: WireOptions, wire: Wire, how: CallOptions): Promise<Greeting> {
  return new Promise((resolve, reject) => {
    const settle = (outcome: Greeting | Problem): void => {
      if ('code' in outcome) reject(new PlimsollError(outcome));
      else resolve(outcome);
    };
    new Dialling(options, wire, settle).begin(how);
  });
}
