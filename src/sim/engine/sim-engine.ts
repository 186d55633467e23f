// A simulated machine with a Docker engine, as a world holds it: it outlives every controller process.
// Links bring it requests; faults and people happen to it by the methods here.

import type { ContainerSpec } from '../../desired/container.ts';
import type { HostId } from '../../kernel/ids.ts';
import { ok } from '../../kernel/result.ts';
import type { EngineInfo } from '../../observed/report.ts';
import type { Clock, Random } from '../../ports/clock.ts';
import { type Answer, noSuchContainer, type Reply } from './answer.ts';
import type { Behaviour } from './behaviour.ts';
import type { SimContainer } from './container.ts';
import * as daemon from './daemon.ts';
import { addImage } from './images.ts';
import { Machine } from './machine.ts';
import { addPredefinedNetworks } from './networks.ts';
import { drawMs, FLAWLESS, type Flaws, type Pace, USUAL_PACE, type Work } from './pace.ts';
import { People } from './people.ts';
import type { RegistryImage, RegistryView } from './registry-view.ts';
import { Requests, type RequestWork } from './requests.ts';
import { killForMemory, scheduleLife, setHealth } from './run.ts';
import { type EngineSnapshot, Snapshots } from './snapshot.ts';
import { noticeEnd } from './start.ts';
import { end } from './stop.ts';
import { DOCKER_ADDRESS_POOL } from './subnets.ts';

export interface SimEngineOptions {
  /** Its wall clock is the machine's own; waiting goes by its monotonic time. */
  readonly clock: Clock;
  /** The only source of chance. */
  readonly random: Random;
  readonly host: HostId;
  readonly engine: EngineInfo;
  readonly registry: RegistryView;
  /** The first three parts of each network's addresses; Docker's own where absent. */
  readonly addressPool?: readonly string[];
  readonly pace?: Pace;
  readonly flaws?: Flaws;
  /** What a container of this specification and with these labels does, where that is not the image's behaviour alone. */
  readonly meaning?: (
    image: Behaviour,
    spec: ContainerSpec,
    labels: Readonly<Record<string, string>>,
  ) => Behaviour;
}

/** Who is connected to the machine and sees it go. */
export interface MachineWatcher {
  onDaemonGone(): void;
  onPowerLost(): void;
  onBoot(): void;
}

export class SimEngine {
  readonly host: HostId;
  readonly people: People;
  /** For links: the tables behind their requests. */
  readonly machine: Machine;
  readonly #requests: Requests;
  readonly #snapshots: Snapshots;
  #watchers: readonly MachineWatcher[] = [];

  constructor(options: SimEngineOptions) {
    this.host = options.host;
    this.machine = new Machine({
      addressPool: DOCKER_ADDRESS_POOL,
      pace: USUAL_PACE,
      flaws: FLAWLESS,
      meaning: (image) => image,
      ...options,
    });
    this.people = new People(this.machine);
    this.#requests = new Requests(this.machine);
    this.#snapshots = new Snapshots(this.machine);
    addPredefinedNetworks(this.machine);
  }

  /** Grows with every change. */
  get version(): number {
    return this.machine.version;
  }

  get isPowered(): boolean {
    return this.machine.isPowered;
  }

  /** The same object until something changes. */
  snapshot(): EngineSnapshot {
    return this.#snapshots.take();
  }

  /** The name of a container, for reports; the id itself where it is gone. */
  nameOf(id: string): string {
    return this.machine.find(id)?.name ?? id;
  }

  /** Hands a request to the daemon; the returned function tells that its client has gone. */
  receive<T>(work: RequestWork<T>, reply: Reply<T>): () => void {
    return this.#requests.receive(work, reply);
  }

  /** How long the engine takes for a piece of work at present. */
  workMs(work: Work): number {
    return drawMs(this.machine.options.pace.work[work], this.machine.random) * this.machine.slowness;
  }

  watch(watcher: MachineWatcher): () => void {
    this.#watchers = [...this.#watchers, watcher];
    return () => {
      this.#watchers = this.#watchers.filter((other) => other !== watcher);
    };
  }

