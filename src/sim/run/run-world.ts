// One world from its beginning to its end: faults for some minutes, then healing, then everything must
// become as the last commit says, and stay so without another write.

import { type ServiceKey, serviceKey } from '../../kernel/ids.ts';
import type { GovernorLimits } from '../../plan/governor.ts';
import type { Random } from '../../ports/clock.ts';
import { pick, randomStream } from '../core/random.ts';
import { drawBalancerFaults } from '../faults/balancer-faults.ts';
import { healController } from '../faults/controller-faults.ts';
import { drawFaults } from '../faults/draw.ts';
import { FAULT_KINDS, type FaultKind, type PlannedFault } from '../faults/fault.ts';
import { healMachine } from '../faults/machine-faults.ts';
import { strike } from '../faults/strike.ts';
import { connected, healedConnections } from '../shop/connections.ts';
import { drawShop, healed } from '../shop/draw.ts';
import { healedMore } from '../shop/draw-more.ts';
import { furnished } from '../shop/furnish.ts';
import { meshed } from '../shop/mesh.ts';
import type { SimShop } from '../shop/shop.ts';
import { stepped } from '../shop/steps.ts';
import type { Counts } from '../world/counts.ts';
import { drawTempo, USUAL_CIRCUMSTANCES } from '../world/draw-tempo.ts';
import { USUAL_GOVERNOR } from '../world/process.ts';
import { World } from '../world/world.ts';
import { mustBeDescribed } from './described.ts';
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
  /** When everything is healed: stories that were found in shorter worlds keep their length. */
  readonly healAtMs?: number;
  /** Only what most people write is in the shop: stories that were found before there was more. */
  readonly isPlain?: boolean;
  /** Services may connect to each other; false: stories that were found before they could. */
  readonly mayConnect?: boolean;
  /** Hosts may reach each other; false: stories that were found before they could. */
  readonly mayReach?: boolean;
  /** By which steps services are deployed; null: by none. Left out: as it is drawn. */
  readonly stepsFrom?: number | null;
  /** Called after every event, for whoever looks for the cause of something. */
  readonly watch?: (world: World) => void;
}

/** Shops are small: at its usual least number the governor would never say anything. */
const drawGovernor = (random: Random): GovernorLimits => ({
  percent: pick(random, [20, 20, 50]),
  min: pick(random, [2, 2, 3, 5]),
});

