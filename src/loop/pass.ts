// One pass of the loop: look at what is due, plan, save, play.

import type { DesiredService } from '../desired/desired.ts';
import type { Executor } from '../executor/executor.ts';
import { formatProblem, type Problem } from '../kernel/errors.ts';
import type { HostId, ServiceKey } from '../kernel/ids.ts';
import { isOwnedBy, LABEL, networkName } from '../kernel/owner.ts';
import { ok, type Result } from '../kernel/result.ts';
import { after } from '../kernel/time.ts';
import { type FoundContainer, observe } from '../observed/observed.ts';
import { calledOff } from '../plan/called-off.ts';
import { remember } from '../plan/forecast.ts';
import { housekeeping, overtaken } from '../plan/housekeeping.ts';
import { reconcile } from '../plan/reconcile.ts';
import type { Plan, World } from '../plan/world.ts';
import type { Facts } from '../rollout/facts.ts';
import { type Instance, isActive } from '../rollout/memory.ts';
import { probesOf } from '../rollout/terms.ts';
import type { Watched } from './balancer-watch.ts';
import { comparedIn } from './compared.ts';
import { narratePlan, narrateReady } from './narrate.ts';
import type { Parts } from './parts.ts';
import type { Probed } from './prober.ts';
import { seenHosts } from './seen-hosts.ts';

/** What keeps a pass from acting on all that it sees. */
export interface PassLimits {
  /** Not null: the reason why decisions are only shown. */
  readonly reportOnly: string | null;
  readonly unmetHosts: ReadonlySet<HostId>;
}

const underWay = (executor: Executor): Pick<Facts, 'inFlight' | 'waiting'> => ({
  inFlight: executor.inFlight(),
  waiting: new Set(executor.waiting().map(({ key }) => key)),
});

export function worldOf(parts: Parts, { reportOnly, unmetHosts }: PassLimits): World {
  const { options } = parts;
  return {
    now: options.clock.now(),
    controller: options.id,
    desired: parts.sources.desired,
    observed: observe(parts.fleet.views(), options.id),
    memory: parts.keeper.memory,
    facts: {
      images: parts.resolver.facts,
      probes: parts.prober.verdicts,
      failures: parts.failures.entries,
      ...underWay(parts.executor),
      unanswered: parts.unanswered.entries,
      toldToStop: parts.toldToStop.entries,
      measured: parts.requestWatch.measured,
    },
    hosts: parts.hosts,
    balancers: parts.balancers.facts,
    balancerWaits: parts.balancerWaits.reasons,
    identities: parts.trust.identities,
    settings: {
      balancer: parts.balancerSettings,
      keepStoppedMs: options.settings.keepStoppedMs,
      reportOnly,
      unmetHosts,
      sources: new Set(options.sources.map((s) => s.id)),
      fleetSource: (options.sources.find((s) => s.fleet) ?? options.sources[0])?.id ?? null,
      reportsRemovals: new Set(options.sources.filter((s) => s.prune === 'report').map((s) => s.id)),
      reportsDrift: new Set(options.sources.filter((s) => s.selfHeal === 'report').map((s) => s.id)),
    },
  };
}

function probedOf(world: World, service: DesiredService, found: FoundContainer): Probed {
  const { revision } = found.identity;
  const container = world.memory.revisions.get(revision)?.container ?? service.container;
  const address =
    container.networkMode === 'host'
      ? '127.0.0.1'
      : (found.container.networks[networkName(service.namespace, service.name)]?.address ?? null);
  return { found, address, probes: probesOf(world.memory.services.get(service.key), service, revision) };
}

function updateProbes(parts: Parts, world: World, scope: ReadonlySet<ServiceKey>): void {
  for (const key of scope) {
    const service = world.desired.services.get(key);
    const running = world.observed.byService.get(key).filter((f) => f.container.status === 'running');
    parts.prober.update(key, service === undefined ? [] : running.map((f) => probedOf(world, service, f)));
  }
}

