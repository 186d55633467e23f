// The controller's parts, wired to each other: who hears of a change marks what has to be looked at.

import type { Action } from '../action/action.ts';
import { ResolutionCache } from '../desired/cache.ts';
import type { Desired, DesiredHost } from '../desired/desired.ts';
import { type ActionEvent, Executor } from '../executor/executor.ts';
import type { Problem } from '../kernel/errors.ts';
import type { HostId, ServiceKey } from '../kernel/ids.ts';
import { LABEL } from '../kernel/owner.ts';
import type { HostView } from '../observed/host-view.ts';
import { observe } from '../observed/observed.ts';
import type { Clock } from '../ports/clock.ts';
import type { LoadBalancerDriver } from '../ports/load-balancer.ts';
import type { Blocked } from '../rollout/facts.ts';
import type { BalancerSettings } from '../traffic/balancer-parts.ts';
import { BalancerWaits } from './balancer-waits.ts';
import { BalancerWatch } from './balancer-watch.ts';
import { changedByDesired, changedByView } from './changes.ts';
import { DirtySet } from './dirty.ts';
import { EventLog } from './events.ts';
import { FailureBook } from './failure-book.ts';
import { Fleet } from './fleet.ts';
import { ImageResolver } from './image-resolver.ts';
import { LeavingHosts } from './leaving-hosts.ts';
import { MemoryKeeper } from './memory-keeper.ts';
import { narrateAction } from './narrate.ts';
import type { ControllerOptions } from './options.ts';
import { Prober } from './prober.ts';
import { ReadyCounts } from './ready-counts.ts';
import { RequestWatch } from './request-watch.ts';
import { rowKey } from './rows.ts';
import { Sources } from './sources.ts';
import { ToldToStop } from './told-to-stop.ts';
import { TrustKeeper } from './trust-keeper.ts';
import { UnansweredStarts } from './unanswered-starts.ts';

const balancerSettings = ({ driver, image, meshPorts }: ControllerOptions['balancer']): BalancerSettings => ({
  image,
  meshPorts,
  command: driver.command,
  user: driver.user,
  directory: driver.directory,
});

export class Parts {
  readonly options: ControllerOptions;
  readonly events: EventLog;
  readonly keeper: MemoryKeeper;
  readonly leaving: LeavingHosts;
  readonly dirty = new DirtySet();
  readonly failures = new FailureBook();
  readonly toldToStop = new ToldToStop();
  readonly unanswered = new UnansweredStarts();
  readonly fleet: Fleet;
  readonly prober: Prober;
  readonly resolver: ImageResolver;
  readonly balancers: BalancerWatch;
  readonly requestWatch: RequestWatch;
  readonly trust: TrustKeeper;
  readonly executor: Executor;
  readonly sources: Sources;
  /** What stands in the way of each service, by the last look at it. */
  readonly blocked = new Map<ServiceKey, readonly Blocked[]>();
  /** Services that are not where they should be: anything new may concern them. */
  readonly unsettled = new Set<ServiceKey>();
  readonly ready = new ReadyCounts();
  readonly balancerWaits = new BalancerWaits();
  /** Made once: what follows from them is remembered with them. */
  readonly balancerSettings: BalancerSettings;
  readonly #toldOfPulls = new Map<string, string>();
  readonly #wake: () => void;

  /** `options.clock` is steady; `wallClock` dates what people read, and certificates. `wake` asks for a pass soon. */
  constructor(options: ControllerOptions, wallClock: Clock, wake: () => void, mayPlay: () => boolean) {
    const { clock, random, store } = options;
    this.options = options;
    this.#wake = wake;
    this.events = new EventLog(() => wallClock.now());
    this.keeper = new MemoryKeeper(store);
    this.leaving = new LeavingHosts(store);
    this.fleet = new Fleet({
      clock,
      random,
      controller: options.id,
      connect: options.connectHost,
      resyncMs: options.settings.resyncMs,
      auditMs: options.settings.auditMs,
      onChange: (before, after) => this.#onView(before, after),
      onRemoved: () => this.markAll(),
    });
    this.prober = new Prober({
      clock,
      host: (id) => this.fleet.host(id),
      onVerdict: (service) => this.mark([service]),
    });
    this.resolver = new ImageResolver({
      clock,
      registry: options.registry,
      credential: options.credential,
      views: () => this.fleet.views(),
      pullPolicy: (key) => this.sources.desired.services.get(key)?.container.pullPolicy ?? 'missing',
      onAnswer: (service) => this.mark([service]),
    });
    const { authority } = options;
    this.trust = new TrustKeeper({ store, clock: wallClock, authority, events: this.events });
    this.balancerSettings = balancerSettings(options.balancer);
    this.balancers = new BalancerWatch({
      clock,
      balancer: (id) => this.#balancer(id),
      onChange: () => this.#onBalancer(),
    });
    this.requestWatch = new RequestWatch({
      clock,
      balancer: (id) => this.#balancer(id),
      onMeasured: (service) => this.mark([service]),
    });
    this.executor = new Executor({
      clock,
      host: (id) => this.fleet.host(id),
      balancer: (host) => options.balancer.driver.on(host),
      credentials: (host, id) => this.trust.credentials(host, id),
      credential: options.credential,
      mayPlay,
      settle: (action) => this.#settle(action),
      onEvent: (event) => this.#onAction(event),
      actionsPerHost: options.settings.actionsPerHost,
      pullsPerHost: options.settings.pullsPerHost,
    });
    this.sources = new Sources({
      sources: options.sources,
      overrides: options.overrides,
      resolved: options.resolved ?? new ResolutionCache(),
      clock,
      random,
      store,
      events: this.events,
      beforeAccepted: (before, after) => this.leaving.note(before.hosts, after.hosts),
      onDesired: (before, after) => this.#onDesired(before, after),
    });
  }

