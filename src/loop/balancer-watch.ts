// Asks the hosts' load balancers by which rules they serve and what they are answering: seldom while nothing
// changes, since each look is a command in a container, and often while a rollout waits for the answer.

import { toProblem } from '../kernel/errors.ts';
import type { HostId } from '../kernel/ids.ts';
import type { Clock } from '../ports/clock.ts';
import type { LoadBalancerDriver } from '../ports/load-balancer.ts';
import type { BalancerFact } from '../traffic/told.ts';
import { pause } from './deadline.ts';

export interface BalancerWatchOptions {
  readonly clock: Clock;
  readonly balancer: (host: HostId) => ReturnType<LoadBalancerDriver['on']> | undefined;
  readonly onChange: (host: HostId) => void;
}

/** A running load balancer. */
export interface Watched {
  readonly container: string;
  /** A restarted one is asked at once. */
  readonly startedAt: number | null;
  /** A rollout waits for it. */
  readonly isUrgent: boolean;
}

interface Subject {
  watched: Watched;
  readonly stop: AbortController;
  /** Ends the pause before the next look. */
  hurry: AbortController;
}

const LOOK_MS = 15_000;
const URGENT_LOOK_MS = 500;
const CALL_MS = 5_000;

export class BalancerWatch {
  readonly #options: BalancerWatchOptions;
  readonly #subjects = new Map<HostId, Subject>();
  readonly #facts = new Map<HostId, BalancerFact>();

  constructor(options: BalancerWatchOptions) {
    this.#options = options;
  }

  get facts(): ReadonlyMap<HostId, BalancerFact> {
    return this.#facts;
  }

  /** Brings what is watched in line with what runs. */
  update(running: ReadonlyMap<HostId, Watched>): void {
    for (const [host, subject] of this.#subjects) {
      const now = running.get(host);
      const { container, startedAt } = subject.watched;
      if (now?.container === container && now.startedAt === startedAt) continue;
      subject.stop.abort();
      this.#subjects.delete(host);
      this.#facts.delete(host);
    }
    for (const [host, watched] of running) {
      const subject = this.#subjects.get(host);
      if (subject === undefined) this.#begin(host, watched);
      else {
        const isHurried = watched.isUrgent && !subject.watched.isUrgent;
        subject.watched = watched;
        if (isHurried) subject.hurry.abort();
      }
    }
  }

  /** Looks now: what it was told has been sent. */
  async look(host: HostId): Promise<void> {
    const subject = this.#subjects.get(host);
    if (subject !== undefined) await this.#look(host, subject);
  }

  stop(): void {
    for (const subject of this.#subjects.values()) subject.stop.abort();
    this.#subjects.clear();
  }

  #begin(host: HostId, watched: Watched): void {
    const subject: Subject = { watched, stop: new AbortController(), hurry: new AbortController() };
    this.#subjects.set(host, subject);
    void this.#follow(host, subject);
  }

  async #follow(host: HostId, subject: Subject): Promise<void> {
    const { signal } = subject.stop;
    while (!signal.aborted) {
      await this.#look(host, subject);
      subject.hurry = new AbortController();
      const everyMs = subject.watched.isUrgent ? URGENT_LOOK_MS : LOOK_MS;
      await pause(this.#options.clock, everyMs, AbortSignal.any([signal, subject.hurry.signal]));
    }
  }

  async #look(host: HostId, subject: Subject): Promise<void> {
    const fact = await this.#ask(host, subject);
    // Another one may be in its place by now.
    if (fact === null || this.#subjects.get(host) !== subject) return;
    const before = this.#facts.get(host);
    this.#facts.set(host, fact);
    // How much it has to answer changes all the time, and concerns only those who wait for it.
    const isSame =
      before !== undefined && before.mark === fact.mark && before.problem?.message === fact.problem?.message;
    if (!isSame || subject.watched.isUrgent) this.#options.onChange(host);
  }

  /** Null: nobody can be asked. */
  async #ask(host: HostId, { watched, stop }: Subject): Promise<BalancerFact | null> {
    const balancer = this.#options.balancer(host);
    if (balancer === undefined) return null;
    // What it says was so after this moment.
    const at = this.#options.clock.now();
    try {
      const state = await balancer.state(watched.container, { deadlineMs: CALL_MS, signal: stop.signal });
      const sessions = new Map<string, number>();
      for (const { address, sessions: count } of state.servers)
        sessions.set(address, (sessions.get(address) ?? 0) + count);
      return { at, mark: state.hash, sessions, problem: null };
    } catch (error) {
      if (stop.signal.aborted) return null;
      return { at, mark: null, sessions: new Map(), problem: toProblem(error) };
    }
  }
}
