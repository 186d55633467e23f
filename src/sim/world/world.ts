// A simulated world: machines, a registry, a repository, a disk, and the processes of a controller that
// come and go. It holds no story: faults, people and checks act on it from outside.

import { type Problem, problem } from '../../kernel/errors.ts';
import type { CommitSha, SourceId } from '../../kernel/ids.ts';
import { Sealed } from '../../kernel/sealed.ts';
import type { ControllerEvent } from '../../loop/events.ts';
import type { GovernorLimits } from '../../plan/governor.ts';
import type { Random } from '../../ports/clock.ts';
import { RESTORED_KEY } from '../../ports/store.ts';
import { randomStream } from '../core/random.ts';
import { Scheduler } from '../core/scheduler.ts';
import { VirtualClock } from '../core/virtual-clock.ts';
import type { CrashMoment } from '../faults/fault.ts';
import { SimRepository } from '../git/sim-repository.ts';
import { createSimLink } from '../link/sim-link.ts';
import { SimRegistry } from '../registry/sim-registry.ts';
import { Requests } from '../requests/requests.ts';
import { settled } from '../shop/furnish.ts';
import { connects, describe, FLEET_FOLDER, filesOf, SHOP_FOLDER, type SimShop } from '../shop/shop.ts';
import { type DiskImage, SimDisk } from '../store/sim-disk.ts';
import type { StoreWriteNote } from '../store/sim-store.ts';
import { Counts } from './counts.ts';
import type { CrashInjector } from './crash-injector.ts';
import { importImages, makeHost, type SimHost, stock } from './fleet.ts';
import type { Onlooker } from './onlooker.ts';
import { SimProcess, USUAL_GOVERNOR } from './process.ts';
import { type Snare, spring } from './snare.ts';
import { type Folder, foldersOf, SOURCE } from './sources.ts';
import { type Tempo, USUAL_TEMPO } from './tempo.ts';
import { Trace } from './trace.ts';
import { saidText, writtenText } from './trace-text.ts';
import { noteQuestion, watchLink } from './watch-link.ts';
import type { WorldOptions } from './world-options.ts';

/** The password of the private registry: it must be seen nowhere. */
export const SECRET = 'correct-horse-battery-staple';
const RESTART_MS = 3_000;
const PRIVATE_IMAGE = 'registry.test/shop/worker';

export class World {
  readonly seed: number | string;
  readonly isPlain: boolean;
  readonly scheduler: Scheduler;
  /** The clock of the controller's machine. */
  readonly clock: VirtualClock;
  readonly trace: Trace;
  readonly tempo: Tempo;
  /** When a commit that removes services waits for a person. */
  readonly governor: GovernorLimits;
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
  /** Not null: the next effect or write catches its process at that moment. */
  snare: Snare | null = null;
  /** Asked at every effect and write whether its process dies of it. */
  injector: CrashInjector | null = null;
  onlooker: Onlooker | null = null;
  /** Until when the last misfortune of a machine, a container or the network lasted, on the scheduler's clock. */
  struckMs = 0;
  /** A store that was lost or set back knows less than what runs: replicas are not counted any more. */
  isAmnesic = false;
  /** Nothing is going to happen to the store. */
  isStoreSafe = true;
  /** Errors that nobody may throw: they end the world. */
  failure: unknown = null;
  readonly requests: Requests;
  readonly #folders: readonly Folder[];
  #generation = 0;
  #links = 0;
  #bootQueued = false;
  #lastCommit: CommitSha | null = null;