  /** The hosts of the fleet, and those that leave it. */
  get hosts(): ReadonlyMap<HostId, DesiredHost> {
    return this.leaving.with(this.sources.desired.hosts);
  }

  #balancer(id: HostId): ReturnType<LoadBalancerDriver['on']> | undefined {
    const host = this.fleet.host(id);
    return host === undefined ? undefined : this.options.balancer.driver.on(host);
  }

  /** Where nobody connects to anybody there is nothing to look at. */
  #onBalancer(): void {
    const { memory } = this.keeper;
    const isUsed =
      memory.balancers.size > 0 || [...memory.services.values()].some((row) => row.doors.length > 0);
    if (!isUsed) return;
    this.dirty.addBalancers();
    this.mark(this.unsettled);
  }

  async #settle(action: Action): Promise<void> {
    await this.fleet.observer(action.host)?.settle(action);
    if (action.kind === 'tellBalancer') await this.balancers.look(action.host);
  }

  mark(keys: Iterable<ServiceKey>): void {
    this.dirty.addAll(keys);
    if (!this.dirty.isEmpty) this.#wake();
  }

  markAll(): void {
    this.dirty.addAll(this.sources.desired.services.keys());
    this.dirty.addAll(this.keeper.memory.services.keys());
    // Among the containers may be some that no row explains.
    this.dirty.addAll(observe(this.fleet.views(), this.options.id).byService.keys());
    this.#wake();
  }

  async #onDesired(before: Desired, after: Desired): Promise<void> {
    const read = new Set([...after.commits.keys()].filter((id) => !before.commits.has(id)));
    if (read.size > 0) this.keeper.resume(read, this.options.clock.now());
    const changed = changedByDesired(before, after);
    if (changed === 'all') this.markAll();
    else this.mark(changed);
    await this.leaving.welcome(after.hosts);
    await this.fleet.update(this.hosts);
    // Whoever looked in between found no host yet.
    if (!this.dirty.isEmpty) this.#wake();
  }

  /** Disconnects from hosts that left the fleet and have nothing left. */
  async releaseHosts(): Promise<void> {
    const view = (id: HostId): HostView | undefined => this.fleet.observer(id)?.view;
    const done = this.leaving.done(this.keeper.memory.services.values(), view, this.options.id);
    for (const id of done)
      if ((await this.keeper.forgetHost(id, rowKey.host(id))).ok) this.leaving.release(id);
    if (done.length > 0) await this.fleet.update(this.hosts);
  }

  #onView(before: HostView, after: HostView): void {
    const change = changedByView(before, after, this.options.id);
    if (change.stateChanged) {
      this.#tellHostState(after);
      this.#onBalancer();
      this.markAll();
      return;
    }
    if (change.mayUnblock) this.mark(this.unsettled);
    this.mark(change.services);
    if (change.mayReroute) this.#onBalancer();
  }

  #tellHostState(view: HostView): void {
    const level = view.state === 'fresh' ? 'info' : 'warning';
    this.events.emit({
      kind: `host/${view.state}`,
      level,
      host: view.host,
      message: `${view.state}: ${view.because}`,
    });
  }

  /** The many steps of a pull are told only where a layer was finished: the tail of events is short. */
  #tellAction(event: ActionEvent): void {
    const told = narrateAction(event);
    const { key } = event.action;
    if (told === null || (event.kind === 'pulling' && this.#toldOfPulls.get(key) === told.message)) return;
    if (event.kind === 'pulling') this.#toldOfPulls.set(key, told.message);
    else this.#toldOfPulls.delete(key);
    this.events.emit(told);
  }

  #onAction(event: ActionEvent): void {
    this.#tellAction(event);
    if (event.kind === 'started') {
      this.toldToStop.begun(event.action, this.options.clock.now());
      this.fleet.observer(event.action.host)?.expect(event.action);
    }
    if (event.kind === 'started' || event.kind === 'pulling') return;
    this.toldToStop.ended(event.action, this.options.clock.now());
    if (event.kind === 'failed') this.#onFailure(event.action, event.problem);
    else this.#onSuccess(event.action);
    this.#onBalancer();
    if (event.action.service === null) this.mark(this.unsettled);
    else this.mark([event.action.service]);
  }

  #onFailure(action: Action, problem: Problem): void {
    const now = this.options.clock.now();
    this.failures.failed(action, problem, now);
    this.unanswered.failed(action, problem, now);
  }

  #onSuccess(action: Action): void {
    this.failures.succeeded(action, this.options.clock.now());
    this.unanswered.succeeded(action);
    if (action.kind !== 'fillConfig' && action.kind !== 'pullImage') return;
    const hash = action.kind === 'fillConfig' ? action.labels[LABEL.content] : undefined;
    void this.keeper.noteDone(action, hash).then(() => this.mark(this.unsettled));
  }
}
