// A dry run in time: the controller itself carries out a commit on simulated machines, on virtual time, and
// what it does is measured. The same request gives the same report.

import { setImmediate as nextTurn } from 'node:timers/promises';
import { type ServiceKey, serviceKey } from '../../kernel/ids.ts';
import { formatDuration } from '../../kernel/time.ts';
import type { ServiceDescription, ServiceStatus } from '../../loop/status.ts';
import { setTraps } from '../core/traps.ts';
import type { DryMachine } from './machines.ts';
import { notesOf } from './notes.ts';
import { endingOf } from './outcome.ts';
import { Play } from './play.ts';
import type { DryRunReport, HostForecast } from './report.ts';
import type { DryRunRequest } from './request.ts';
import { forecastOf } from './service-forecast.ts';
import { isThere, keyOf } from './serving.ts';
import { awayFrom, commitOf } from './start.ts';

type Progress = 'standstill' | 'late';

async function describeAll(play: Play): Promise<ReadonlyMap<ServiceKey, ServiceDescription>> {
  const found = new Map<ServiceKey, ServiceDescription>();
  for (const key of play.told.measure.services.keys()) {
    const description = await play.controller.describe(key);
    if (description !== null) found.set(key, description);
  }
  return found;
}

function inTheEnd({ request }: Play, { engine }: DryMachine): HostForecast['inTheEnd'] {
  const running = [...engine.machine.containers.values()].filter(isThere);
  const keys = running.flatMap((container) => keyOf(container, request.operation.id) ?? []);
  return [...Map.groupBy(keys, (key) => key)]
    .map(([service, found]) => ({ service, containers: found.length }))
    .sort((a, b) => (a.service < b.service ? -1 : 1));
}

function hostsOf(play: Play): readonly HostForecast[] {
  const away = new Set(awayFrom(play.request.start).map(({ host }) => host.id));
  return [...play.stage.machines.values()].map((machine) => {
    const { id, memoryBytes, knownFrom, reservedBytes } = machine;
    const measure = play.told.measure.hosts.get(id);
    return {
      host: id,
      memoryBytes,
      knownFrom,
      reservedBytes,
      mostLimits: measure?.mostLimits ?? { bytes: 0, atMs: 0 },
      mostUnlimited: measure?.mostUnlimited ?? { count: 0, atMs: 0 },
      mostContainers: measure?.mostContainers ?? { count: 0, atMs: 0 },
      inTheEnd: inTheEnd(play, machine),
      lostMs: play.lostMs.get(id) ?? null,
      isAway: away.has(id),
    };
  });
}

/** So a service stands until a person does something about it. */
const STANDS: ReadonlySet<ServiceStatus['phase']> = new Set(['held', 'paused', 'failed', 'blocked']);

/**
 * Services that the commit says nothing new of, that a person had left so before it, and of which nothing is missing:
 * one that is short of replicas, or cannot get on, is no fleet as the commit says, whoever is to blame.
 */
function isAsBefore({ before, request }: Play, service: ServiceStatus): boolean {
  const { namespace, name, phase, ready, desired } = service;
  if (ready < desired || !STANDS.has(phase)) return false;
  const key = serviceKey(namespace, name);
  const old = before.get(key);
  const now = request.commit.desired.services.get(key);
  return old?.status.phase === phase && old.specHash === (now?.specHash ?? null);
}

/** Whether the source shows it as its newest commit in force. */
function isInForce({ request, controller }: Play): boolean {
  const status = controller.status().sources.find(({ id }) => id === request.source);
  return status?.commit === request.commit.commit.tree.head.commit;
}

async function reportOf(play: Play, end: Progress): Promise<DryRunReport> {
  const { request, told, controller } = play;
  const { commit, assumptions, source } = request;
  const descriptions = await describeAll(play);
  const rolledBack = new Set(
    [...descriptions].filter(([, { rollout }]) => rollout?.phase === 'rolledBack').map(([key]) => key),
  );
  const ending = endingOf({
    status: controller.status(),
    source,
    isAsBefore: (service) => isAsBefore(play, service),
    rolledBack,
    isLate: end === 'late',
  });
  const services = [];
  for (const [key, measure] of told.measure.services)
    services.push(await forecastOf(play, key, measure, descriptions.get(key) ?? null));
  services.sort((a, b) => (a.service < b.service ? -1 : 1));
  return {
    ...ending,
    from: commitOf(request),
    commit: commit.commit.tree.head.commit,
    isInForce: isInForce(play),
    tookMs: told.story.lastMs,
    belowRules: services
      .filter(({ fewestReady, allowedReady }) => (fewestReady?.count ?? 0) < (allowedReady ?? 0))
      .map(({ service }) => service),
    assumptions,
    services,
    hosts: hostsOf(play),
    timeline: told.story.entries,
    notes: notesOf(play, services),
  };
}

/** The state to begin with was not reached: nothing can be said of the commit. */
function unsettled({ request, controller }: Play, end: Progress): DryRunReport | null {
  const { start, source, commit, assumptions, boundMs } = request;
  // A fleet is as it is.
  if (start.kind !== 'manifests') return null;
  const ending = endingOf({
    status: controller.status(),
    source,
    isAsBefore: () => false,
    rolledBack: new Set(),
    isLate: end === 'late',
  });
  if (ending.outcome === 'converged') return null;
  const within = end === 'late' ? ` within ${formatDuration(boundMs)}` : '';
  return {
    outcome: 'unsettledStart',
    because: `what is to be there before the commit does not converge${within}: ${ending.because}`,
    from: commitOf(request),
    commit: commit.commit.tree.head.commit,
    isInForce: false,
    tookMs: 0,
    belowRules: [],
    assumptions,
    services: [],
    hosts: [],
    timeline: [],
    notes: [],
  };
}

/** How many changes the rollout makes if no host is lost midway. */
async function rehearse(request: DryRunRequest): Promise<number> {
  const play = new Play({ ...request, lost: request.lost.filter(({ atMs }) => atMs !== null) });
  try {
    await play.reachStart();
    const before = play.stage.effects;
    await play.rollOut(0);
    return play.stage.effects - before;
  } finally {
    play.end();
  }
}

async function playAll(request: DryRunRequest): Promise<DryRunReport> {
  const isMidway = request.lost.some(({ atMs }) => atMs === null);
  const loseAfter = isMidway ? Math.ceil((await rehearse(request)) / 2) : 0;
  const play = new Play(request);
  try {
    const start = unsettled(play, await play.reachStart());
    if (start !== null) return start;
    return await reportOf(play, await play.rollOut(loseAfter));
  } finally {
    play.end();
  }
}

/**
 * Plays the request. While it plays, real time, chance and files are out of reach for the whole process. Rejects
 * with `command/cancelled` when the signal is aborted.
 */
export async function dryRun(request: DryRunRequest): Promise<DryRunReport> {
  const failure: { error: unknown } = { error: null };
  const onRejection = (reason: unknown): void => {
    failure.error ??= reason;
  };
  process.on('unhandledRejection', onRejection);
  const removeTraps = setTraps();
  try {
    const report = await playAll(request);
    await nextTurn();
    if (failure.error !== null) throw failure.error;
    return report;
  } finally {
    removeTraps();
    process.off('unhandledRejection', onRejection);
  }
}
