// Reads the condition of each instance from what its host shows, and counts its failures once each.

import type { Probes } from '../desired/probes.ts';
import type { RevisionId } from '../kernel/ids.ts';
import { networkName } from '../kernel/owner.ts';
import { type Instant, instant } from '../kernel/time.ts';
import type { FoundContainer } from '../observed/observed.ts';
import type { ObservedContainer } from '../observed/report.ts';
import type { CanaryState } from './canary-state.ts';
import type { Draft } from './draft.ts';
import type { ProbeVerdict } from './facts.ts';
import { isRowOf, markOf } from './found-row.ts';
import { type Instance, instanceName, isActive } from './memory.ts';
import { probesOf } from './terms.ts';

/**
 * unknown:    its host does not answer; nothing may be concluded.
 * absent:     the host answers and has no such container.
 * created:    there, never started.
 * starting:   runs, has not been ready yet.
 * ready:      runs, and every check passes.
 * unready:    runs, was ready, and a readiness check fails (or it is paused).
 * unhealthy:  runs, and a health check says that it needs a restart.
 * restarting: the engine is about to start it again after an exit.
 * exited:     stopped for whatever reason.
 */
export type Condition =
  | 'unknown'
  | 'absent'
  | 'created'
  | 'starting'
  | 'ready'
  | 'unready'
  | 'unhealthy'
  | 'restarting'
  | 'exited';

const NOT_RUNNING: ReadonlySet<Condition> = new Set(['absent', 'created', 'exited']);

/** Its host answers, and it does not run; what the engine restarts runs again in a moment. */
export const isNotRunning = ({ condition }: Pick<Assessed, 'condition'>): boolean =>
  NOT_RUNNING.has(condition);

export interface Assessed {
  readonly instance: Instance;
  readonly name: string;
  readonly container: ObservedContainer | null;
  readonly condition: Condition;
  readonly because: string;
  /** Why it is not given requests from everywhere that it should be; null: it is, or nobody connects to it. */
  readonly unrouted: string | null;
}

const BACKOFF_FIRST_MS = 10_000;
const BACKOFF_MAX_MS = 300_000;
const CLEAN_AFTER_MS = 600_000;

/** The first failure is answered at once, then 10 s doubling to 300 s (as Kubernetes does). */
function backoffMs(faults: number): number {
  return faults <= 1 ? 0 : Math.min(BACKOFF_FIRST_MS * 2 ** (faults - 2), BACKOFF_MAX_MS);
}

const needsProbe = (probes: Probes | null): boolean =>
  probes !== null && (probes.startup !== null || probes.readiness !== null);

/**
 * A controller that has just started, or a changed probe, has no verdict yet: what was ready is taken to
 * be so still, or every restart of the controller would look like the loss of all replicas.
 */
function unprobed(instance: Instance, probes: Probes | null): { condition: Condition; because: string } {
  if (!needsProbe(probes)) return { condition: 'ready', because: 'running' };
  return instance.readyAt === null
    ? { condition: 'starting', because: 'not probed yet' }
    : { condition: 'ready', because: 'was ready; it is being probed again' };
}

function runningCondition(
  network: string,
  c: ObservedContainer,
  instance: Instance,
  probes: Probes | null,
  verdict: ProbeVerdict | undefined,
): { condition: Condition; because: string } {
  if (c.status === 'paused') return { condition: 'unready', because: 'paused by hand' };
  if (c.health === 'unhealthy') return { condition: 'unhealthy', because: 'its health check fails' };
  if (c.health === 'starting')
    return { condition: 'starting', because: 'its health check has not passed yet' };
  const notReady = instance.readyAt === null ? 'starting' : 'unready';
  // Nobody reaches what is in no network: that it was ready once says nothing.
  if (needsProbe(probes) && Object.keys(c.networks).length === 0)
    return { condition: notReady, because: `it is disconnected from ${network} and cannot be probed` };
  if (verdict === undefined) return unprobed(instance, probes);
  if (verdict.startup === 'failed' || !verdict.alive)
    return { condition: 'unhealthy', because: verdict.because };
  if (verdict.startup === 'pending' || verdict.ready === false)
    return { condition: notReady, because: verdict.because };
  if (verdict.ready === null) return unprobed(instance, probes);
  return { condition: 'ready', because: verdict.because };
}

function conditionOf(draft: Draft, instance: Instance, container: ObservedContainer | null) {
  const { desired, hosts } = draft.input;
  const view = hosts.get(instance.host);
  if (view === undefined || view.state !== 'fresh') {
    const why = view === undefined ? 'is not in the fleet' : `is ${view.state} (${view.because})`;
    return { condition: 'unknown' as const, because: `host ${instance.host} ${why}` };
  }
  if (container === null) return { condition: 'absent' as const, because: 'no container' };
  switch (container.status) {
    case 'created':
      return { condition: 'created' as const, because: 'created, not started' };
    case 'restarting':
      return { condition: 'restarting' as const, because: `exited with ${container.exitCode ?? '?'}` };
    case 'running':
    case 'paused':
      return runningCondition(
        networkName(draft.memory.namespace, draft.memory.name),
        container,
        instance,
        desired === null ? null : probesOf(draft.memory, desired, instance.revision),
        draft.input.facts.probes.get(container.id),
      );
    case 'exited':
    case 'dead':
    case 'removing':
      return {
        condition: 'exited' as const,
        because: container.outOfMemory ? 'killed: out of memory' : `exited with ${container.exitCode ?? '?'}`,
      };
    default:
      return container.status satisfies never;
  }
}