export interface WorldEnd {
  readonly seed: number | string;
  readonly faults: readonly PlannedFault[];
  readonly healAtMs: number;
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
/** No fault falls before this moment … */
const FAULTS_FROM_MS = 5 * SECOND_MS;
/** … or so shortly before healing: what they do takes a while. */
const LAST_FAULT_BEFORE_HEALING_MS = MINUTE_MS;
const HEAL_AT_MS = 5 * MINUTE_MS;
const FAULTS = [8, 24] as const;
/** After healing everything must be as it should within this time. */
const CONVERGE_MS = 25 * MINUTE_MS;
/** Then leftovers are cleared away … */
const TIDY_MS = 7 * MINUTE_MS;
/** … and then nothing happens any more. */
const SILENCE_MS = 3 * MINUTE_MS;
const LOOK_EVERY_MS = 2 * SECOND_MS;
const APPROVE_EVERY_MS = 30 * SECOND_MS;
const LOSES_STORE: ReadonlySet<FaultKind> = new Set(['storeLost', 'storeDamaged', 'storeRestored']);
const WAITS: ReadonlySet<string> = new Set(['progressing', 'blocked']);
const NEEDS_HELP: ReadonlySet<string> = new Set(['failed', 'held', 'blocked', 'paused']);
/** Before the first fault, and so often until healing. */
const FIRST_BACKUP_MS = 4 * SECOND_MS;
const BACKUP_EVERY_MS = 45 * SECOND_MS;

function heal(world: World): void {
  world.trace.add('everything is healed');
  for (const host of world.hosts.values()) healMachine(host);
  world.registry.outage = null;
  world.gitOutage = null;
  world.restoreBranch();
  const last = [...world.shops.values()].findLast((shop) => !shop.isEmpty) ?? world.shop;
  const usual = healed(world.stream('heal'), last);
  const more = world.isPlain ? usual : healedMore(world.stream('heal-more'), last, usual);
  const shop = healedConnections(world.stream('heal-connections'), more);
  world.commit(shop, 'only good images');
  healController(world);
}

/** What people do for services that cannot go on by themselves, and for what is held. */
function help(world: World): void {
  const process = world.active;
  if (process === null) return;
  void process.controller.approve(null, 'user:ada').catch(() => {});
  const give = (key: ServiceKey, command: 'resume' | 'retry' | 'promote'): void => {
    void process.give(key, command).catch(() => {});
  };
  for (const { namespace, name, phase } of process.controller.status().services) {
    const key = serviceKey(namespace, name);
    if (NEEDS_HELP.has(phase)) give(key, phase === 'paused' ? 'resume' : 'retry');
    // Some wait for a person, and others for more requests than there are.
    if (WAITS.has(phase) && world.shop.stepsFrom !== undefined) give(key, 'promote');
  }
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

async function play(
  playback: Playback,
  { faults, healAtMs }: { readonly faults: readonly PlannedFault[]; readonly healAtMs: number },
): Promise<void> {
  const { world } = playback;
  const { scheduler } = world;
  for (const fault of faults) scheduler.after(fault.atMs, () => strike(world, fault));
  for (let at = FIRST_BACKUP_MS; at < healAtMs; at += BACKUP_EVERY_MS)
    scheduler.after(at, () => {
      if (world.disk.damage === null) world.backup = world.disk.backup();
    });
  world.boot(0);
  await playback.pass(healAtMs);
  heal(world);
  await converge(playback);
  // A controller that begins meanwhile has its rounds of housekeeping before it.
  for (let begun = -1; begun !== world.processes.length; ) {
    begun = world.processes.length;
    await playback.pass(TIDY_MS);
  }
  mustBeTidy(world);
  mustHaveNothingToDo(world);
  await mustBeSilent(playback, SILENCE_MS);
  mustBeAsCommitted(world);
  if (!hasConverged(world)) throw notConverged(world);
  playback.judgeAtRest();
  await mustBeDescribed(playback);
}

/** Null: all. */
function kindsBut(without: ReadonlySet<FaultKind>, kinds: WorldPlan['kinds']): WorldPlan['kinds'] {
  if (without.size === 0) return kinds;
  return new Set(FAULT_KINDS.filter((kind) => !without.has(kind) && (kinds === null || kinds.has(kind))));
}

function drawnFaults(world: World, healAtMs: number, kinds: WorldPlan['kinds']): readonly PlannedFault[] {
  const untilMs = healAtMs - LAST_FAULT_BEFORE_HEALING_MS;
  const faults = drawFaults(world.stream('faults'), {
    hosts: [...world.hosts.keys()],
    fromMs: FAULTS_FROM_MS,
    untilMs,
    count: FAULTS,
    kinds,
  });
  if (world.shop.hasConnections !== true) return faults;
  const more = drawBalancerFaults(world.stream('balancer-faults'), FAULTS_FROM_MS, untilMs, kinds);
  return [...faults, ...more].sort((a, b) => a.atMs - b.atMs);
}

function withSteps({ seed, stepsFrom }: WorldPlan, shop: SimShop): SimShop {
  if (stepsFrom === undefined) return stepped(randomStream(seed, 'steps'), shop);
  return stepsFrom === null ? shop : { ...shop, stepsFrom };
}

export async function runWorld(plan: WorldPlan): Promise<WorldEnd> {
  const { seed, isTold, isPlain = false, mayConnect = true, mayReach = true } = plan;
  const usual = drawShop(randomStream(seed, 'shop'));
  const more = isPlain ? usual : furnished(randomStream(seed, 'shop-more'), usual);
  const connecting = isPlain || !mayConnect ? more : connected(randomStream(seed, 'connections'), more);
  const reaching = mayReach ? meshed(randomStream(seed, 'mesh'), connecting) : connecting;
  const shop = withSteps(plan, reaching);
  const { tempo, without } =
    plan.isPlain === true ? USUAL_CIRCUMSTANCES : drawTempo(randomStream(seed, 'tempo'));
  const world = new World({
    seed,
    tempo,
    shop,
    isTold,
    isPlain,
    governor: plan.isPlain === true ? USUAL_GOVERNOR : drawGovernor(randomStream(seed, 'governor')),
  });
  const healAtMs = plan.healAtMs ?? HEAL_AT_MS;
  const faults = plan.faults ?? drawnFaults(world, healAtMs, kindsBut(without, plan.kinds));
  world.isStoreSafe = !faults.some(({ fault }) => LOSES_STORE.has(fault.kind));
  const playback = new Playback(world, plan.watch);
  const violation = await judge(world, () => play(playback, { faults, healAtMs }));
  return {
    seed: plan.seed,
    faults,
    healAtMs,
    violation,
    events: world.scheduler.ran,
    virtualMs: world.scheduler.nowMs,
    counts: world.counts,
    hash: world.trace.hash,
    lines: world.trace.lines,
  };
}
