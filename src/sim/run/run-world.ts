// One world from its beginning to its end: faults for some minutes, then healing, then everything must
// become as the last commit says, and stay so without another write.

import { setImmediate as nextTurn } from 'node:timers/promises';
import { serviceKey } from '../../kernel/ids.ts';
import { Checks } from '../checks/checks.ts';
import { leftovers, shortcoming } from '../checks/outcome.ts';
import { type Invariant, Violation } from '../checks/violation.ts';
import { randomStream } from '../core/random.ts';
import { setTraps } from '../core/traps.ts';
import { healController } from '../faults/controller-faults.ts';
import { drawFaults } from '../faults/draw.ts';
import type { FaultKind, PlannedFault } from '../faults/fault.ts';
import { healMachine } from '../faults/machine-faults.ts';
import { strike } from '../faults/strike.ts';
import { drawShop, healed } from '../shop/draw.ts';
import type { Counts } from '../world/counts.ts';
import { World } from '../world/world.ts';

export interface WorldPlan {
  readonly seed: number | string;
  /** Null: drawn from the seed. */
  readonly faults: readonly PlannedFault[] | null;
  /** Kinds that may be drawn; null: all. */
  readonly kinds: ReadonlySet<FaultKind> | null;
  readonly isTold: boolean;
  /** Called after every event, for whoever looks for the cause of something. */
  readonly watch?: (world: World) => void;
}

export interface WorldEnd {
  readonly seed: number | string;
  readonly faults: readonly PlannedFault[];
  /** Null: every invariant held. */
  readonly violation: {
    readonly invariant: Invariant;
    readonly message: string;
    readonly atMs: number;
  } | null;
  readonly events: number;
  readonly virtualMs: number;
  readonly counts: Counts;
  readonly hash: string;
  readonly lines: readonly string[];
}

const SECOND_MS = 1_000;
const MINUTE_MS = 60 * SECOND_MS;
/** Faults fall between these moments. */
const FAULTS_FROM_MS = 5 * SECOND_MS;
const FAULTS_UNTIL_MS = 4 * MINUTE_MS;
const HEAL_AT_MS = 5 * MINUTE_MS;
/** After healing everything must be as it should within this time. */
const CONVERGE_MS = 25 * MINUTE_MS;
/** Then leftovers are cleared away … */
const TIDY_MS = 7 * MINUTE_MS;
/** … and then nothing happens any more. */
const SILENCE_MS = 3 * MINUTE_MS;
const LOOK_EVERY_MS = 2 * SECOND_MS;
const APPROVE_EVERY_MS = 30 * SECOND_MS;
const NEEDS_HELP: ReadonlySet<string> = new Set(['failed', 'held', 'blocked', 'paused']);
const BACKUP_EVERY_MS = 45 * SECOND_MS;
/** More events than this are a livelock. */
const EVENT_BUDGET = 400_000;

class Run {
  readonly #plan: WorldPlan;
  readonly world: World;
  readonly checks: Checks;
  readonly faults: readonly PlannedFault[];

  constructor(plan: WorldPlan) {
    this.#plan = plan;
    this.world = new World({
      seed: plan.seed,
      shop: drawShop(randomStream(plan.seed, 'shop')),
      isTold: plan.isTold,
    });
    this.checks = new Checks(this.world);
    this.world.onlooker = this.checks;
    this.faults =
      plan.faults ??
      drawFaults(this.world.stream('faults'), {
        hosts: [...this.world.hosts.keys()],
        fromMs: FAULTS_FROM_MS,
        untilMs: FAULTS_UNTIL_MS,
        count: [8, 24],
        kinds: plan.kinds,
      });
  }

  async play(): Promise<void> {
    const { world } = this;
    const { scheduler } = world;
    for (const fault of this.faults) scheduler.after(fault.atMs, () => strike(world, fault));
    for (let at = BACKUP_EVERY_MS; at < HEAL_AT_MS; at += BACKUP_EVERY_MS)
      scheduler.after(at, () => {
        if (world.disk.damage === null) world.backup = world.disk.backup();
      });
    world.boot(0);
    await this.#until(HEAL_AT_MS, () => false);
    this.#heal();
    await this.#converge();
    await this.#silence();
  }

