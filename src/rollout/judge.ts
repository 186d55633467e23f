// Judges a run: has it failed, has it made progress, is it complete?

import { actionKey } from '../action/action.ts';
import type { DesiredService } from '../desired/desired.ts';
import { imageToRun } from '../desired/revision.ts';
import { retryClass } from '../kernel/errors.ts';
import { resolveCount } from '../kernel/quantity.ts';
import { formatDuration, instant } from '../kernel/time.ts';
import { matchesLabels } from '../placement/place.ts';
import { type Assessed, isAvailable } from './assess.ts';
import { isHolding, replicasAt } from './canary-steps.ts';
import { whyWorse } from './comparing.ts';
import type { Draft } from './draft.ts';
import { failRollout, succeedRollout } from './lifecycle.ts';
import { inSteps, isActive } from './memory.ts';
import { partition } from './partition.ts';
import { whyUnplaced } from './slot.ts';
import { isBeingPutRight } from './under-way.ts';

/** 50 % of the replicas, within 3 and 200, unless the service says otherwise (the rule of Amazon ECS). */
function breakerLimit(desired: DesiredService): number {
  const { failures, min, max } = desired.rollout.breaker;
  return Math.min(max, Math.max(min, resolveCount(failures, desired.replicas, 'up')));
}

/** An effect that the target needs and that no repetition will bring about. */
function hopelessEffect(draft: Draft, fresh: readonly Assessed[]): string | null {
  const { target } = draft.memory;
  const revision = target === null ? null : draft.revision(target);
  if (revision === null) return null;
  const keys = fresh.map((a) => actionKey(a.instance.host, 'runContainer', a.name));
  for (const host of draft.input.hosts.keys()) keys.push(actionKey(host, 'pullImage', imageToRun(revision)));
  for (const key of keys) {
    const failure = draft.failureOf(key);
    if (failure !== null && retryClass(failure.problem.code) === 'terminal')
      return `${failure.problem.message} (${failure.problem.code})`;
  }
  return null;
}

function lastFault(fresh: readonly Assessed[]): string {
  const failing = fresh.find((a) => ['exited', 'restarting', 'unhealthy'].includes(a.condition));
  return failing === undefined ? '' : `: ${failing.name} ${failing.because}`;
}

/**
 * Progress is a replica that is available for the first time in this run. One that becomes so anew ends a row of
 * failures, no more: what ends again and again would keep a run going for ever.
 */
function noteProgress(draft: Draft, desired: DesiredService, fresh: readonly Assessed[]): void {
  const { rollout } = draft.memory;
  if (!isActive(rollout)) return;
  const arrived = new Set(rollout.arrived);
  let { progressAt, availableAt } = rollout;
  for (const { name, instance, condition, unrouted } of fresh) {
    if (instance.readyAt === null) continue;
    const at = instant(instance.readyAt + desired.rollout.minHealthyMs);
    if (at > draft.now) draft.wake(at);
    else if (condition === 'ready' && unrouted === null) {
      if (!arrived.has(name)) progressAt = instant(Math.max(progressAt, at));
      arrived.add(name);
      availableAt = instant(Math.max(availableAt ?? at, at));
    }
  }
  const isBetter = availableAt !== null && availableAt > (rollout.availableAt ?? rollout.startedAt);
  if (arrived.size === rollout.arrived.length && !isBetter) return;
  const failures = isBetter ? 0 : rollout.failures;
  // In an order of its own: what is remembered is the same whichever of them was there first.
  draft.setRollout({ arrived: [...arrived].sort(), availableAt, progressAt, failures });
}

const STANDS_STILL = 'its deadline stands still meanwhile';

/** So many replicas of the goal are to be there at this moment. */
function wantedNow(draft: Draft, desired: DesiredService): number {
  const canary = inSteps(draft.memory.rollout);
  return canary === null ? desired.replicas : replicasAt(desired, canary.step);
}

/** What is waited for: a host that an instance is on, or that a missing one could go to, does not answer. */
function silentHost(draft: Draft, desired: DesiredService, assessed: readonly Assessed[]): string | null {
  const unknown = assessed.find((a) => a.condition === 'unknown');
  // The instance itself says why.
  if (unknown !== undefined) return `waits for host ${unknown.instance.host}; ${STANDS_STILL}`;
  const { fresh } = partition(draft, assessed);
  if (fresh.length >= wantedNow(draft, desired)) return null;
  const awaited = draft.input.candidates.find(
    ({ host, view }) => view.state !== 'fresh' && matchesLabels(host.labels, desired.placement.hosts),
  );
  return awaited === undefined
    ? null
    : `waits for host ${awaited.host.id}, which is ${awaited.view.state} (${awaited.view.because}); ${STANDS_STILL}`;
}

