// Plans instances: which are still missing and where they go, which have to leave. It only writes
// intentions into the instance table; what follows from them for the hosts is decided in effects.ts.

import type { DesiredService } from '../desired/desired.ts';
import type { RevisionId } from '../kernel/ids.ts';
import { resolveCount } from '../kernel/quantity.ts';
import { instant } from '../kernel/time.ts';
import { type Assessed, isAvailable } from './assess.ts';
import type { CanaryState } from './canary-state.ts';
import { replicasAt } from './canary-steps.ts';
import type { Draft } from './draft.ts';
import { keepNeeded, keepWanted } from './keep.ts';
import { type Instance, inSteps, instanceName, isActive, isGivenUp } from './memory.ts';
import { leavingOrder, type Partition, partition, tellTied } from './partition.ts';
import { isPrepared } from './prepare.ts';
import { type Bounds, type Counts, missing, rollingMoves } from './rolling.ts';
import { isSingleWriter } from './scale.ts';
import { writersOf } from './single-writer.ts';
import { occupantOf, placeInstance } from './slot.ts';
import { isDead } from './under-way.ts';

function bounds(desired: DesiredService, stopFirst: boolean): Bounds {
  const { maxSurge, maxUnavailable, strategy } = desired.rollout;
  if (strategy === 'recreate') return { maxSurge: 0, maxUnavailable: desired.replicas };
  const unavailable = resolveCount(maxUnavailable, desired.replicas, 'down');
  if (stopFirst) return { maxSurge: 0, maxUnavailable: Math.max(1, unavailable) };
  const surge = resolveCount(maxSurge, desired.replicas, 'up');
  // Both zero would never move: one replica is spared, as in Kubernetes.
  return { maxSurge: surge, maxUnavailable: surge === 0 ? Math.max(1, unavailable) : unavailable };
}

function countsOf(draft: Draft, desired: DesiredService, p: Partition): Counts {
  const available = (a: Assessed): boolean => isAvailable(a, desired.rollout.minHealthyMs, draft.now);
  const dead = (a: Assessed): boolean => isDead(draft, a);
  return {
    replicas: desired.replicas,
    fresh: p.fresh.length,
    freshAvailable: p.fresh.filter(available).length,
    old: p.old.length,
    oldAvailable: p.old.filter(available).length,
    oldUnknown: p.old.filter((a) => a.condition === 'unknown').length,
    oldDead: p.old.filter(dead).length,
    retiring: p.retiring.length,
  };
}

function retire(draft: Draft, leaving: readonly Assessed[], why: (a: Assessed) => string): void {
  if (leaving.length === 0) return;
  const reasons = new Map(leaving.map((a) => [a.instance, why(a)]));
  draft.setInstances(
    draft.memory.instances.map((i) => {
      const because = reasons.get(i);
      return because === undefined ? i : (leavingAlready(draft, i) ?? { ...i, intent: 'retire', because });
    }),
  );
}

/** Whoever was to leave before, and was kept for a moment, goes on leaving from where it was. */
function leavingAlready(draft: Draft, instance: Instance): Instance | null {
  const name = instanceName(draft.memory, instance);
  const before = draft.input.memory.instances.find(
    (i) => i.host === instance.host && instanceName(draft.memory, i) === name,
  );
  return before?.intent === 'retire' ? before : null;
}

/** Plans up to `count` new instances; gives what is in the way where stopping an own one first would make room. */
function create(
  draft: Draft,
  desired: DesiredService,
  count: number,
  revision: RevisionId | null = null,
): string | null {
  for (let n = 0; n < count; n += 1) {
    const placed = placeInstance(draft, desired, revision);
    if (!placed.ok) {
      if (placed.error.roomAfterStop) return placed.error.because;
      draft.block(placed.error.needs, placed.error.because);
      if (placed.error.retryAt !== null) draft.wake(placed.error.retryAt);
      return null;
    }
    draft.setInstances([...draft.memory.instances, placed.value]);
    const ports = draft.revision(placed.value.revision)?.container.ports ?? desired.container.ports;
    draft.input.load.add(occupantOf(draft, placed.value, ports));
  }
  return null;
}

/** Why one goes that is not as it is wanted. */
function whyReplaced(draft: Draft, { instance }: Assessed): string {
  const { rollout } = draft.memory;
  if (!draft.isInFleet(instance.host)) return `host ${instance.host} is not in the fleet any more`;
  return isActive(rollout) ? rollout.because : 'another one runs in its place, as it is wanted';
}

/** A replica that is ready becomes available by waiting alone: nothing else would call. */
function wakeWhenAvailable(draft: Draft, desired: DesiredService, fresh: readonly Assessed[]): void {
  for (const { instance } of fresh)
    if (instance.readyAt !== null) draft.wake(instant(instance.readyAt + desired.rollout.minHealthyMs));
}

