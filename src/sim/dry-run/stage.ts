// What a dry run plays on: machines as the manifests name them, a quiet network, a disk, and one process of
// the controller with the settings that its operator gave it. Time passes event by event.

import { setImmediate as nextTurn } from 'node:timers/promises';
import type { DesiredHost } from '../../desired/desired.ts';
import type { HostId, SourceId } from '../../kernel/ids.ts';
import type { WholeCommit } from '../../loop/fleet-copy.ts';
import type { ControllerOptions } from '../../loop/options.ts';
import type { SourceOptions } from '../../loop/source-watcher.ts';
import type { EngineInfo } from '../../observed/report.ts';
import type { Random } from '../../ports/clock.ts';
import { randomStream } from '../core/random.ts';
import { Scheduler } from '../core/scheduler.ts';
import { VirtualClock } from '../core/virtual-clock.ts';
import type { Behaviour } from '../engine/behaviour.ts';
import { SimRepository } from '../git/sim-repository.ts';
import type { LinkObserver } from '../link/observer.ts';
import { createSimLink } from '../link/sim-link.ts';
import { SimRegistry } from '../registry/sim-registry.ts';
import { SimDisk } from '../store/sim-disk.ts';
import { SimProcess } from '../world/process.ts';
import { foldersOf } from '../world/sources.ts';
import { STEADY_TEMPO } from '../world/tempo.ts';
import { GivenSource } from './given-source.ts';
import { everyDigest } from './images.ts';
import { type DryMachine, makeMachine } from './machines.ts';
import type { Assumptions } from './report.ts';

/** The same chance for every dry run: equal manifests give equal figures. */
const SEED = 'dry run';

/** How the controller is run that would do it. */
export interface Operation extends Pick<ControllerOptions, 'id' | 'overrides' | 'settings'> {
  readonly sources: readonly Omit<SourceOptions, 'git'>[];
}

export interface StageOptions {
  readonly hosts: Iterable<DesiredHost>;
  /** What engines told of themselves, by host. */
  readonly engines: ReadonlyMap<HostId, EngineInfo>;
  readonly assumptions: Assumptions;
  readonly operation: Operation;
  readonly behaviour: (image: Behaviour, labels: Readonly<Record<string, string>>) => Behaviour;
}

export class Stage {
  readonly scheduler = new Scheduler(randomStream(SEED, 'ties'));
  readonly clock = new VirtualClock(this.scheduler);
  readonly disk = new SimDisk(this.clock, () => false);
  readonly machines = new Map<HostId, DryMachine>();
  /** What references stand for, by their normalized text; what is not among them is made up. */
  readonly digests = new Map<string, string>();
  readonly process: SimProcess;
  readonly #sources = new Map<SourceId, GivenSource>();
  /** Changes made on the machines so far. */
  effects = 0;
  /** Called with every change on a machine, after it. */
  onEffect: () => void = () => {};
  /** What nobody may throw: it ends the dry run. */
  failure: unknown = null;

  constructor(options: StageOptions) {
    for (const host of options.hosts)
      this.machines.set(
        host.id,
        makeMachine(host, {
          scheduler: this.scheduler,
          random: this.#stream(`engine/${host.id}`),
          assumptions: options.assumptions,
          engine: options.engines.get(host.id) ?? null,
          meaning: (image, _, labels) => options.behaviour(image, labels),
        }),
      );
    this.process = this.#makeProcess(options.operation);
    this.process.controller.events.subscribe(({ kind, message }) => {
      if (kind === 'internal') this.failure ??= new Error(message);
    });
  }

  get nowMs(): number {
    return this.scheduler.nowMs;
  }

  /** What the source shows from now on. */
  push(source: SourceId, commit: WholeCommit): void {
    this.#sourceOf(source).push(commit);
  }

  #sourceOf(id: SourceId): GivenSource {
    const source = this.#sources.get(id) ?? new GivenSource();
    this.#sources.set(id, source);
    return source;
  }

  /** Runs the next event; false where nothing will ever happen any more. */
  async step(): Promise<boolean> {
    const hasRun = this.scheduler.step();
    await nextTurn();
    if (this.failure !== null) throw this.failure;
    return hasRun;
  }

  /** Lets so much time pass. */
  async pass(ms: number): Promise<void> {
    const untilMs = this.nowMs + ms;
    this.scheduler.after(ms, () => {});
    while (this.nowMs < untilMs) await this.step();
  }

  #stream(name: string): Random {
    return randomStream(SEED, name);
  }

  #makeProcess({ sources, ...operation }: Operation): SimProcess {
    return new SimProcess(
      'dry run',
      {
        machine: this.clock,
        disk: this.disk,
        repository: new SimRepository(this.clock),
        folders: foldersOf(null),
        registry: new SimRegistry(),
        credential: () => null,
        gitOutage: () => null,
        tempo: STEADY_TEMPO,
        connect: ({ id }) => this.#connect(id),
        onStoreWrite: () => 'go on',
        operation: {
          ...operation,
          registry: everyDigest(this.clock, this.digests),
          sources: sources.map((source) => ({ ...source, git: this.#sourceOf(source.id) })),
        },
      },
      (stream) => this.#stream(stream),
    );
  }

  #connect(id: HostId) {
    const machine = this.machines.get(id);
    if (machine === undefined) throw new Error(`the dry run has no machine for ${id}`);
    const observer: LinkObserver = {
      issued: () => 'go',
      landed: () => {
        this.effects += 1;
        this.onEffect();
      },
      answered: () => {},
      fault: () => {},
    };
    const { link: conditions } = STEADY_TEMPO;
    const random = this.#stream(`link/${id}`);
    const link = createSimLink({ engine: machine.engine, clock: this.clock, random, conditions, observer });
    return { host: link, kill: () => link.kill() };
  }
}