  /** An image that is on the machine without a pull. One without references has no name. */
  loadImage(image: RegistryImage, references: readonly string[]): void {
    addImage(this.machine, image, references);
  }

  /** SIGKILL to the daemon. Its containers live on until it is started again; with live-restore longer. */
  crashDaemon(): void {
    this.#endDaemon(daemon.crashDaemon);
  }

  /** An orderly stop, which without live-restore stops the containers as well. */
  stopDaemon(): void {
    this.#endDaemon(daemon.stopDaemon);
  }

  /**
   * Nothing happens where it runs already, or without power. One that is still stopping its containers is
   * let finish first.
   */
  startDaemon(): void {
    const { machine } = this;
    if (!machine.isPowered || machine.daemon !== 'down') return;
    const leftMs = machine.shutdownEndsMs - machine.clock.monotonicMs();
    // Containers that end at that very moment have ended before.
    if (leftMs >= 0 && machine.shutdownEndsMs > 0) machine.clock.after(leftMs + 1, () => this.startDaemon());
    else daemon.startDaemon(machine);
  }

  /** SIGSTOP to the daemon: calls hang. */
  freezeDaemon(): void {
    daemon.freezeDaemon(this.machine);
  }

  /** SIGCONT: what was asked meanwhile is done now, whether somebody still waits for it or not. */
  thawDaemon(): void {
    daemon.thawDaemon(this.machine);
  }

  /** All calls take so many times as long; 1 is usual. */
  slow(factor: number): void {
    this.machine.slowness = factor;
  }

  losePower(): void {
    if (!this.machine.isPowered) return;
    daemon.losePower(this.machine);
    this.#requests.dropAll();
    for (const watcher of this.#watchers) watcher.onPowerLost();
  }

  /** The machine comes up, and its daemon with it. */
  boot(): void {
    if (this.machine.isPowered) return;
    this.machine.isPowered = true;
    daemon.startDaemon(this.machine);
    for (const watcher of this.#watchers) watcher.onBoot();
  }

  /** Creates, pulls and starts fail; what runs goes on. */
  fillDisk(): void {
    this.machine.isDiskFull = true;
    this.machine.changed();
  }

  freeDisk(): void {
    this.machine.isDiskFull = false;
    this.machine.changed();
  }

  /** A program beside Docker listens on a port that is free. */
  occupyPort(port: number): void {
    this.machine.ports.occupy(port);
  }

  vacatePort(port: number): void {
    this.machine.ports.vacate(port);
  }

  /** The kernel kills a container's process for want of memory. */
  killForMemory(idOrName: string): Answer<void> {
    return this.#with(idOrName, (container) => killForMemory(this.machine, container, noticeEnd));
  }

  /** A container's process ends by itself. */
  endProcess(idOrName: string, code: number): Answer<void> {
    return this.#with(idOrName, (container) => end(this.machine, container, code));
  }

  /** The next check finds otherwise than the last; the one after it goes by the behaviour again. */
  flipHealth(idOrName: string, health: 'healthy' | 'unhealthy'): Answer<void> {
    return this.#with(idOrName, (container) => {
      if (container.run === null || container.health === 'none') return;
      this.machine.whenUp(() => setHealth(this.machine, container, health));
      scheduleLife(this.machine, container, noticeEnd);
    });
  }

  /** From now on the process, and each later one of the container, does otherwise. */
  changeBehaviour(idOrName: string, change: Partial<Behaviour>): Answer<void> {
    return this.#with(idOrName, (container) => {
      container.behaviour = { ...container.behaviour, ...change };
      this.machine.changed();
      if (container.run?.pausedAtMs === null) scheduleLife(this.machine, container, noticeEnd);
    });
  }

  #endDaemon(how: (machine: Machine) => void): void {
    if (this.machine.daemon === 'down') return;
    how(this.machine);
    this.#requests.hangUpAll();
    for (const watcher of this.#watchers) watcher.onDaemonGone();
  }

  #with(idOrName: string, work: (container: SimContainer) => void): Answer<void> {
    const container = this.machine.find(idOrName);
    if (container === undefined) return noSuchContainer(idOrName);
    work(container);
    return ok(undefined);
  }
}
