// One world from its beginning to its end: faults for some minutes, then healing, then everything must
// become as the last commit says, and stay so without another write.

import { serviceKey } from '../../kernel/ids.ts';
import { randomStream } from '../core/random.ts';
import { healController } from '../faults/controller-faults.ts';
import { drawFaults } from '../faults/draw.ts';
import type { FaultKind, PlannedFault } from '../faults/fault.ts';
import { healMachine } from '../faults/machine-faults.ts';
import { strike } from '../faults/strike.ts';
import { drawShop, healed } from '../shop/draw.ts';
import type { Counts } from '../world/counts.ts';
import { World } from '../world/world.ts';
import {
  hasConverged,
  mustBeAsCommitted,
  mustBeSilent,
  mustBeTidy,
  mustHaveNothingToDo,
  notConverged,
} from './judgement.ts';
import { Playback } from './playback.ts';
import { judge, type Verdict } from './verdict.ts';

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
  readonly violation: Verdict | null;
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

function heal(world: World): void {
  world.trace.add('everything is healed');
  for (const host of world.hosts.values()) healMachine(host);
  world.registry.outage = null;
  world.gitOutage = null;
  world.restoreBranch();
  const last = [...world.shops.values()].findLast((shop) => !shop.isEmpty) ?? world.shop;
  world.commit(healed(world.stream('heal'), last), 'only good images');
  healController(world);
}

/** What people do for services that cannot go on by themselves, and for what is held. */
function help(world: World): void {
  const process = world.active;
  if (process === null) return;
  void process.controller.approve(null, 'user:ada').catch(() => {});
  for (const { namespace, name, phase } of process.controller.status().services)
    if (NEEDS_HELP.has(phase))
      void process.give(serviceKey(namespace, name), phase === 'paused' ? 'resume' : 'retry').catch(() => {});
}

async function converge(playback: Playback): Promise<void> {
  const { world } = playback;
  const { scheduler } = world;
  let nextHelpMs = scheduler.nowMs + APPROVE_EVERY_MS;
  const isThere = await playback.until(scheduler.nowMs + CONVERGE_MS, LOOK_EVERY_MS, () => {
    if (scheduler.nowMs >= nextHelpMs && world.active !== null) {
      nextHelpMs = scheduler.nowMs + APPROVE_EVERY_MS;
      help(world);
    }
    return hasConverged(world);
  });
  if (!isThere) throw notConverged(world);
}

async function play(playback: Playback, faults: readonly PlannedFault[]): Promise<void> {
  const { world } = playback;
  const { scheduler } = world;
  for (const fault of faults) scheduler.after(fault.atMs, () => strike(world, fault));
  for (let at = BACKUP_EVERY_MS; at < HEAL_AT_MS; at += BACKUP_EVERY_MS)
    scheduler.after(at, () => {
      if (world.disk.damage === null) world.backup = world.disk.backup();
    });
  world.boot(0);
  await playback.pass(HEAL_AT_MS);
  heal(world);
  await converge(playback);
  await playback.pass(TIDY_MS);
  mustBeTidy(world);
  mustHaveNothingToDo(world);
  await mustBeSilent(playback, SILENCE_MS);
  mustBeAsCommitted(world);
  playback.judgeAtRest();
}

export async function runWorld(plan: WorldPlan): Promise<WorldEnd> {
  const shop = drawShop(randomStream(plan.seed, 'shop'));
  const world = new World({ seed: plan.seed, shop, isTold: plan.isTold });
  const faults =
    plan.faults ??
    drawFaults(world.stream('faults'), {
      hosts: [...world.hosts.keys()],
      fromMs: FAULTS_FROM_MS,
      untilMs: FAULTS_UNTIL_MS,
      count: [8, 24],
      kinds: plan.kinds,
    });
  const playback = new Playback(world, plan.watch);
  const violation = await judge(world, () => play(playback, faults));
  return {
    seed: plan.seed,
    faults,
    violation,
    events: world.scheduler.ran,
    virtualMs: world.scheduler.nowMs,
    counts: world.counts,
    hash: world.trace.hash,
    lines: world.trace.lines,
  };
}
