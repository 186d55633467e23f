// A simulated world: machines, a registry, a repository, a disk, and the processes of a controller that
// come and go. It holds no story: faults, people and checks act on it from outside.

import { type Problem, problem, toProblem } from '../../kernel/errors.ts';
import { type CommitSha, ServiceKey } from '../../kernel/ids.ts';
import { Sealed } from '../../kernel/sealed.ts';
import type { Random } from '../../ports/clock.ts';
import { RESTORED_KEY } from '../../ports/store.ts';
import { pick, randomStream } from '../core/random.ts';
import { Scheduler } from '../core/scheduler.ts';
import { VirtualClock } from '../core/virtual-clock.ts';
import type { CrashMoment } from '../faults/fault.ts';
import { SimRepository } from '../git/sim-repository.ts';
import type { Effect, EffectOutcome } from '../link/observer.ts';
import { createSimLink } from '../link/sim-link.ts';
import { SimRegistry } from '../registry/sim-registry.ts';
import { BAD_TAGS, GOOD_TAGS } from '../shop/behaviour.ts';
import { describe, filesOf, imageName, NAMESPACE, type SimShop } from '../shop/shop.ts';
import { type DiskImage, SimDisk } from '../store/sim-disk.ts';
import type { StoreWriteNote } from '../store/sim-store.ts';
import { Counts } from './counts.ts';
import type { CrashInjector } from './crash-injector.ts';
import { makeHost, type SimHost } from './fleet.ts';
import { SimProcess } from './process.ts';
import { type Tempo, USUAL_TEMPO } from './tempo.ts';
import { Trace } from './trace.ts';
import { watchLink } from './watch-link.ts';

/** What looks on, and may end the world by throwing a Violation. */
export interface Onlooker {
  issued(effect: Effect, process: SimProcess): void;
  landed(effect: Effect, outcome: EffectOutcome, process: SimProcess): void;
  said(event: { readonly kind: string; readonly message: string }, process: SimProcess): void;
  written(note: StoreWriteNote, process: SimProcess): void;
}

export interface WorldOptions {
  readonly seed: number | string;
  readonly shop: SimShop;
  /** Keeps the lines of the trace. */
  readonly isTold: boolean;
  readonly tempo?: Tempo;
}

/** The password of the private registry: it must be seen nowhere. */
export const SECRET = 'correct-horse-battery-staple';
const RESTART_MS = 3_000;
const PRIVATE_IMAGE = 'registry.test/shop/worker';

export class World {
  readonly seed: number | string;
  readonly scheduler: Scheduler;
  /** The clock of the controller's machine. */
  readonly clock: VirtualClock;
  readonly trace: Trace;
  readonly tempo: Tempo;
  readonly counts = new Counts();
  readonly disk: SimDisk;
  readonly repository: SimRepository;
  readonly registry = new SimRegistry();
  readonly hosts = new Map<string, SimHost>();
  /** The shop that each commit says. */
  readonly shops = new Map<CommitSha, SimShop>();
  readonly processes: SimProcess[] = [];
  gitOutage: Problem | null = null;
  backup: DiskImage | null = null;
  /** Not null: the next effect ends its process at that moment. */
  trapdoor: { readonly when: CrashMoment; readonly downMs: number } | null = null;
  /** Asked at every effect and write whether its process dies of it. */
  injector: CrashInjector | null = null;
  onlooker: Onlooker | null = null;
  /** A store that was lost or set back knows less than what runs: replicas are not counted any more. */
  isAmnesic = false;
  /** Errors that nobody may throw: they end the world. */
  failure: unknown = null;
  readonly #localCopy = new Set<CommitSha>();
  #generation = 0;
  #bootQueued = false;
  #lastCommit: CommitSha | null = null;

