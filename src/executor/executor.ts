// Plays actions: one lane per host with bounded width, a second narrow one for pulls, so that a slow
// host or a slow registry never delays the others. It decides nothing: what failed is told, not retried.

import pLimit, { type LimitFunction } from 'p-limit';
import type { Action } from '../action/action.ts';
import { type Problem, toProblem } from '../kernel/errors.ts';
import type { HostId } from '../kernel/ids.ts';
import type { Clock } from '../ports/clock.ts';
import type { Host, PullProgress, RegistryCredential } from '../ports/host.ts';
import { type BalancerPort, leaseEnded, type PlayContext, playAction } from './play.ts';

export type ActionEvent =
  | { readonly kind: 'started'; readonly action: Action }
  | { readonly kind: 'pulling'; readonly action: Action; readonly progress: PullProgress }
  | { readonly kind: 'succeeded'; readonly action: Action; readonly tookMs: number }
  | { readonly kind: 'failed'; readonly action: Action; readonly problem: Problem; readonly tookMs: number };

export interface ExecutorOptions {
  readonly clock: Clock;
  readonly host: (id: HostId) => Host | undefined;
  readonly balancer: (host: Host) => BalancerPort;
  readonly credentials: PlayContext['credentials'];
  readonly credential: (image: string) => RegistryCredential | null;
  /** Asked right before each action: false once the controller's lease has ended. */
  readonly mayPlay: () => boolean;
  /**
   * Called when an action that was begun has ended, before it stops counting as in flight: looks at the result. Its
   * place in the lane is free by then, and actions that had to wait for it begin.
   */
  readonly settle: (action: Action) => Promise<void>;
  readonly onEvent: (event: ActionEvent) => void;
  readonly actionsPerHost: number;
  readonly pullsPerHost: number;
}

/** `skipped`: something that it needed did not succeed, or it was withdrawn. */
type Outcome = 'skipped' | Attempt;

interface Attempt {
  readonly tookMs: number;
  /** Null where it went well. */
  readonly problem: Problem | null;
}

/** An action that was accepted. */
interface Turn {
  readonly action: Action;
  /** `begun`: the host was asked for something. */
  stage: 'waiting' | 'begun' | 'withdrawn';
}

interface Running {
  readonly turn: Turn;
  readonly outcome: Promise<Outcome>;
  /** Resolves when it no longer counts as in flight. */
  readonly ended: Promise<void>;
}

interface Lanes {
  readonly actions: LimitFunction;
  readonly pulls: LimitFunction;
}

export class Executor {
  readonly #options: ExecutorOptions;
  readonly #lanes = new Map<HostId, Lanes>();
  readonly #running = new Map<string, Running>();
  readonly #abort = new AbortController();

  constructor(options: ExecutorOptions) {
    this.#options = options;
  }

  /** Keys of the actions that were accepted and have not ended. */
  inFlight(): ReadonlySet<string> {
    return new Set(this.#running.keys());
  }

  isIdle(): boolean {
    return this.#running.size === 0;
  }

  /**
   * Accepts actions; those that are in flight already are not played twice. An action whose `after` is neither
   * among them nor in flight is left out: what it waits for has ended since the plan was made, and only a new
   * plan can tell how.
   */
  play(actions: readonly Action[]): void {
    for (const action of actions) {
      if (this.#abort.signal.aborted || this.#running.has(action.key)) continue;
      const turn: Turn = { action, stage: 'waiting' };
      const outcome = this.#run(turn);
      this.#running.set(action.key, { turn, outcome, ended: this.#conclude(turn, outcome) });
    }
  }

  /** What was accepted and has not begun: it waits for others, or for its place in the lane. */
  waiting(): readonly Action[] {
    return [...this.#running.values()].flatMap(({ turn }) => (turn.stage === 'waiting' ? [turn.action] : []));
  }

  /** Takes back actions that have not begun: they are not in flight any more, and never begin. */
  withdraw(keys: ReadonlySet<string>): void {
    for (const [key, { turn }] of this.#running) {
      if (turn.stage !== 'waiting' || !keys.has(key)) continue;
      turn.stage = 'withdrawn';
      this.#running.delete(key);
    }
  }

  /** Lets nothing new begin and cuts what is under way. */
  stop(): void {
    this.#abort.abort();
  }

  /** Resolves when everything that was accepted has ended. */
  async drained(): Promise<void> {
    await Promise.all([...this.#running.values()].map(({ ended }) => ended));
  }

  #lanesOf(host: HostId): Lanes {
    let lanes = this.#lanes.get(host);
    if (lanes === undefined) {
      lanes = { actions: pLimit(this.#options.actionsPerHost), pulls: pLimit(this.#options.pullsPerHost) };
      this.#lanes.set(host, lanes);
    }
    return lanes;
  }

  async #run(turn: Turn): Promise<Outcome> {
    const { action } = turn;
    // All actions of one plan are there before any looks for those that it waits for.
    await Promise.resolve();
    // An action that has to wait for others takes its place in the lane afterwards, or the lane could
    // be full of waiters for something that finds no place in it.
    const before = await Promise.all(action.after.map((key) => this.#running.get(key)?.outcome));
    if (before.some((o) => o === undefined || o === 'skipped' || o.problem !== null)) return 'skipped';
    const lanes = this.#lanesOf(action.host);
    const lane = action.kind === 'pullImage' ? lanes.pulls : lanes.actions;
    return lane(() => this.#attempt(turn));
  }

  async #attempt(turn: Turn): Promise<Outcome> {
    const { action } = turn;
    if (turn.stage === 'withdrawn') return 'skipped';
    const { clock, mayPlay } = this.#options;
    // An action may have waited in its lane, or the whole process may have been stopped, past the lease.
    if (!mayPlay()) return { tookMs: 0, problem: leaseEnded().problem };
    const host = this.#options.host(action.host);
    if (host === undefined)
      return { tookMs: 0, problem: toProblem(new Error(`host ${action.host} is not in the fleet`)) };
    turn.stage = 'begun';
    const startedMs = clock.monotonicMs();
    const problem = await this.#attemptOnce(host, action);
    return { tookMs: clock.monotonicMs() - startedMs, problem };
  }

  async #conclude(turn: Turn, running: Promise<Outcome>): Promise<void> {
    const { action } = turn;
    const outcome = await running;
    // Its place may have been taken by another with its key.
    if (turn.stage === 'withdrawn') return;
    if (outcome === 'skipped') {
      this.#running.delete(action.key);
      return;
    }
    const { tookMs, problem } = outcome;
    if (turn.stage === 'begun')
      await this.#options.settle(action).catch(() => {
        // The next report of the host tells what became of it.
      });
    this.#running.delete(action.key);
    if (problem === null) this.#options.onEvent({ kind: 'succeeded', action, tookMs });
    else this.#options.onEvent({ kind: 'failed', action, problem, tookMs });
  }

  /** Null where it went well. */
  async #attemptOnce(host: Host, action: Action): Promise<Problem | null> {
    this.#options.onEvent({ kind: 'started', action });
    try {
      await playAction(host, action, {
        clock: this.#options.clock,
        balancer: this.#options.balancer,
        credentials: this.#options.credentials,
        credential: this.#options.credential,
        onPullProgress: (progress) => this.#options.onEvent({ kind: 'pulling', action, progress }),
        signal: this.#abort.signal,
        mayPlay: this.#options.mayPlay,
      });
      return null;
    } catch (error) {
      return toProblem(error);
    }
  }
}
