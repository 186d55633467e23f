// Which session a simulated link has at the moment, if any; and how it is lost: at once where the other side
// closes it, after a while of silence where nothing comes back.

import { PlimsollError, type Problem, problem } from '../../kernel/errors.ts';
import type { EngineEvent, EngineInfo } from '../../observed/report.ts';
import type { CallOptions } from '../../ports/host.ts';
import { drawMs, type Span } from '../engine/pace.ts';
import { type LinkConditions, reachesController, reachesHost } from './conditions.ts';
import { dial, unreachable } from './dial.ts';
import { EventStream } from './event-stream.ts';
import { Session } from './session.ts';
import { Wire, type WireOptions } from './wire.ts';

/** SSH keep-alive: one question a second, and two without an answer are enough. */
const SILENCE: Span = { minMs: 2_000, maxMs: 3_000 };
/** From the end of the other side to our knowledge of it. */
const RESET_MS = 20;

export class Connection {
  readonly wire: Wire;
  readonly #options: WireOptions;
  readonly #onLost: ((because: string) => void)[] = [];
  readonly #streams = new Set<EventStream>();
  readonly #broken = new Set<EventStream>();
  #session: Session | null = null;
  #whyNone: Problem;
  #opening: Promise<Session> | null = null;
  #cancelSilence: (() => void) | null = null;
  readonly #unwatch: () => void;

  constructor(options: WireOptions, conditions: LinkConditions) {
    this.#options = options;
    this.wire = new Wire(options, conditions);
    this.#whyNone = problem('host/unreachable', `host ${options.engine.host} is not connected`);
    this.#unwatch = options.engine.watch({
      onDaemonGone: () => this.#onDaemonGone(),
      onPowerLost: () => this.#listen(),
      onBoot: () => this.breakOff('it broke the connection off'),
    });
  }

  /** Opens a new session in place of the present one; who asks meanwhile gets the same. */
  async open(how: CallOptions): Promise<EngineInfo> {
    this.#opening ??= this.#replace(how).finally(() => {
      this.#opening = null;
    });
    return (await this.#opening).engine;
  }

  async #replace(how: CallOptions): Promise<Session> {
    const { host } = this.#options.engine;
    this.#options.observer.asked?.({ kind: 'connect', at: host, object: '' });
    this.#end(`host ${host} is being connected again`);
    try {
      const { engine, eventsFrom } = await dial(this.#options, this.wire, how);
      this.#session = new Session(engine, eventsFrom);
      this.#options.observer.connected?.(host);
      this.#listen();
      return this.#session;
    } catch (error) {
      if (error instanceof PlimsollError) this.#whyNone = problem('host/unreachable', error.problem.message);
      throw error;
    }
  }

  /** Null where there is none. */
  get current(): Session | null {
    return this.#session;
  }

  /** host/unreachable, with the reason for which the last one has ended. */
  get whyNone(): Problem {
    return this.#whyNone;
  }

  /** Throws where there is none. */
  session(): Session {
    if (this.#session === null) throw new PlimsollError(this.#whyNone);
    return this.#session;
  }

  onLost(callback: (because: string) => void): void {
    this.#onLost.push(callback);
  }

  async close(): Promise<void> {
    if (this.wire.isDead) return new Promise(() => {});
    await this.#opening?.catch(() => {});
    this.#end(`the connection to host ${this.#options.engine.host} was closed`);
  }

  /** Follows the events as soon as somebody asks for the first one. */
  events(signal: AbortSignal): AsyncIterable<EngineEvent> {
    let stream: EventStream | null = null;
    const open = (): EventStream => {
      const made = new EventStream(this.#options, this.wire, this.session(), signal);
      this.#streams.add(made);
      return made;
    };
    const iterator: AsyncIterator<EngineEvent> = {
      next: async () => {
        if (this.wire.isDead) return new Promise(() => {});
        stream ??= open();
        return stream.next();
      },
      return: async () => {
        if (stream !== null) this.#streams.delete(stream);
        return stream === null ? { done: true, value: undefined } : stream.return();
      },
    };
    return { [Symbol.asyncIterator]: () => iterator };
  }

  setConditions(conditions: LinkConditions): void {
    this.wire.set(conditions);
    if (conditions.way === 'refused') this.breakOff('it broke the connection off');
    this.#listen();
    if (reachesController(conditions.way)) for (const stream of this.#streams) stream.resume();
    this.#tellBroken();
  }

  /** The other side is gone and says so. */
  breakOff(because: string): void {
    const session = this.#session;
    if (session === null) return;
    this.#options.clock.after(RESET_MS, () => this.#lose(session, because));
  }

  kill(): void {
    this.wire.kill();
    this.#unwatch();
    this.#cancelSilence?.();
    this.#session?.abandon();
  }

  /** Begins or ends to count the silence of the other side. */
  #listen(): void {
    const { clock, random, engine } = this.#options;
    const session = this.#session;
    const { way } = this.wire.conditions;
    const isSilent = !engine.isPowered || !reachesHost(way) || !reachesController(way);
    if (session === null || !isSilent) {
      this.#cancelSilence?.();
      this.#cancelSilence = null;
      return;
    }
    this.#cancelSilence ??= clock.after(drawMs(SILENCE, random), () =>
      this.#lose(session, 'it stopped answering'),
    );
  }

  #lose(session: Session, because: string): void {
    if (this.#session !== session || this.wire.isDead) return;
    const { engine, observer } = this.#options;
    observer.fault('connectionLost');
    const reason = unreachable(engine.host, because);
    this.#drop(reason);
    for (const callback of this.#onLost) callback(reason.message);
  }

  #end(because: string): void {
    this.#drop(problem('host/unreachable', because));
  }

  #drop(reason: Problem): void {
    this.#whyNone = reason;
    const session = this.#session;
    this.#session = null;
    this.#streams.clear();
    this.#broken.clear();
    this.#listen();
    session?.end(reason);
  }

  #onDaemonGone(): void {
    for (const stream of this.#streams) this.#broken.add(stream);
    this.#tellBroken();
  }

  /** A stream whose daemon is gone ends as soon as that can be told. */
  #tellBroken(): void {
    if (this.#broken.size === 0 || !reachesController(this.wire.conditions.way)) return;
    const { clock, random } = this.#options;
    const broken = [...this.#broken];
    this.#broken.clear();
    clock.after(drawMs(this.wire.conditions.answerMs, random), () => {
      for (const stream of broken) stream.breakOff();
    });
  }
}
