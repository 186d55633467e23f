// Keeps the picture of one host: connects, lists once, then follows the engine's events and looks again
// at what they name. A lost connection makes the picture stale, then unreachable, never empty.

import type { Action } from '../action/action.ts';
import { PlimsollError, type Problem, problem, toProblem } from '../kernel/errors.ts';
import type { ControllerId } from '../kernel/ids.ts';
import { containerName, isOwnedBy, ownedContainer } from '../kernel/owner.ts';
import { foldUpdate, type HostView, unknownHost } from '../observed/host-view.ts';
import type { EngineEvent, HostUpdate, ObservedContainer } from '../observed/report.ts';
import type { Clock, Random } from '../ports/clock.ts';
import type { Host } from '../ports/host.ts';
import { ActionsUnderWay, touchedBy } from './actions-under-way.ts';
import { AuditTurns } from './audit-turns.ts';
import { jitteredBackoffMs, pause } from './deadline.ts';
import { lookAfter } from './event-look.ts';
import { LateAnswers } from './late-answers.ts';
import { LookOrder } from './look-order.ts';
import { Looks } from './looks.ts';

export interface HostObserverOptions {
  readonly host: Host;
  readonly clock: Clock;
  readonly random: Random;
  readonly controller: ControllerId;
  /** Called after the view changed; `before` is the view until then. */
  readonly onChange: (before: HostView, after: HostView) => void;
  /** A report is taken this often even if no event was missed. */
  readonly resyncMs: number;
  /** One container is inspected this often, in turn. */
  readonly auditMs: number;
}

const CALL_MS = 20_000;
const CONNECT_MS = 8_000;
const FIRST_REDIAL_MS = 500;
const MAX_REDIAL_MS = 5_000;
/** Every so many looks of the audit are at the images. */
const LOOKS_PER_IMAGE_LIST = 600;
const FAILURE_TICK_MS = 1_000;

export class HostObserver {
  readonly #options: HostObserverOptions;
  readonly #stop = new AbortController();
  readonly #underWay = new ActionsUnderWay();
  readonly #late = new LateAnswers();
  readonly #order = new LookOrder();
  readonly #looks: Looks;
  readonly #audit = new AuditTurns();
  #view: HostView;
  #auditAt = 0;
  /** What the present session does when its connection is lost. */
  #onLost: (because: string) => void = () => {};
  #running: Promise<void> = Promise.resolve();