/** Services that depend on one that changed have to be looked at too. */
function dependents(world: World, changed: ReadonlySet<ServiceKey>): ServiceKey[] {
  const found: ServiceKey[] = [];
  if (changed.size === 0) return found;
  for (const service of world.desired.services.values())
    if (service.dependsOn.some((d) => changed.has(d))) found.push(service.key);
  for (const row of world.memory.services.values()) {
    if (!changed.has(row.key)) continue;
    const needed = [...row.dependsOn, ...row.doors.map(({ service }) => service)];
    found.push(...needed.filter((d) => !world.desired.services.has(d)));
  }
  return found;
}

function note(parts: Parts, plan: Plan, scope: ReadonlySet<ServiceKey>): void {
  for (const key of scope) {
    const blocked = plan.blocked.get(key) ?? [];
    const row = parts.keeper.memory.services.get(key);
    const wakeAt = plan.wakeAt.get(key);
    if (wakeAt !== undefined) parts.dirty.wake(key, wakeAt);
    if (row === undefined && !parts.sources.desired.services.has(key)) {
      parts.blocked.delete(key);
      parts.unsettled.delete(key);
      continue;
    }
    parts.blocked.set(key, blocked);
    const acts = plan.actions.some((a) => a.service === key || a.service === null);
    const isSettled = row !== undefined && !isActive(row.rollout) && blocked.length === 0 && !acts;
    if (isSettled) parts.unsettled.delete(key);
    else parts.unsettled.add(key);
  }
}

async function stepTrust({ trust, dirty, options }: Parts, world: World, plan: Plan): Promise<void> {
  const { hasChanged, againInMs } = await trust.step(seenHosts(world, plan));
  if (againInMs !== null) dirty.wakeBalancers(after(options.clock.now(), againInMs));
  if (hasChanged) dirty.addBalancers();
}

/** What a load balancer says is asked for often while it is waited for, and by all while a replica is drained. */
function noteBalancers(parts: Parts, world: World, { balancers }: Plan): void {
  if (balancers.wakeAt !== null) parts.dirty.wakeBalancers(balancers.wakeAt);
  parts.balancerWaits.note(balancers.waits, world.now);
  const isLeaving = ({ leavingSince, toldToStop }: Instance): boolean => leavingSince !== null && !toldToStop;
  const services = [...parts.keeper.memory.services.values()];
  const isLeft = services.some((row) => row.instances.some(isLeaving));
  const isUrgent = (host: HostId): boolean => isLeft || parts.balancerWaits.isUrgent(host, world.now);
  const running = runningBalancers(world, isUrgent);
  parts.balancers.update(running);
  parts.requestWatch.update(comparedIn(world, parts.keeper.memory.services, running));
}

function runningBalancers(world: World, isUrgent: (host: HostId) => boolean): ReadonlyMap<HostId, Watched> {
  const running = new Map<HostId, Watched>();
  for (const [host, { containers }] of world.observed.hosts)
    for (const { id, labels, status, startedAt } of containers.values())
      if (status === 'running' && isOwnedBy(labels, world.controller) && labels[LABEL.kind] === 'proxy')
        running.set(host, { container: id, startedAt, isUrgent: isUrgent(host) });
  return running;
}

function tell(parts: Parts, world: World, plan: Plan, scope: ReadonlySet<ServiceKey>): void {
  const isUnwanted = (key: ServiceKey): boolean => !world.desired.services.has(key);
  const isSeen = (host: HostId): boolean => world.observed.hosts.get(host)?.state === 'fresh';
  for (const event of narratePlan(world.memory, plan, isUnwanted)) parts.events.emit(event);
  const looked = { before: world.memory, plan, scope, isSeen };
  for (const event of narrateReady(parts.ready, looked)) parts.events.emit(event);
}

/** A bug stops loudly, and what was due stays due. */
function planOrPutBack(parts: Parts, world: World, scope: ReadonlySet<ServiceKey>): Plan {
  try {
    return reconcile(world, scope);
  } catch (error) {
    parts.dirty.addAll(scope);
    throw error;
  }
}

/**
 * Takes back what housekeeping has asked for, has not begun and would not ask for after this plan: its removals
 * wait in the lanes while services get to need what they would remove. True where there was any.
 */
