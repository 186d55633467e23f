// Turns changes of memory into the sentences that people follow a rollout by.

import { type ActionKind, describeAction } from '../action/action.ts';
import type { ActionEvent } from '../executor/executor.ts';
import { formatProblem } from '../kernel/errors.ts';
import type { HostId, ServiceKey } from '../kernel/ids.ts';
import { formatDuration } from '../kernel/time.ts';
import type { Memory, Plan } from '../plan/world.ts';
import { type Instance, instanceName, type ServiceMemory } from '../rollout/memory.ts';
import type { EventDraft } from './events.ts';
import { stepEvents } from './narrate-steps.ts';
import type { ReadyCounts } from './ready-counts.ts';
import { readyOn } from './status.ts';

function rolloutEvents(before: ServiceMemory | undefined, after: ServiceMemory): EventDraft[] {
  const [old, run] = [before?.rollout ?? null, after.rollout];
  if (run === null) return [];
  const service = after.key;
  if (old?.sequence !== run.sequence) {
    const from = run.from === null ? '' : ` from ${run.from}`;
    return [{ kind: 'rollout/started', service, message: `${run.kind}${from} to ${run.to}: ${run.because}` }];
  }
  if (old.phase === run.phase) return [];
  const bad = run.phase === 'failed' || run.phase === 'rollingBack' || run.phase === 'rolledBack';
  const took = run.endedAt === null ? '' : ` after ${formatDuration(run.endedAt - run.startedAt)}`;
  return [
    {
      kind: `rollout/${run.phase}`,
      level: bad ? 'error' : 'info',
      service,
      message: `${run.phase}${took}: ${run.because}`,
    },
  ];
}

/** Whoever plans a replica has not seen it yet: a row that comes with one is of a container that was found. */
function foundEvents(before: ServiceMemory | undefined, after: ServiceMemory): EventDraft[] {
  const nameOf = (i: Instance): string => instanceName(after, i);
  const known = new Set(before?.instances.map((i) => `${i.host} ${nameOf(i)}`));
  const found = after.instances.filter((i) => i.seenAt !== null && !known.has(`${i.host} ${nameOf(i)}`));
  return found.map((i) => ({
    kind: 'service/found',
    service: after.key,
    host: i.host,
    message: `${nameOf(i)} runs on ${i.host} and was not known: ${i.intent === 'run' ? 'it is taken on' : i.because}`,
  }));
}

/** Events for what a plan changed, compared with the memory before it. */
export function narratePlan(
  before: Memory,
  plan: Plan,
  isUnwanted: (service: ServiceKey) => boolean,
): readonly EventDraft[] {
  const events: EventDraft[] = [];
  for (const [key, row] of plan.services) {
    const old = before.services.get(key);
    if (row === null) continue;
    const isGone =
      old !== undefined && old.instances.length > 0 && row.instances.length === 0 && isUnwanted(key);
    if (isGone) events.push({ kind: 'service/removed', service: key, message: 'removed' });
    events.push(...foundEvents(old, row), ...stepEvents(old, row), ...rolloutEvents(old, row));
  }
  return events;
}

interface Looked {
  /** As it was before the plan. */
  readonly before: Memory;
  readonly plan: Plan;
  /** The services that were looked at. */
  readonly scope: ReadonlySet<ServiceKey>;
  readonly isSeen: (host: HostId) => boolean;
}

/** How many replicas are ready, where people were told something else; those that nobody sees do not count. */
export function narrateReady(
  counts: ReadyCounts,
  { before, plan, scope, isSeen }: Looked,
): readonly EventDraft[] {
  const events: EventDraft[] = [];
  for (const service of scope) {
    const old = before.services.get(service);
    const row = plan.services.has(service) ? plan.services.get(service) : old;
    if (row === undefined || row === null) {
      counts.forget(service);
      continue;
    }
    const ready = readyOn(row, isSeen);
    if (counts.isNews(service, old === undefined ? 0 : readyOn(old, isSeen), ready))
      events.push({ kind: 'service/ready', service, message: `${ready} of ${row.replicas} ready` });
  }
  return events;
}

/** Of load balancers: done in a moment, and on each host for each replica. That it was done, and why, is enough. */
const TOLD_AT_THE_END: ReadonlySet<ActionKind> = new Set([
  'connectNetwork',
  'disconnectNetwork',
  'tellBalancer',
]);

const isToldAtTheEnd = ({ service, kind }: ActionEvent['action']): boolean =>
  service === null && TOLD_AT_THE_END.has(kind);

export function narrateAction(event: ActionEvent): EventDraft | null {
  const { action } = event;
  const about = { service: action.service, host: action.host };
  switch (event.kind) {
    case 'started':
      if (isToldAtTheEnd(action)) return null;
      return { ...about, kind: 'action/started', message: `${describeAction(action)}: ${action.because}` };
    case 'pulling': {
      const { layersDone, layersTotal } = event.progress;
      return {
        ...about,
        kind: 'action/pulling',
        message: `${describeAction(action)}: ${layersDone} of ${layersTotal} layers`,
      };
    }
    case 'succeeded':
      return {
        ...about,
        kind: 'action/succeeded',
        message: `${describeAction(action)}${isToldAtTheEnd(action) ? `: ${action.because}` : ''} (${formatDuration(event.tookMs)})`,
      };
    case 'failed':
      return {
        ...about,
        kind: 'action/failed',
        // Somebody was faster; the next look at the host tells what is to be done about it.
        level: event.problem.code === 'engine/not-found' ? 'info' : 'error',
        message: `${describeAction(action)}: ${formatProblem(event.problem)}`,
      };
    default:
      return event satisfies never;
  }
}
