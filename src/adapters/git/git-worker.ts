// The main thread's side of the Git worker: one thread for all sources, started when a commit has to be
// fetched or read and ended when nothing has been asked for a while, so that its memory goes back. A hung
// or crashed thread is replaced; what it was asked fails with a Problem.

import { Worker } from 'node:worker_threads';
import { type Problem, problem } from '../../kernel/errors.ts';
import { err, ok, type Result } from '../../kernel/result.ts';
import { errorCode } from './failure.ts';
import {
  type AncestryAsk,
  type HeadFacts,
  monotonicMs,
  type ObjectStore,
  type ReadAsk,
  type SyncAnswer,
  type SyncAsk,
  type TreeAnswer,
  type TreeAsk,
  type WorkerAnswer,
  type WorkerAsk,
  type WorkerReply,
  type WorkerRequest,
} from './messages.ts';

/** What the thread gets beyond a request's own deadline to say itself that it failed. */
const GRACE_MS = 500;

/**
 * Unpacking makes much short-lived garbage, and the process does not get back what a thread once took:
 * a clone of 2,000 files leaves 34 MB with this limit and 60 MB with the default, at the same speed.
 */
const YOUNG_GENERATION_MB = 2;

export interface GitWorkerOptions {
  /** The thread ends after this long without a request; 5 minutes unless told otherwise. */
  readonly idleMs?: number;
  /** Limit of the thread's JavaScript heap, in MiB (buffers of packs lie outside of it). */
  readonly heapMb?: number;
}

interface Waiting {
  readonly settle: (answer: WorkerAnswer) => void;
  readonly timer: NodeJS.Timeout;
}

export class GitWorker {
  readonly #idleMs: number;
  readonly #heapMb: number;
  readonly #waiting = new Map<number, Waiting>();
  #thread: Worker | null = null;
  #idle: NodeJS.Timeout | undefined;
  #lastId = 0;

  constructor(options: GitWorkerOptions = {}) {
    this.#idleMs = options.idleMs ?? 300_000;
    this.#heapMb = options.heapMb ?? 512;
  }

  /** Whether the thread exists at the moment. */
  get isRunning(): boolean {
    return this.#thread !== null;
  }

  async sync(ask: SyncAsk, deadlineMs: number): Promise<Result<SyncAnswer, Problem>> {
    const answer = await this.#ask({ kind: 'sync', ask }, deadlineMs);
    return answer.kind === 'sync' ? ok(answer.value) : err(unexpected(answer));
  }

  async head(store: ObjectStore, oid: string, deadlineMs: number): Promise<Result<HeadFacts, Problem>> {
    const answer = await this.#ask({ kind: 'head', ask: { store, oid } }, deadlineMs);
    return answer.kind === 'head' ? ok(answer.value) : err(unexpected(answer));
  }

  async tree(ask: TreeAsk, deadlineMs: number): Promise<Result<TreeAnswer, Problem>> {
    const answer = await this.#ask({ kind: 'tree', ask }, deadlineMs);
    return answer.kind === 'tree' ? ok(answer.value) : err(unexpected(answer));
  }

  async read(ask: ReadAsk, deadlineMs: number): Promise<Result<ReadonlyMap<string, Uint8Array>, Problem>> {
    const answer = await this.#ask({ kind: 'read', ask }, deadlineMs);
    return answer.kind === 'read' ? ok(answer.value) : err(unexpected(answer));
  }

  async isAncestor(ask: AncestryAsk, deadlineMs: number): Promise<Result<boolean, Problem>> {
    const answer = await this.#ask({ kind: 'ancestry', ask }, deadlineMs);
    return answer.kind === 'ancestry' ? ok(answer.value) : err(unexpected(answer));
  }

  /** Ends the thread; requests under way fail. A later request starts a new one. */
  async close(): Promise<void> {
    await this.#replace(problem('source/interrupted', 'the Git worker was closed'));
  }

  /** Settles within `deadlineMs` and a grace of half a second, whatever the thread does. */
  #ask(ask: WorkerAsk, deadlineMs: number): Promise<WorkerAnswer> {
    const { promise, resolve } = Promise.withResolvers<WorkerAnswer>();
    const id = ++this.#lastId;
    const timer = setTimeout(() => {
      const late = `the Git worker did not finish within ${deadlineMs} ms and was replaced`;
      void this.#replace(problem('source/interrupted', late));
    }, deadlineMs + GRACE_MS);
    this.#waiting.set(id, { settle: resolve, timer });
    clearTimeout(this.#idle);
    const thread = this.#thread ?? this.#start();
    thread.ref();
    thread.postMessage({ ...ask, id, endsAtMs: monotonicMs() + deadlineMs } satisfies WorkerRequest);
    return promise;
  }

  #start(): Worker {
    // Beside this file lies the worker, as TypeScript in the sources and as JavaScript when built.
    const extension = import.meta.url.endsWith('.ts') ? 'ts' : 'js';
    const thread = new Worker(new URL(`./worker.${extension}`, import.meta.url), {
      name: 'plimsoll-git',
      execArgv: [],
      resourceLimits: { maxOldGenerationSizeMb: this.#heapMb, maxYoungGenerationSizeMb: YOUNG_GENERATION_MB },
    });
    thread.on('message', (reply: WorkerReply) => this.#settle(reply.id, reply));
    thread.on('error', (error) => this.#lose(thread, crash(error)));
    thread.on('exit', () => this.#lose(thread, problem('source/interrupted', 'the Git worker ended')));
    this.#thread = thread;
    return thread;
  }

  #settle(id: number, answer: WorkerAnswer): void {
    const waiting = this.#waiting.get(id);
    if (waiting === undefined) return;
    this.#waiting.delete(id);
    clearTimeout(waiting.timer);
    if (this.#waiting.size === 0) this.#rest();
    waiting.settle(answer);
  }

  /** An idle thread keeps no process alive, and ends after a while. */
  #rest(): void {
    this.#thread?.unref();
    clearTimeout(this.#idle);
    this.#idle = setTimeout(() => void this.close(), this.#idleMs).unref();
  }

  #lose(thread: Worker, because: Problem): void {
    if (this.#thread === thread) void this.#replace(because);
  }

  async #replace(because: Problem): Promise<void> {
    const thread = this.#thread;
    this.#thread = null;
    for (const id of [...this.#waiting.keys()]) this.#settle(id, { kind: 'problem', value: because });
    clearTimeout(this.#idle);
    await thread?.terminate();
  }
}

function unexpected(answer: WorkerAnswer): Problem {
  return answer.kind === 'problem'
    ? answer.value
    : problem('internal', `the Git worker answered ${answer.kind}`);
}

function crash(error: unknown): Problem {
  if (errorCode(error) === 'ERR_WORKER_OUT_OF_MEMORY') {
    return problem('source/limit', 'the repository needs more memory than the Git worker may use', {
      hint: 'Use a smaller repository for manifests.',
    });
  }
  const message = error instanceof Error ? error.message : String(error);
  return problem('source/interrupted', `the Git worker crashed: ${message}`);
}

/** The worker that all sources of a process share. */
export const sharedGitWorker = new GitWorker();
