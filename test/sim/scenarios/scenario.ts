// A scenario: a fixed shop and a short story that is told in steps. A step happens when the world has come
// to a certain state, never at a certain moment: a controller that died on the way comes to the same states
// later, and so people and faults act on the same.

import { leftovers } from '../../../src/sim/checks/outcome.ts';
import { hasConverged } from '../../../src/sim/run/judgement.ts';
import type { SimShop } from '../../../src/sim/shop/shop.ts';
import type { World } from '../../../src/sim/world/world.ts';

export type Condition = (world: World) => boolean;

export type Deed =
  /** Done at once. */
  | { readonly kind: 'event'; readonly happen: (world: World) => void }
  /**
   * Somebody asks the controller for something, again and again until the audit shows that it was taken:
   * one that died may not have heard it.
   */
  | {
      readonly kind: 'request';
      readonly audited: string;
      readonly ask: (world: World) => Promise<unknown> | undefined;
    };

export interface Step {
  readonly what: string;
  readonly when: Condition;
  readonly deed: Deed;
}

export interface Scenario {
  readonly name: string;
  /** What it shows, in a sentence. */
  readonly shows: string;
  readonly shop: SimShop;
  readonly steps: readonly Step[];
  /** How it must end; absent: converged, and exactly what the last commit says runs. */
  readonly end?: Condition;
}

/** Converged, and what was stopped has been cleared away. */
export const isSettled: Condition = (world) => hasConverged(world) && leftovers(world).length === 0;

const SECOND_MS = 1_000;
const QUIET_MS = 10_000;
const lastChanges = new WeakMap<World, { readonly version: number; readonly atMs: number }>();

/** Nothing has changed on any host for a while: housekeeping has found nothing more to do. */
export const isQuiet: Condition = (world) => {
  const { nowMs } = world.scheduler;
  let version = 0;
  for (const { engine } of world.hosts.values()) version += engine.version;
  const last = lastChanges.get(world);
  if (last?.version !== version) lastChanges.set(world, { version, atMs: nowMs });
  return last?.version === version && nowMs - last.atMs >= QUIET_MS;
};

export const always: Condition = () => true;

/** The condition has held for so long without a break. */
export function since(ms: number, condition: Condition): Condition {
  const began = new WeakMap<World, number>();
  return (world) => {
    const { nowMs } = world.scheduler;
    if (!condition(world)) {
      began.delete(world);
      return false;
    }
    const from = began.get(world) ?? nowMs;
    began.set(world, from);
    return nowMs - from >= ms;
  };
}

/** So long after the step before. */
export const after = (seconds: number): Condition => since(seconds * SECOND_MS, always);

/** A process has told people of something of this kind so often. */
export const said =
  (kind: string, count = 1): Condition =>
  (world) =>
    world.counts.of(`said ${kind}`) >= count;

export const both =
  (one: Condition, other: Condition): Condition =>
  (world) =>
    one(world) && other(world);

/** The service is in this phase, as the product shows it. */
export const isIn =
  (phase: string, name = 'web'): Condition =>
  (world) =>
    world.active?.controller.status().services.some((s) => s.name === name && s.phase === phase) ?? false;

/** So many containers of the tag run. */
export const runs =
  (name: string, tag: string, count: number): Condition =>
  (world) => {
    let found = 0;
    for (const { engine } of world.hosts.values())
      for (const { made, run } of engine.machine.containers.values()) {
        const image = world.registry.imageOf(made.reference);
        if (run !== null && image?.tag === tag && image.name.endsWith(`/${name}`)) found += 1;
      }
    return found === count;
  };

export const isHeld: Condition = (world) =>
  world.active?.controller.status().sources.some((source) => source.held !== null) ?? false;