  constructor({ seed, shop, isTold, isPlain = true, tempo = USUAL_TEMPO, governor }: WorldOptions) {
    this.seed = seed;
    this.isPlain = isPlain;
    this.tempo = tempo;
    this.governor = governor ?? USUAL_GOVERNOR;
    this.scheduler = new Scheduler(this.stream('ties'));
    this.clock = new VirtualClock(this.scheduler);
    this.trace = new Trace(() => this.scheduler.nowMs, isTold);
    this.disk = new SimDisk(this.clock, (holder) => this.#hasEnded(holder));
    this.repository = new SimRepository(this.clock);
    stock(this.registry);
    this.registry.protect(PRIVATE_IMAGE, SECRET);
    this.#folders = foldersOf(shop.isSplit === true ? { fleet: FLEET_FOLDER, shop: SHOP_FOLDER } : null);
    for (const name of shop.machines ?? shop.hosts)
      this.hosts.set(
        name,
        makeHost(name, this.scheduler, this.registry, tempo, (stream) => this.stream(stream)),
      );
    importImages(this.hosts, shop);
    this.requests = new Requests(this);
    this.commit(shop, 'the first commit');
  }

  /** The source that says which services there are. */
  get serviceSource(): SourceId {
    return this.#folders.at(-1)?.source ?? SOURCE;
  }

  /** Whether a commit is in the copy of a source. */
  hasCopy(source: SourceId, commit: CommitSha): boolean {
    return this.#folders.some((folder) => folder.source === source && folder.localCopy.has(commit));
  }

  /** Whether a commit is in the copy of a source, or the branch leads to it, so that it can be fetched. */
  isWithinReach(source: SourceId, commit: CommitSha): boolean {
    const { head } = this.repository;
    if (this.hasCopy(source, commit)) return true;
    return head !== 'empty' && head !== 'deleted' && this.repository.isAncestor(commit, head);
  }

  /** The local copy of a source is gone: of the last one, or of all. */
  loseCopies(which: 'last' | 'all'): void {
    this.counts.add('copies lost');
    for (const { localCopy } of which === 'all' ? this.#folders : this.#folders.slice(-1)) localCopy.clear();
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

  commit(said: SimShop, what: string): void {
    const shop = this.isPlain ? said : settled(said);
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
    if (connects(shop)) this.requests.begin();
    this.trace.add(`commit ${commit.slice(0, 7)}: ${what}: ${describe(shop)}`);
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
        folders: this.#folders,
        registry: this.registry,
        credential: (image) =>
          image.startsWith(PRIVATE_IMAGE)
            ? { registry: 'registry.test', username: 'shop', password: new Sealed(SECRET) }
            : null,
        gitOutage: () => this.gitOutage,
        connect: ({ id }, self) => this.#connect(id, self),
        tempo: this.tempo,
        governor: this.governor,
        onAsked: (question, self) => noteQuestion(this, self, question),
        onStoreWrite: (note, self) => this.#onStoreWrite(note, self),
      },
      (stream) => this.stream(stream),
    );
    this.processes.push(process);
    this.trace.add(`${name} begins`);
    process.controller.events.subscribe((event) => this.#heard(process, event));
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
    if (stage === 'durable') this.trace.add(`store: ${writtenText(keys)}`);
    this.guard(() => this.onlooker?.written(note, process));
    spring(this, stage, process, null);
    const downMs = process.isAlive ? (this.injector?.atWrite(note) ?? null) : null;
    if (downMs === null) return 'go on';
    this.crash(process, downMs, `when its write of ${writtenText(keys)} is ${stage}`);
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

  #heard(process: SimProcess, event: ControllerEvent): void {
    const { kind, message } = event;
    this.trace.add(`${process.name} ${saidText(event)}`);
    this.counts.add(`said ${kind}`);
    this.guard(() => this.onlooker?.said(event, process));
    if (kind === 'internal') this.fail(new Error(message));
    // The program ends when its lease is lost, and its supervisor starts it again.
    if (kind === 'lease/lost') this.crash(process, RESTART_MS, 'since it lost its lease');
  }

  #connect(id: string, process: SimProcess) {
    const host = this.hosts.get(id);
    if (host === undefined) throw new Error(`no host ${id} in this world`);
    this.#links += 1;
    const link = createSimLink({
      engine: host.engine,
      clock: this.clock,
      random: this.stream(`${process.name}/link/${id}/${host.links.size}`),
      conditions: host.conditions,
      observer: watchLink(this, process, `link ${this.#links}`),
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