  constructor(options: HostObserverOptions) {
    this.#options = options;
    this.#view = unknownHost(options.host.id, options.clock.now());
    this.#looks = new Looks({
      host: options.host,
      order: this.#order,
      deadlineMs: CALL_MS,
      onContainer: (idOrName, container, asked) => this.#noteContainer(idOrName, container, asked),
      onObjects: (objects) =>
        this.#fold({ kind: 'objects', host: this.host.id, at: options.clock.now(), ...objects }),
    });
    options.host.onDisconnect((because) => this.#onLost(because));
  }

  get view(): HostView {
    return this.#view;
  }

  get host(): Host {
    return this.#options.host;
  }

  start(): void {
    this.#running = this.#run();
  }

  async stop(): Promise<void> {
    this.#stop.abort();
    await this.#options.host.close();
    await this.#running;
  }

  /** An action begins; `settle` follows when it has ended. */
  expect(action: Action): void {
    this.#underWay.begin(action, this.#options.clock.monotonicMs());
  }

  /** Reads again what an action touched, so that the next plan sees its result. */
  async settle(action: Action): Promise<void> {
    // From here on events count: what the look below does not see comes after it.
    this.#underWay.end(action);
    if (this.#view.state !== 'fresh') return;
    await this.#lookAfter(action).catch((error: unknown) => this.#doubt(error));
  }

  #lookAfter(action: Action): Promise<void> {
    const touched = touchedBy(action);
    return 'list' in touched ? this.#looks.list(touched.list) : this.#looks.inspect(touched.container);
  }

  /** Takes a report now, without the images: those are read when connecting and on their events. */
  resync(): Promise<void> {
    return this.#report(true);
  }

  async #report(withoutImages: boolean): Promise<void> {
    const { host } = this;
    const options = { deadlineMs: CALL_MS, withoutImages };
    // What happens while the lists are read may or may not be in them: the earlier moment is the safe one.
    const at = this.#options.clock.now();
    // After a gap nothing that was known holds: what a list does not show may have changed as well.
    const known: HostView['containers'] = withoutImages
      ? this.#order.certain(this.#view.containers)
      : new Map();
    const asked = this.#order.ask();
    const take = async () => ({ ...(await host.report(known, options)), at });
    const updates = await this.#late.around(take, host.id);
    this.#fold(...updates);
    this.#order.takeReport(asked, { known, containers: this.#view.containers, withoutImages });
    // Which of the two was earlier at the engine is not known: those are looked at once more.
    for (const update of updates)
      if (update.kind === 'container') this.#looks.inspect(update.container.id).catch(() => {});
  }

  #fold(...updates: readonly HostUpdate[]): void {
    const before = this.#view;
    this.#view = updates.reduce(foldUpdate, before);
    this.#late.note(updates);
    this.#options.onChange(before, this.#view);
  }

  /**
   * A look that was to tell what an action or an event changed has failed: the picture lacks it, and nothing
   * may be planned by it until a whole report was taken.
   */
  async #doubt(error: unknown): Promise<void> {
    if (this.#view.state !== 'fresh') return;
    this.#failed(toProblem(error));
    try {
      await this.#report(true);
    } catch (again) {
      this.#onLost(toProblem(again).message);
    }
  }

  #failed(problem: Problem): void {
    this.#fold({ kind: 'failed', host: this.host.id, at: this.#options.clock.now(), problem });
  }

  async #run(): Promise<void> {
    let tries = 0;
    while (!this.#stop.signal.aborted) {
      const session = new AbortController();
      const onStop = (): void => session.abort();
      this.#stop.signal.addEventListener('abort', onStop, { once: true });
      try {
        await this.#session(session, () => {
          tries = 0;
        });
      } catch (error) {
        if (!this.#stop.signal.aborted) this.#failed(toProblem(error));
      }
      session.abort();
      this.#stop.signal.removeEventListener('abort', onStop);
      tries += 1;
      await this.#waitToRedial(tries);
    }
  }

  /** The failure is repeated while waiting, since a stale picture becomes an unreachable one by time. */
  async #waitToRedial(tries: number): Promise<void> {
    const { clock, random } = this.#options;
    const until =
      clock.monotonicMs() + jitteredBackoffMs(tries, FIRST_REDIAL_MS, MAX_REDIAL_MS, random.next());
    while (!this.#stop.signal.aborted && clock.monotonicMs() < until) {
      await pause(clock, Math.min(FAILURE_TICK_MS, until - clock.monotonicMs()), this.#stop.signal);
      if (this.#view.state === 'stale')
        this.#failed({ code: 'host/unreachable', message: this.#view.because, hint: '' });
    }
  }

  /** From connecting to the end of the connection; rejects with the reason. */
  async #session(session: AbortController, onUp: () => void): Promise<void> {
    const { host, clock } = this.#options;
    await host.connect({ deadlineMs: CONNECT_MS, signal: session.signal });
    const lost = new Promise<never>((_, reject) => {
      this.#onLost = (because) => reject(new PlimsollError(problem('host/unreachable', because)));
    });
    // Following begins before the list is taken: what happens in between is seen twice, not never.
    const following = this.#follow(session.signal);
    following.catch(() => {});
    lost.catch(() => {});
    await Promise.race([this.#report(false), lost]);
    onUp();
    const audit = this.#auditSlowly(session.signal);
    const resync = this.#resyncRegularly(session.signal, clock);
    await Promise.race([following, lost, audit, resync]);
    if (!session.signal.aborted)
      throw new PlimsollError(problem('host/unreachable', 'the event stream ended'));
  }

  async #follow(signal: AbortSignal): Promise<void> {
    for await (const event of this.host.events(signal)) this.#onEngineEvent(event);
  }

  #onEngineEvent(event: EngineEvent): void {
    const look = lookAfter(event);
    if (look === null) return;
    if ('destroyed' in look) this.#noteDestroyed(event);
    else if ('list' in look) this.#looks.list(look.list).catch((error: unknown) => this.#doubt(error));
    else this.#lookAt(look.container, event);
  }

  /** Looks at the container of an event, unless an action is at it: then `settle` looks. */
  #lookAt(id: string, { labels }: EngineEvent): void {
    const { clock, controller } = this.#options;
    const owned = ownedContainer(labels, controller);
    const name = owned === null ? null : containerName(owned);
    if (this.#underWay.covers(id, name, clock.monotonicMs())) return;
    this.#looks.inspect(id).catch((error: unknown) => this.#doubt(error));
  }

  #noteDestroyed(event: EngineEvent): void {
    this.#late.noteDestroyed(event.object);
    this.#fold({
      kind: 'containerGone',
      host: this.host.id,
      at: this.#options.clock.now(),
      id: event.object,
    });
  }

  #noteContainer(idOrName: string, container: ObservedContainer | null, asked: number): void {
    const at = this.#options.clock.now();
    const host = this.host.id;
    if (container !== null) {
      if (this.#late.isDestroyed(container.id) || !this.#order.take(container.id, asked)) return;
      this.#fold({ kind: 'container', host, at, container });
      return;
    }
    for (const known of this.#view.containers.values()) {
      if (known.id !== idOrName && known.name !== idOrName) continue;
      if (!this.#order.isListedSince(known.id, asked) && this.#order.take(known.id, asked))
        this.#fold({ kind: 'containerGone', host, at, id: known.id });
    }
  }

  /** One inspect in turn, now and then the images: catches what no event told. */
  async #auditSlowly(signal: AbortSignal): Promise<void> {
    const { clock, controller, auditMs } = this.#options;
    while (!signal.aborted) {
      await pause(clock, auditMs, signal);
      if (signal.aborted) return;
      if (this.#auditAt % LOOKS_PER_IMAGE_LIST === LOOKS_PER_IMAGE_LIST - 1) await this.#looks.list('images');
      const ours = [...this.#view.containers.values()].filter((c) => isOwnedBy(c.labels, controller));
      const next = this.#audit.next(new Set(ours.map(({ id }) => id)));
      this.#auditAt += 1;
      if (next !== null) await this.#looks.inspect(next);
    }
  }

  async #resyncRegularly(signal: AbortSignal, clock: Clock): Promise<void> {
    while (!signal.aborted) {
      await pause(clock, this.#options.resyncMs, signal);
      if (!signal.aborted) await this.resync();
    }
  }
}