function move(draft: Draft, desired: DesiredService, found: Partition, stopFirst: boolean): void {
  wakeWhenAvailable(draft, desired, found.fresh);
  const limits = bounds(desired, stopFirst);
  const p = keepNeeded(draft, found, missing(countsOf(draft, desired, found), limits));
  const moves = rollingMoves(countsOf(draft, desired, p), limits);
  retire(
    draft,
    leavingOrder(draft, p.fresh).slice(0, moves.retireExtra),
    () => `only ${desired.replicas} replicas are wanted`,
  );
  const mustBeAlone = desired.rollout.strategy === 'recreate' || isSingleWriter(draft);
  if (p.old.length > 0 && !isPrepared(draft, desired, mustBeAlone)) return;
  const available = (a: Assessed): boolean => isAvailable(a, desired.rollout.minHealthyMs, draft.now);
  const notAvailable = p.old.filter((a) => !available(a) && a.condition !== 'unknown');
  // What is ready and only too young to count goes last.
  const dead = (a: Assessed): boolean => isDead(draft, a);
  const notReady = notAvailable.filter((a) => !dead(a));
  const useless = [...notAvailable.filter(dead), ...leavingOrder(draft, notReady)];
  const dispensable = leavingOrder(draft, p.old.filter(available)).slice(0, moves.retireAvailable);
  const leaving = [
    ...useless.slice(0, moves.retireUseless),
    ...(dispensable.length > 0 && waitsForSight(draft, desired, p) ? [] : dispensable),
  ];
  const others = p.old.length + p.retiring.length;
  const mayCreate = !(mustBeAlone && others > 0) && !(isSingleWriter(draft) && runsElsewhere(draft, p));
  const inTheWay = create(draft, desired, mayCreate ? moves.create : 0);
  retire(draft, leaving, (a) => whyReplaced(draft, a));
  if (inTheWay === null || leaving.length > 0 || p.retiring.length > 0) return;
  // The new instance needs what an old one holds (a port, a place): the old one goes first.
  if (stopFirst || p.old.length === 0)
    draft.block('fleet', `no host has room while its own instances hold what the new one needs: ${inTheWay}`);
  else move(draft, desired, p, true);
}

/**
 * None may start before all old ones have stopped, and of one that is not seen nobody knows when it has: what serves
 * would be stopped for nothing. Of two that write one volume one goes all the same.
 */
function waitsForSight(draft: Draft, desired: DesiredService, p: Partition): boolean {
  if (desired.rollout.strategy !== 'recreate' || isSingleWriter(draft)) return false;
  const unseen = [...p.old, ...p.retiring].find((a) => a.condition === 'unknown');
  if (unseen === undefined) return false;
  const { host } = unseen.instance;
  const remedy = 'bring it back, or take its Host out of the fleet';
  draft.block(
    'time',
    `nothing is stopped, since ${unseen.name} may run on ${host}, which is not seen: ${remedy}`,
  );
  return true;
}

/** Containers of the service that no row explains may still write. */
function runsElsewhere(draft: Draft, p: Partition): boolean {
  const known = new Set([...p.fresh, ...p.old, ...p.retiring].map((a) => a.container?.id));
  const stray = writersOf(draft).find((f) => !known.has(f.container.id));
  if (stray !== undefined)
    draft.block('time', `waits until ${stray.container.name} on ${stray.host} has stopped: one writer only`);
  return stray !== undefined;
}

const WANTED_AGAIN = 'it is wanted again, and nobody had told it to stop';

/** What is tried no more goes, whoever else is there; it has its place until it is gone. */
function withoutGivenUp(draft: Draft, desired: DesiredService, p: Partition): Partition {
  const isOut = ({ instance }: Assessed): boolean => isGivenUp(draft.memory, instance.revision);
  const out = p.old.filter(isOut);
  if (out.length === 0) return p;
  if (isPrepared(draft, desired, false)) retire(draft, out, (a) => whyReplaced(draft, a));
  return { fresh: p.fresh, old: p.old.filter((a) => !isOut(a)), retiring: [...p.retiring, ...out] };
}