  #heal(): void {
    const { world } = this;
    world.trace.add('everything is healed');
    for (const host of world.hosts.values()) healMachine(host);
    world.registry.outage = null;
    world.gitOutage = null;
    world.restoreBranch();
    const last = [...world.shops.values()].findLast((shop) => !shop.isEmpty) ?? world.shop;
    world.commit(healed(world.stream('heal'), last), 'only good images');
    healController(world);
  }

  /** A person approves what is held, as long as something is. */
  async #converge(): Promise<void> {
    const { world } = this;
    const { scheduler } = world;
    const deadlineMs = scheduler.nowMs + CONVERGE_MS;
    let nextApprovalMs = scheduler.nowMs + APPROVE_EVERY_MS;
    const isDone = (): boolean => {
      const controller = world.active?.controller;
      if (controller === undefined) return false;
      if (scheduler.nowMs >= nextApprovalMs) {
        nextApprovalMs = scheduler.nowMs + APPROVE_EVERY_MS;
        this.#help();
      }
      return controller.status().phase === 'converged' && shortcoming(world) === null;
    };
    const isThere = await this.#until(deadlineMs, isDone);
    if (isThere) return;
    const phase = world.active?.controller.status().phase ?? 'no controller';
    throw new Violation(
      'I1',
      `not converged in time (${phase}): ${shortcoming(world) ?? 'the hosts are as they should be'}`,
    );
  }

  /** What people do for services that cannot go on by themselves. */
  #help(): void {
    const process = this.world.active;
    if (process === null) return;
    void process.controller.approve(null, 'user:ada').catch(() => {});
    for (const { namespace, name, phase } of process.controller.status().services)
      if (NEEDS_HELP.has(phase))
        void process
          .give(serviceKey(namespace, name), phase === 'paused' ? 'resume' : 'retry')
          .catch(() => {});
  }

  async #silence(): Promise<void> {
    const { world } = this;
    const { scheduler, counts } = world;
    await this.#until(scheduler.nowMs + TIDY_MS, () => false);
    const left = leftovers(world);
    if (left.length > 0) throw new Violation('I1', `left over: ${left.join(', ')}`);
    const forecast = world.active?.controller.inspect.forecast();
    if (forecast !== undefined && forecast.actions.length > 0)
      throw new Violation(
        'I1',
        `the plan is not empty: ${forecast.actions.map((a) => `${a.kind} ${a.object}`).join(', ')}`,
      );
    const before = writes(counts);
    await this.#until(scheduler.nowMs + SILENCE_MS, () => false);
    if (writes(counts) > before)
      throw new Violation('I1', `${writes(counts) - before} writes although nothing is to be done`);
    const wrong = shortcoming(world);
    if (wrong !== null) throw new Violation('I1', wrong);
  }

  /** Runs events until the moment, or until `isDone`, which is asked now and then. */
  async #until(atMs: number, isDone: () => boolean): Promise<boolean> {
    const { world } = this;
    const { scheduler } = world;
    let nextLookMs = scheduler.nowMs;
    for (;;) {
      const nextMs = scheduler.nextAtMs();
      if (nextMs === null) throw new Violation('I1', 'a deadlock: nothing will ever happen again');
      if (nextMs > atMs) return false;
      scheduler.step();
      await nextTurn();
      if (world.failure !== null) throw world.failure;
      this.checks.afterEvent();
      this.#plan.watch?.(world);
      if (scheduler.ran > EVENT_BUDGET) throw new Violation('I12', `a livelock: ${EVENT_BUDGET} events`);
      if (scheduler.nowMs < nextLookMs) continue;
      nextLookMs = scheduler.nowMs + LOOK_EVERY_MS;
      if (isDone()) return true;
    }
  }
}

const writes = (counts: Counts): number =>
  counts.entries().reduce((sum, [name, n]) => (/^(effect|store durable)/.test(name) ? sum + n : sum), 0);

export async function runWorld(plan: WorldPlan): Promise<WorldEnd> {
  const run = new Run(plan);
  const { world } = run;
  const onRejection = (reason: unknown): void => world.fail(reason);
  process.on('unhandledRejection', onRejection);
  const removeTraps = setTraps();
  let violation: WorldEnd['violation'] = null;
  try {
    await run.play();
  } catch (error) {
    const invariant = error instanceof Violation ? error.invariant : 'crash';
    const message =
      error instanceof Violation
        ? error.message
        : error instanceof Error
          ? (error.stack ?? error.message)
          : String(error);
    violation = { invariant, message, atMs: world.scheduler.nowMs };
    world.trace.add(`VIOLATION of ${invariant}: ${message}`);
  } finally {
    for (const simulated of world.processes) simulated.crash();
    await nextTurn();
    removeTraps();
    process.off('unhandledRejection', onRejection);
  }
  return {
    seed: plan.seed,
    faults: run.faults,
    violation,
    events: world.scheduler.ran,
    virtualMs: world.scheduler.nowMs,
    counts: world.counts,
    hash: world.trace.hash,
    lines: world.trace.lines,
  };
}