function withdrawOvertaken({ executor, keeper }: Parts, world: World, plan: Plan): boolean {
  const waiting = executor.waiting();
  if (waiting.length === 0) return false;
  const later = { ...world, memory: remember(world.memory, plan) };
  const late = overtaken(waiting, { world: later, pulled: keeper.pulled });
  executor.withdraw(late);
  return late.size > 0;
}

/** Plans, and where this took back what the plan counted with, once more. */
function planOn(parts: Parts, limits: PassLimits, scope: ReadonlySet<ServiceKey>) {
  const world = worldOf(parts, limits);
  updateProbes(parts, world, scope);
  const plan = planOrPutBack(parts, world, scope);
  if (!withdrawOvertaken(parts, world, plan)) return { world, plan };
  const now = { ...world, facts: { ...world.facts, ...underWay(parts.executor) } };
  return { world: now, plan: planOrPutBack(parts, now, scope) };
}

/**
 * Looks at the services that are due. Where the memory cannot be saved nothing is played, and the same
 * services are due again.
 */
export async function runPass(
  parts: Parts,
  mayAct: boolean,
  limits: PassLimits,
): Promise<Result<void, Problem>> {
  // Without the lease nothing is decided: a successor may be writing the same rows.
  if (!mayAct) return ok(undefined);
  const isDue = parts.dirty.takeBalancers(parts.options.clock.now());
  const scope = parts.dirty.take(parts.options.clock.now());
  if (scope.size === 0 && !isDue) return ok(undefined);
  const { world, plan } = planOn(parts, limits, scope);
  const { reportOnly } = limits;
  if (reportOnly !== null) {
    // Only shown: nothing of this plan may be remembered as decided.
    for (const [key, blocked] of plan.blocked)
      parts.blocked.set(key, [{ object: key, because: reportOnly, needs: 'person' }, ...blocked]);
    parts.resolver.ask(plan.asks);
    return ok(undefined);
  }
  const { memory } = world;
  parts.executor.withdraw(calledOff(parts.executor.waiting(), { plan, memory, scope }));
  const inFlight = world.facts.inFlight;
  const fresh = plan.actions.filter((a) => !inFlight.has(a.key));
  const saved = await parts.keeper.save(
    plan,
    (hash) => world.desired.configs.get(hash)?.files ?? null,
    fresh,
    world.now,
  );
  if (!saved.ok) {
    parts.dirty.addAll(scope);
    // Why services stand still is true all the same; what kept them before may be over.
    for (const [key, blocked] of plan.blocked) parts.blocked.set(key, blocked);
    parts.events.emit({ kind: 'store/failed', level: 'error', message: formatProblem(saved.error) });
    return saved;
  }
  tell(parts, world, plan, scope);
  note(parts, plan, scope);
  noteBalancers(parts, world, plan);
  parts.executor.play(fresh);
  parts.resolver.ask(plan.asks);
  await stepTrust(parts, world, plan);
  const changed = new Set(plan.services.keys());
  parts.mark(changed);
  parts.mark(dependents(world, changed));
  return ok(undefined);
}

/** Plays what housekeeping finds superfluous. */
export async function runHousekeeping(parts: Parts, limits: PassLimits): Promise<void> {
  const historyLimit = (key: ServiceKey): number | null =>
    parts.sources.desired.services.get(key)?.rollout.historyLimit ?? null;
  const now = parts.options.clock.now();
  const kept = await parts.keeper.prune(historyLimit, parts.fleet.views(), now);
  if (!kept.ok) {
    // What could not be forgotten may still be gone back to, and needs what it had.
    parts.events.emit({ kind: 'store/failed', level: 'error', message: formatProblem(kept.error) });
    return;
  }
  parts.failures.prune(now);
  parts.unanswered.prune(now);
  parts.toldToStop.prune(parts.keeper.memory.services.values());
  await parts.releaseHosts();
  const actions = housekeeping({
    world: worldOf(parts, limits),
    kept: kept.value,
    pulled: parts.keeper.pulled,
  });
  parts.executor.play(actions);
}