/** As many of the new revision as its step needs, beside all that answer the other requests. */
function moveCanary(draft: Draft, committed: DesiredService, found: Partition, canary: CanaryState): void {
  // With fewer than before not until load balancers go by the smaller share.
  const before = canary.since === null && canary.step > 0 ? replicasAt(committed, canary.step - 1) : 0;
  const replicas = Math.max(before, replicasAt(committed, canary.step));
  const desired = { ...committed, replicas };
  wakeWhenAvailable(draft, desired, found.fresh);
  const p = keepWanted(draft, desired, found, WANTED_AGAIN);
  const extra = leavingOrder(draft, p.fresh).slice(0, Math.max(0, p.fresh.length - replicas));
  retire(draft, extra, () => `this step needs ${replicas} of the new revision`);
  const isNew = ({ instance }: Assessed): boolean => instance.revision === draft.memory.target;
  keepStable(
    draft,
    committed,
    p.old.filter((a) => !isNew(a)),
  );
  const own = { fresh: p.fresh, old: p.old.filter(isNew), retiring: p.retiring.filter(isNew) };
  // One more than its step needs, as long as that is fewer than may be there.
  const limits = { maxSurge: replicas < committed.replicas ? 1 : 0, maxUnavailable: 0 };
  if (limits.maxSurge === 0) limits.maxUnavailable = 1;
  const moves = rollingMoves(countsOf(draft, desired, own), limits);
  const leaving = leavingOrder(draft, own.old).slice(0, moves.retireUseless + moves.retireAvailable);
  retire(draft, leaving, (a) => whyReplaced(draft, a));
  // What is on its way out from an earlier run has its place until it is gone.
  const room = committed.replicas + replicas + (own.old.length > 0 ? limits.maxSurge : 0);
  const inTheWay = create(draft, desired, Math.min(moves.create, room - draft.memory.instances.length));
  if (inTheWay !== null)
    draft.block('fleet', `no host has room for the new revision beside the stable one: ${inTheWay}`);
}

/** What answers the other requests stays as many as are wanted: one that is lost, or wanted since, is made anew. */
function keepStable(draft: Draft, desired: DesiredService, stable: readonly Assessed[]): void {
  const [revision] = inSteps(draft.memory.rollout)?.beside ?? [];
  const [here = [], away = []] = [true, false].map((isHere) =>
    stable.filter(({ instance }) => draft.isInFleet(instance.host) === isHere),
  );
  const excess = leavingOrder(draft, here).slice(0, Math.max(0, here.length - desired.replicas));
  if (excess.length > 0 && isPrepared(draft, desired, false))
    retire(draft, excess, () => `only ${desired.replicas} replicas are wanted`);
  const available = here.filter((a) => isAvailable(a, desired.rollout.minHealthyMs, draft.now)).length;
  if (available >= desired.replicas) retire(draft, away, (a) => whyReplaced(draft, a));
  const room = 2 * desired.replicas - draft.memory.instances.length;
  const missing = Math.min(desired.replicas - here.length, room);
  // After a store was lost nobody knows how to make one.
  const isKnown = revision !== undefined && draft.revision(revision) !== null;
  const inTheWay = missing > 0 && isKnown ? create(draft, desired, missing, revision) : null;
  if (inTheWay !== null)
    draft.block('fleet', `no host has room for a replica of the stable revision: ${inTheWay}`);
}

export function converge(draft: Draft, assessed: readonly Assessed[]): void {
  const { desired } = draft.input;
  const { target, rollout } = draft.memory;
  const p = partition(draft, assessed);
  if (desired === null) {
    removeAll(draft, assessed);
    return;
  }
  tellTied(draft, [...p.fresh, ...p.old]);
  if (target === null || rollout?.phase === 'paused') return;
  const isQuarantined = draft.memory.quarantine.some((q) => q.revision === target);
  // Whoever gave it up did not see all of it: what is found to serve afterwards is no worse than what had served.
  if (rollout?.phase === 'failed' && isQuarantined) {
    keepWanted(draft, desired, p, 'it was found to serve after its revision had failed');
    return;
  }
  // One that may not have two at a time is stopped before its successor starts, in a rollout or not: an
  // old store may know less than what runs.
  const canary = inSteps(rollout);
  if (canary !== null) {
    moveCanary(draft, desired, withoutGivenUp(draft, desired, p), canary);
    return;
  }
  const kept = keepWanted(draft, desired, p, WANTED_AGAIN);
  move(draft, desired, withoutGivenUp(draft, desired, kept), isSingleWriter(draft) && p.old.length > 0);
}

function removeAll(draft: Draft, assessed: readonly Assessed[]): void {
  if (draft.input.settings.reportsRemovals.has(draft.memory.source)) {
    draft.block('release', 'no commit wants the service any more; its source only reports removals');
    return;
  }
  if (draft.input.removalWaitsFor !== null) {
    draft.block('time', `removal waits for ${draft.input.removalWaitsFor}`);
    return;
  }
  retire(
    draft,
    assessed.filter((a) => a.instance.intent === 'run'),
    () => 'no commit wants the service any more',
  );
}