  constructor({ seed, shop, isTold, tempo = USUAL_TEMPO }: WorldOptions) {
    this.seed = seed;
    this.tempo = tempo;
    this.scheduler = new Scheduler(this.stream('ties'));
    this.clock = new VirtualClock(this.scheduler);
    this.trace = new Trace(() => this.scheduler.nowMs, isTold);
    this.disk = new SimDisk(this.clock, (holder) => this.#hasEnded(holder));
    this.repository = new SimRepository(this.clock);
    for (const service of ['web', 'api', 'worker', 'db', 'cache', 'mail'])
      for (const tag of [...GOOD_TAGS, ...BAD_TAGS])
        if (tag !== 'gone') this.registry.push(`${imageName(service)}:${tag}`);
    this.registry.protect(PRIVATE_IMAGE, SECRET);
    for (const name of shop.hosts)
      this.hosts.set(
        name,
        makeHost(name, this.scheduler, this.registry, tempo, (stream) => this.stream(stream)),
      );
    this.commit(shop, 'the first commit');
  }

  stream(name: string): Random {
    return randomStream(this.seed, name);
  }

  /** The process that acts or would act: alive and not suspended. */
  get active(): SimProcess | null {
    return this.processes.find((p) => p.isAlive && p.clock.isRunning) ?? null;
  }

  /** What the newest commit says. */
  get shop(): SimShop {
    const shop = this.#lastCommit === null ? undefined : this.shops.get(this.#lastCommit);
    if (shop === undefined) throw new Error('a world has at least one commit');
    return shop;
  }

  commit(shop: SimShop, what: string): void {
    const { head } = this.repository;
    const isThere = head !== 'empty' && head !== 'deleted';
    const old = isThere ? this.repository.files(head) : new Map<string, string>();
    const files = filesOf(shop);
    const gone = [...old.keys()].filter((path) => !files.has(path)).map((path) => [path, null] as const);
    this.#note(this.repository.commit(Object.fromEntries([...gone, ...files]), what), shop, what);
  }

  /** The branch becomes one commit on an older one, or without any past. */
  forcePush(shop: SimShop, onto: CommitSha | null): string {
    const base = onto === null ? new Map<string, string>() : this.repository.files(onto);
    const files = filesOf(shop);
    const gone = [...base.keys()].filter((path) => !files.has(path)).map((path) => [path, null] as const);
    const commit = this.repository.forcePush(Object.fromEntries([...gone, ...files]), onto);
    this.#note(commit, shop, 'a forced push');
    return `onto ${onto?.slice(0, 7) ?? 'nothing'}`;
  }

  restoreBranch(): void {
    if (this.repository.head === 'deleted' && this.#lastCommit !== null)
      this.repository.moveBranch(this.#lastCommit);
  }

  #note(commit: CommitSha, shop: SimShop, what: string): void {
    this.shops.set(commit, shop);
    this.#lastCommit = commit;
    this.trace.add(`commit ${commit.slice(0, 7)}: ${what}: ${describe(shop)}`);
  }

  /** A person gives a command about one of the services. */
  command(kind: 'restart' | 'rollback' | 'pause' | 'resume' | 'abort' | 'retry', random: Random): string {
    const process = this.active;
    const names = [...this.shop.services.keys()];
    if (process === null || names.length === 0) return 'nobody hears it';
    const key = ServiceKey.parse(`${NAMESPACE}/${pick(random, names)}`);
    void process.give(key, kind).then(
      (outcome) => this.trace.add(`  ${kind} ${key}: ${outcome}`),
      // A person hears why it cannot be done.
      (error: unknown) => this.trace.add(`  ${kind} ${key}: ${toProblem(error).message}`),
    );
    return `${kind} ${key}`;
  }

  /** A process begins after a moment; one that cannot begin tries again. */
  boot(afterMs: number): void {
    if (this.#bootQueued) return;
    this.#bootQueued = true;
    this.scheduler.after(afterMs, () => {
      this.#bootQueued = false;
      if (this.active === null) this.#begin();
    });
  }

  /** SIGKILL to a process, and a new one after a while. */
  crash(process: SimProcess, downMs: number, why: string): void {
    if (!process.isAlive) return;
    this.trace.add(`${process.name} is killed ${why}`);
    process.crash();
    this.boot(downMs);
  }

  restoreBackup(): boolean {
    if (this.backup === null) return false;
    this.disk.restore(this.backup, RESTORED_KEY);
    return true;
  }

  #hasEnded(holder: string): boolean {
    return !this.processes.some((p) => p.name === holder && p.isAlive);
  }

  #begin(): void {
    this.#generation += 1;
    const name = `controller ${this.#generation}`;
    const process: SimProcess = new SimProcess(
      name,
      {
        machine: this.clock,
        disk: this.disk,
        repository: this.repository,
        localCopy: this.#localCopy,
        registry: this.registry,
        credential: (image) =>
          image.startsWith(PRIVATE_IMAGE)
            ? { registry: 'registry.test', username: 'shop', password: new Sealed(SECRET) }
            : null,
        gitOutage: () => this.gitOutage,
        connect: ({ id }, self) => this.#connect(id, self),
        tempo: this.tempo,
        onStoreWrite: (note, self) => this.#onStoreWrite(note, self),
      },
      (stream) => this.stream(stream),
    );
    this.processes.push(process);
    this.trace.add(`${name} begins`);
    process.controller.events.subscribe((event) => this.#heard(process, event.kind, event.message));
    process.start().then(
      (started) => {
        if (!started.ok) this.crash(process, RESTART_MS, `since it cannot begin: ${started.error.message}`);
      },
      (error: unknown) => this.fail(error),
    );
  }

  #onStoreWrite(note: StoreWriteNote, process: SimProcess): 'go on' | 'crash' {
    const { stage, keys } = note;
    this.counts.add(`store ${stage}`);
    if (stage === 'durable') this.trace.add(`store: ${keys.join(' ')}`);
    this.guard(() => this.onlooker?.written(note, process));
    const downMs = process.isAlive ? (this.injector?.atWrite(note) ?? null) : null;
    if (downMs === null) return 'go on';
    this.crash(process, downMs, `when a write is ${stage}`);
    return 'crash';
  }

  /** What an onlooker throws ends the world, and not the process that it looks at. */
  guard(look: () => void): void {
    try {
      look();
    } catch (error) {
      this.fail(error);
    }
  }

  fail(error: unknown): void {
    this.failure ??= error;
  }

  #heard(process: SimProcess, kind: string, message: string): void {
    this.trace.add(`${process.name} ${kind}: ${message}`);
    this.guard(() => this.onlooker?.said({ kind, message }, process));
    if (kind === 'internal') this.fail(new Error(message));
    // The program ends when its lease is lost, and its supervisor starts it again.
    if (kind === 'lease/lost') this.crash(process, RESTART_MS, 'since it lost its lease');
  }

  #connect(id: string, process: SimProcess) {
    const host = this.hosts.get(id);
    if (host === undefined) throw new Error(`no host ${id} in this world`);
    const link = createSimLink({
      engine: host.engine,
      clock: this.clock,
      random: this.stream(`${process.name}/link/${id}/${host.links.size}`),
      conditions: host.conditions,
      observer: watchLink(this, process),
    });
    host.links.add(link);
    return {
      host: link,
      kill: () => {
        link.kill();
        host.links.delete(link);
      },
    };
  }
}

export const outageOf = (what: 'git'): Problem =>
  problem('source/unreachable', `the ${what} server does not answer`);
