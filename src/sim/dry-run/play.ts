// One play of a dry run: reaches the state to begin with, commits, makes happen what is assumed, and follows
// until nothing moves any more.

import type { Desired } from '../../desired/desired.ts';
import { PlimsollError, problem } from '../../kernel/errors.ts';
import { type HostId, type ServiceKey, serviceKey } from '../../kernel/ids.ts';
import { formatDuration } from '../../kernel/time.ts';
import type { ServiceStatus } from '../../loop/status.ts';
import { FailingServices } from './failing.ts';
import { goodBehaviour } from './images.ts';
import { Measure } from './measure.ts';
import type { DryRunRequest } from './request.ts';
import { keyOf, placesOn, revisionOf } from './serving.ts';
import { Stage } from './stage.ts';
import { Standstill } from './standstill.ts';
import { enginesOf, hostsOf, prepare } from './start.ts';
import { Story } from './story.ts';

/** The controller is asked how it stands this often. */
const LOOK_MS = 250;
const NEWS_EVERY_EVENTS = 1_000;

type End = 'standstill' | 'late';

export class Play {
  readonly stage: Stage;
  readonly request: DryRunRequest;
  readonly lostMs = new Map<HostId, number>();
  /** About the start, for the reader. */
  notes: readonly string[] = [];
  /** How services stood when the commit came, with the hash of what was wanted of them. */
  readonly before = new Map<string, { readonly status: ServiceStatus; readonly specHash: string | null }>();
  /** Where their containers were then. */
  placesBefore: ReturnType<typeof placesOn> = new Map();
  /** What last kept services from going on before a person changes something, whatever came of it. */
  readonly stuck = new Map<ServiceKey, string>();
  #failing: FailingServices;
  #told: { readonly story: Story; readonly measure: Measure; readonly beganMs: number } | null = null;
  #pendingLosses = 0;

  constructor(request: DryRunRequest) {
    this.request = request;
    const { start, commit, failing, assumptions, operation } = request;
    const services = new Map([...commit.desired.services].filter(([key]) => failing.has(key)));
    this.#failing = new FailingServices(services);
    const hosts = [...hostsOf(start), ...commit.desired.hosts.values()];
    this.stage = new Stage({
      hosts: new Map(hosts.map((host) => [host.id, host])).values(),
      engines: enginesOf(start),
      assumptions,
      operation,
      behaviour: (_, labels) => this.#failing.behaviour(goodBehaviour(assumptions), labels),
    });
  }

  get controller() {
    return this.stage.process.controller;
  }

  /** What was told since the commit. */
  get told() {
    if (this.#told === null) throw new Error('nothing was committed yet');
    return this.#told;
  }

  /** Reaches what is there before the commit. */
  async reachStart(): Promise<End> {
    const { start, commit } = this.request;
    this.notes = await prepare(this.stage, this.request);
    if (start.kind === 'emptyHosts') return 'standstill';
    await this.#boot();
    const end = await this.#follow(start.kind === 'manifests' ? start.manifests.desired : commit.desired);
    const { effects } = this.stage;
    if (start.kind === 'fleet' && effects > 0)
      this.notes = [
        ...this.notes,
        `before the commit the controller still makes ${effects === 1 ? '1 change' : `${effects} changes`}`,
      ];
    return end;
  }

  /** Commits, and follows to the end. `loseAfter`: after so many changes hosts without a moment are lost. */
  async rollOut(loseAfter: number): Promise<End> {
    const { stage, request } = this;
    const { desired, commit } = request.commit;
    this.#begin(desired);
    this.#planLosses(loseAfter);
    stage.push(request.source, commit);
    if (request.start.kind === 'emptyHosts') await this.#boot();
    else void this.controller.sync(null);
    return this.#follow(desired);
  }

  end(): void {
    this.#told?.story.end();
    this.stage.process.crash();
  }

  async #boot(): Promise<void> {
    const { stage } = this;
    let failure: unknown = null;
    let isUp = false;
    stage.process.start().then(
      (started) => {
        isUp = true;
        if (!started.ok) failure = new PlimsollError(started.error);
      },
      (error: unknown) => {
        failure = error;
      },
    );
    while (!isUp && failure === null && (await stage.step()));
    if (failure !== null) throw failure;
  }

