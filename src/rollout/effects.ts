// Turns the instance table into actions: what each instance needs from its host next.

import { actionKey } from '../action/action.ts';
import type { Revision } from '../desired/revision.ts';
import { LABEL } from '../kernel/owner.ts';
import { type Assessed, isNotRunning } from './assess.ts';
import type { Draft } from './draft.ts';
import { whyDraining } from './draining.ts';
import { correctDrift } from './drift.ts';
import type { Need } from './facts.ts';
import { type Instance, instanceName } from './memory.ts';
import { networksFor } from './networks.ts';
import { ensureImage } from './prepare.ts';
import { ensureConfig, ensureNetwork, ensureVolume } from './prerequisites.ts';
import { requestFor } from './request.ts';
import { writesAlone } from './scale.ts';
import { startable } from './single-writer.ts';
import { graceMsOf, isToldToStop } from './under-way.ts';

/** Somebody has to act, unless the rollout replaces the instance anyway. */
const needsOf = (draft: Draft, a: Assessed): Need =>
  a.instance.revision === draft.memory.target ? 'person' : 'time';

function run(draft: Draft, a: Assessed, revision: Revision): void {
  const { host } = a.instance;
  const foreign = foreignContainer(draft, a);
  if (foreign !== null) {
    draft.block(needsOf(draft, a), foreign, a.name);
    return;
  }
  const after: (string | null)[] = [ensureImage(draft, host, revision)];
  for (const { index } of networksFor(draft, revision)) after.push(ensureNetwork(draft, host, index));
  for (const mount of revision.container.mounts) {
    if (mount.kind === 'volume') after.push(ensureVolume(draft, host, mount.volume));
    if (mount.kind === 'config') after.push(ensureConfig(draft, host, mount, revision, after[0] ?? null));
  }
  if (after.includes('blocked')) return;
  const noDoors = draft.input.whyNoDoors(host, revision.container.connects);
  const request = requestFor(draft, a, revision);
  if (noDoors !== null || request === null) {
    draft.block('time', `not started yet: ${noDoors ?? `its networks on ${host} are being made`}`, a.name);
    return;
  }
  draft.act(
    host,
    a.name,
    a.instance.seenAt === null ? a.instance.because : 'its container is gone',
    { kind: 'runContainer', request },
    { after: after.filter((key) => key !== null) },
  );
}

function foreignContainer(draft: Draft, a: Assessed): string | null {
  for (const c of draft.input.hosts.get(a.instance.host)?.containers.values() ?? []) {
    const other = c.labels[LABEL.controller];
    const isSameService =
      c.labels[LABEL.namespace] === draft.memory.namespace && c.labels[LABEL.service] === draft.memory.name;
    if (isSameService && other !== undefined && other !== draft.input.controller)
      return `controller ${other} runs this service on ${a.instance.host} (${c.name}); only one controller may`;
    if (c.name === a.name && c.id !== a.container?.id)
      return `a foreign container on ${a.instance.host} has this name; remove or rename it`;
  }
  return null;
}

/**
 * Self-healing is switched off for what had been running once. A single writer is started all the same:
 * the engine does not do it (its restart policy is `no`), and a crash is no drift.
 */
const isLeftAlone = (draft: Draft, a: Assessed, revision: Revision): boolean =>
  draft.driftMode !== 'correct' &&
  a.instance.seenAt !== null &&
  !(a.condition === 'exited' && revision.container.restart === 'no');

function heal(draft: Draft, a: Assessed): void {
  const revision = draft.revision(a.instance.revision);
  const { instance, container } = a;
  if (a.condition === 'unknown') {
    const mounts = draft.revision(a.instance.revision)?.container.mounts ?? [];
    // What lies in a named volume is nowhere else.
    const isTied = mounts.some((m) => m.kind === 'volume');
    const remedy = 'it is started elsewhere once its Host is taken out of the fleet';
    draft.block('time', isTied ? a.because : `${a.because}; ${remedy}`, a.name);
    return;
  }
  if (revision === null) {
    if (a.condition !== 'ready')
      draft.block(needsOf(draft, a), `revision ${instance.revision} is not known any more`, a.name);
    return;
  }
  if (a.condition === 'ready' || a.condition === 'starting' || a.condition === 'unready') {
    if (container?.status === 'paused')
      draft.block(needsOf(draft, a), 'paused by hand; `docker unpause` it', a.name);
    correctDrift(draft, a);
    return;
  }
  if (a.condition === 'restarting') return;
  if (isLeftAlone(draft, a, revision)) {
    if (draft.driftMode === 'report')
      draft.block(needsOf(draft, a), `drift: ${a.condition} (${a.because})`, a.name);
    return;
  }
  if (instance.retryAt !== null && instance.retryAt > draft.now) {
    draft.wake(instance.retryAt);
    draft.block('time', `${a.because}; started again after a back-off`, a.name);
    return;
  }
  if (draft.input.facts.inFlight.has(actionKey(instance.host, 'runContainer', a.name))) return;
  // A container that was created and not started is run again, not started: one key, one back-off.
  if (container === null || a.condition === 'created') run(draft, a, revision);
  else if (a.condition === 'unhealthy')
    draft.act(instance.host, a.name, a.because, {
      kind: 'restartContainer',
      id: container.id,
      graceMs: revision.container.stopGraceMs,
    });
  else draft.act(instance.host, a.name, a.because, { kind: 'startContainer', id: container.id });
}

function stop(draft: Draft, a: Assessed): void {
  if (a.condition === 'unknown') {
    draft.block('time', `waits to be stopped: ${a.because}`, a.name);
    return;
  }
  const { desired } = draft.input;
  // Wanted again, and not yet known as what: it may be this.
  if (
    desired !== null &&
    draft.memory.target === null &&
    !isToldToStop(draft, { ...a.instance, name: a.name })
  ) {
    draft.block('nothing', 'runs on until it is known whether it is what is wanted again', a.name);
    return;
  }
  // What does not run need not be stopped; should an action under way still start it, that is an event.
  if (a.container === null || isNotRunning(a)) return;
  if (draft.spared.has(a.name)) {
    draft.block('time', 'is not told again to stop before others serve in its place, or it has gone', a.name);
    return;
  }
  const draining = whyDraining(draft, a);
  if (draining !== null) {
    draft.block('time', draining, a.name);
    return;
  }
  const key = draft.act(a.instance.host, a.name, a.instance.because, {
    kind: 'stopContainer',
    id: a.container.id,
    graceMs: graceMsOf(draft, a.instance.revision),
  });
  if (key === 'blocked' || a.instance.toldToStop) return;
  // Saved before it is sent: a controller that begins later must know of it, and only of what may have been sent.
  const isIt = (i: Instance): boolean => instanceName(draft.memory, i) === a.name;
  draft.setInstances(draft.memory.instances.map((i) => (isIt(i) ? { ...i, toldToStop: true } : i)));
}

/** The actions that the instance table asks for in the hosts' present condition. */
export function effects(draft: Draft, assessed: readonly Assessed[]): void {
  const { desired } = draft.input;
  const only = startable(draft, assessed);
  for (const a of assessed) {
    if (a.instance.intent === 'retire') stop(draft, a);
    else if (desired === null) continue;
    else if (only === a || !writesAlone(draft, a.instance.revision)) heal(draft, a);
    else if (isNotRunning(a)) draft.block('time', 'waits: one writer only', a.name);
  }
}