/** A text that differs for each new failure of a container; null while it does not fail. */
function faultMark(condition: Condition, c: ObservedContainer | null): string | null {
  if (c === null) return null;
  if (condition === 'exited') return `exit ${c.finishedAt ?? ''} ${c.restartCount}`;
  if (condition === 'unhealthy') return markOf(c);
  // Null: the engine has not had to start it again.
  return c.restartCount > 0 ? `restarts ${c.restartCount}` : null;
}

/** Every mark ends with how often the engine has started the container again. */
const restartsIn = (mark: string | null): number => Number(/\d+$/.exec(mark ?? '')?.[0] ?? 0);

function newFaults(mark: string | null, last: string | null): number {
  if (mark === null || mark === last) return 0;
  if (!mark.startsWith('restarts')) return 1;
  // The engine may have restarted it several times between two looks, and counts anew after a start by hand.
  const [is, was] = [restartsIn(mark), restartsIn(last)];
  return is < was ? is : is - was;
}

function updated(
  instance: Instance,
  container: ObservedContainer | null,
  condition: Condition,
  now: Instant,
) {
  if (condition === 'unknown') return { instance, faults: 0 };
  // Somebody removed the container: whatever had failed in it went with it.
  if (condition === 'absent') return { instance: withoutContainer(instance), faults: 0 };
  const mark = faultMark(condition, container);
  const faults = instance.intent === 'run' ? newFaults(mark, instance.faultMark) : 0;
  const readyAt = condition === 'ready' ? (instance.readyAt ?? now) : null;
  const clean = readyAt !== null && now - readyAt >= CLEAN_AFTER_MS;
  const total = clean ? 0 : instance.faults + faults;
  const next: Instance = {
    ...instance,
    seenAt: instance.seenAt ?? (condition === 'created' ? null : now),
    readyAt,
    hasServed: instance.hasServed || readyAt !== null,
    faults: total,
    faultMark: mark ?? instance.faultMark,
    retryAt: faults > 0 ? instant(now + backoffMs(total)) : clean ? null : instance.retryAt,
  };
  return { instance: next, faults };
}

const withoutContainer = (instance: Instance): Instance => ({
  ...instance,
  readyAt: null,
  faults: 0,
  faultMark: null,
  retryAt: null,
});

/** Somebody may have given it another name; who copied its labels has not made it. */
function findContainer(found: readonly FoundContainer[], instance: Instance, name: string) {
  const alike = found.filter((f) => isRowOf(instance, f));
  return (alike.find(({ container }) => container.name === name) ?? alike[0])?.container ?? null;
}

/** A container that has ended by itself, so that its engine has started it again, or for want of memory. */
interface EndedContainer {
  readonly revision: RevisionId;
  readonly count: number;
  readonly outOfMemory: boolean;
}

/** What somebody stops, or an engine that is started again, says nothing about what ran. */
function restartsSince(instance: Instance, container: ObservedContainer | null): number {
  if (container === null) return 0;
  const grown = container.restartCount - restartsIn(instance.faultMark);
  const counted = grown < 0 ? container.restartCount : grown;
  return counted === 0 && container.outOfMemory ? 1 : counted;
}

/** What ended before the new revision had any requests is for the breaker alone. */
function withRestarts(
  canary: CanaryState | null,
  to: RevisionId,
  ended: readonly EndedContainer[],
): CanaryState | null {
  if (canary === null || canary.share === 0) return canary;
  const own = ended.filter(({ revision }) => revision === to);
  const others = ended.filter(({ revision }) => canary.beside.includes(revision));
  const sum = (all: readonly EndedContainer[]): number => all.reduce((total, { count }) => total + count, 0);
  return {
    ...canary,
    restarts: canary.restarts + sum(own),
    outOfMemoryKills: canary.outOfMemoryKills + own.filter(({ outOfMemory }) => outOfMemory).length,
    restartsBeside: canary.restartsBeside + sum(others),
  };
}

/** Assesses every instance; notes what was learnt in the rows and counts new failures of the target. */
export function assess(draft: Draft): readonly Assessed[] {
  let failures = 0;
  const ended: EndedContainer[] = [];
  const assessed = draft.memory.instances.map((instance): Assessed => {
    const name = instanceName(draft.memory, instance);
    const container = findContainer(draft.input.found, instance, name);
    const { condition, because } = conditionOf(draft, instance, container);
    const step = updated(instance, container, condition, draft.now);
    if (instance.revision === draft.memory.target) failures += step.faults;
    const count = step.faults === 0 ? 0 : restartsSince(instance, container);
    if (count > 0)
      ended.push({ revision: instance.revision, count, outOfMemory: container?.outOfMemory === true });
    return {
      instance: step.instance,
      name,
      container,
      condition,
      because,
      unrouted: draft.input.routing?.whyNotServing(step.instance) ?? null,
    };
  });
  draft.setInstances(assessed.map((a) => a.instance));
  const { rollout } = draft.memory;
  // What is seen in the step in which a run begins had failed before.
  const hasBegun = rollout?.sequence === draft.input.memory.rollout?.sequence;
  if (isActive(rollout) && hasBegun && (failures > 0 || ended.length > 0))
    draft.setRollout({
      failures: rollout.failures + failures,
      canary: withRestarts(rollout.canary, rollout.to, ended),
    });
  return assessed;
}

/** Ready without a break for at least `minHealthyMs`, and given its part of the requests. */
export function isAvailable(a: Assessed, minHealthyMs: number, now: Instant): boolean {
  return (
    a.instance.intent === 'run' &&
    a.instance.readyAt !== null &&
    a.condition === 'ready' &&
    a.unrouted === null &&
    now - a.instance.readyAt >= minHealthyMs
  );
}