  #begin(desired: Desired): void {
    const { stage } = this;
    const beganMs = stage.nowMs;
    const { id } = this.request.operation;
    const known = new Set<string>();
    for (const { engine } of stage.machines.values())
      for (const container of engine.machine.containers.values())
        if (keyOf(container, id) !== null) known.add(revisionOf(container));
    this.#failing.begin(known);
    this.placesBefore = placesOn(stage.machines.values(), id);
    for (const status of this.controller.status().services) {
      const key = serviceKey(status.namespace, status.name);
      this.before.set(key, { status, specHash: this.controller.specHashOf(key) });
    }
    const story = new Story(this.controller, () => stage.nowMs - beganMs);
    const measure = new Measure(stage.machines.values(), id, desired.services, beganMs, (key, count) =>
      story.tellReady(key, count, desired.services.get(key)?.replicas ?? null),
    );
    this.#told = { beganMs, story, measure };
  }

  #planLosses(loseAfter: number): void {
    const { stage, request } = this;
    const midway = request.lost.filter(({ atMs }) => atMs === null);
    this.#pendingLosses = request.lost.length;
    for (const { host, atMs } of request.lost)
      if (atMs !== null) stage.scheduler.after(atMs, () => this.#lose(host));
    const loseMidway = (): void => {
      stage.onEffect = () => {};
      for (const { host } of midway) stage.scheduler.after(0, () => this.#lose(host));
    };
    const last = stage.effects + loseAfter;
    if (loseAfter === 0) loseMidway();
    else stage.onEffect = () => (stage.effects >= last ? loseMidway() : undefined);
  }

  /** Its power fails, and nobody brings it back. */
  #lose(host: HostId): void {
    const { stage } = this;
    const { story, beganMs } = this.told;
    this.#pendingLosses -= 1;
    this.lostMs.set(host, stage.nowMs - beganMs);
    story.assumeLost(host, 'stops answering and stays away; nothing on it serves any more');
    stage.machines.get(host)?.engine.losePower();
  }

  async #follow(desired: Desired): Promise<End> {
    const { stage, request } = this;
    const standstill = new Standstill(desired.services.values());
    const untilMs = stage.nowMs + request.boundMs;
    let nextLookMs = stage.nowMs;
    while (stage.nowMs < untilMs) {
      if (!(await stage.step())) return 'standstill';
      const nextMs = stage.scheduler.nextAtMs() ?? Number.POSITIVE_INFINITY;
      this.#told?.measure.look(stage.nowMs, nextMs - stage.nowMs);
      if (stage.scheduler.ran % NEWS_EVERY_EVENTS === 0) this.#tellProgress();
      if (stage.nowMs < nextLookMs) continue;
      nextLookMs = stage.nowMs + LOOK_MS;
      const status = this.controller.status();
      this.#noteStuck(status.services);
      if (this.#pendingLosses > 0 || this.#isLossUnseen(status.hosts)) continue;
      if (standstill.isReached(status, stage.effects, stage.nowMs)) return 'standstill';
    }
    return 'late';
  }

  /** A run that is given up says after how long, and no more of what it waited for. */
  #noteStuck(services: readonly ServiceStatus[]): void {
    if (this.#told === null) return;
    for (const { namespace, name, phase, because } of services) {
      const key = serviceKey(namespace, name);
      if (phase === 'blocked') this.stuck.set(key, because);
      if (phase === 'progressing' || phase === 'ready') this.stuck.delete(key);
    }
  }

  /** A controller takes a while to find out that a host is gone. */
  #isLossUnseen(hosts: readonly { readonly name: HostId; readonly state: string }[]): boolean {
    return hosts.some(({ name, state }) => this.lostMs.has(name) && state === 'fresh');
  }

  #tellProgress(): void {
    const { stage, request } = this;
    request.onProgress(stage.nowMs);
    if (!request.signal.aborted) return;
    const after = formatDuration(stage.nowMs);
    throw new PlimsollError(problem('command/cancelled', `ended by request after ${after} of virtual time`));
  }
}