/** All that has come is ready: an old one does not leave, or a new one has no place. */
function whyIncomplete(draft: Draft, desired: DesiredService, assessed: readonly Assessed[]): string | null {
  const { fresh, old, retiring } = partition(draft, assessed);
  const unplaced = fresh.length < wantedNow(draft, desired) ? whyUnplaced(draft, desired) : null;
  const stays = inSteps(draft.memory.rollout) !== null;
  const left = retiring[0] ?? (unplaced === null && !stays ? old[0] : undefined);
  return left === undefined ? unplaced : `${left.name} on ${left.instance.host} is still there`;
}

/** All that has come is ready, and an old one may still be answering requests: that ends, and is nobody's fault. */
const isDraining = (assessed: readonly Assessed[]): boolean =>
  assessed.some(
    ({ instance: { intent, leavingSince, toldToStop } }) =>
      intent === 'retire' && leavingSince !== null && !toldToStop,
  );

/** While a host does not answer, the deadline stands still: it may not be the revision's fault. */
function checkDeadline(draft: Draft, desired: DesiredService, assessed: readonly Assessed[]): void {
  const { rollout } = draft.memory;
  if (!isActive(rollout)) return;
  const { progressDeadlineMs } = desired.rollout;
  const deadlineAt = instant(rollout.progressAt + progressDeadlineMs);
  const silent = silentHost(draft, desired, assessed);
  const halfAt = instant(rollout.progressAt + progressDeadlineMs / 2);
  const waiting = assessed.find(
    (a) => a.instance.revision === draft.memory.target && (a.condition !== 'ready' || a.unrouted !== null),
  );
  const isWaitedFor = waiting === undefined && (isDraining(assessed) || isHolding(draft));
  if (silent !== null || isWaitedFor) {
    if (silent !== null) draft.block('time', silent);
    // Written twice per deadline instead of at every look.
    if (draft.now > halfAt) draft.setRollout({ progressAt: draft.now });
    draft.wake(instant(draft.now + progressDeadlineMs / 2));
    return;
  }
  if (draft.now < deadlineAt) {
    draft.wake(deadlineAt);
    const patience = `given up ${formatDuration(progressDeadlineMs)} after the last progress`;
    if (waiting?.condition === 'starting' || waiting?.condition === 'unready')
      draft.block('time', `not ready: ${waiting.because}; ${patience}`, waiting.name);
    else if (waiting?.condition === 'ready')
      draft.block('time', `${waiting.unrouted}; ${patience}`, waiting.name);
    return;
  }
  const detail =
    waiting === undefined
      ? whyIncomplete(draft, desired, assessed)
      : `${waiting.name} is ${waiting.condition} (${waiting.unrouted ?? waiting.because})`;
  const standstill = `no progress for ${formatDuration(progressDeadlineMs)}`;
  failRollout(draft, detail === null ? standstill : `${standstill}: ${detail}`);
}

/** Fails the run where it must; may change the target. */
export function judgeFailure(draft: Draft, assessed: readonly Assessed[]): void {
  const { desired } = draft.input;
  const { rollout } = draft.memory;
  if (desired === null || !isActive(rollout)) return;
  if (rollout.phase === 'paused') {
    // A pause holds progress, and protects nobody who is worse.
    const found = whyWorse(draft);
    if (found !== null) failRollout(draft, found);
    return;
  }
  const { fresh } = partition(draft, assessed);
  noteProgress(draft, desired, fresh);
  const hopeless = hopelessEffect(draft, fresh);
  if (hopeless !== null) {
    failRollout(draft, hopeless);
    return;
  }
  const worse = whyWorse(draft);
  if (worse !== null) {
    failRollout(draft, worse);
    return;
  }
  const failures = draft.memory.rollout?.failures ?? 0;
  if (failures >= breakerLimit(desired)) {
    failRollout(draft, `${failures} failures in a row${lastFault(fresh)}`);
    return;
  }
  checkDeadline(draft, desired, assessed);
}

/** Ends the run once everything is in place and nothing of the old is left. */
export function judgeSuccess(draft: Draft, assessed: readonly Assessed[]): void {
  const { desired } = draft.input;
  const { rollout } = draft.memory;
  if (desired === null || !isActive(rollout) || rollout.phase === 'paused') return;
  const { fresh, old, retiring } = partition(draft, assessed);
  const available = fresh.filter(
    (a) => isAvailable(a, desired.rollout.minHealthyMs, draft.now) && !isBeingPutRight(draft, a),
  );
  if (inSteps(rollout) !== null) return;
  const isComplete = available.length === desired.replicas && fresh.length === desired.replicas;
  if (isComplete && old.length === 0 && retiring.length === 0) succeedRollout(draft);
}
