// `plimsoll plan DIR`: what would be done to the hosts if the directory were the commit in force. Looks at
// the store and the hosts, changes neither.

import { systemClock } from '../adapters/clock/system.ts';
import { haproxyDriver } from '../adapters/haproxy/haproxy-driver.ts';
import type { DirectoryForecast } from '../cli/runtime.ts';
import type { Config } from '../config/config.ts';
import { CONFIG_DEFAULTS } from '../config/defaults.ts';
import type { Desired, DesiredHost } from '../desired/desired.ts';
import { type ErrorCode, type Problem, problem, toProblem } from '../kernel/errors.ts';
import { ControllerId, type ServiceKey, SourceId } from '../kernel/ids.ts';
import { err, ok, type Result } from '../kernel/result.ts';
import type { Instant } from '../kernel/time.ts';
import { ImageResolver } from '../loop/image-resolver.ts';
import { foldUpdate, type HostView, unknownHost } from '../observed/host-view.ts';
import { type Observed, observe } from '../observed/observed.ts';
import { adoptFromLabels, volumesFromLabels } from '../plan/adopt.ts';
import { forecast } from '../plan/forecast.ts';
import { EMPTY_MEMORY, type Memory, type World } from '../plan/world.ts';
import type { ImageFact } from '../rollout/facts.ts';
import { assumedIdentities } from './assumed-identities.ts';
import { assumedImage, assumedImages, withoutMadeUp } from './assumed-images.ts';
import { connectHost, credentialFor, openRegistry } from './compose.ts';
import { directorySource, readCandidate, resolveCandidate } from './directory.ts';
import { lostStore, readStored, type Stored } from './stored.ts';

const LOOK_MS = 20_000;
/** Removing stopped containers is housekeeping, not a change that a commit makes: beyond every horizon. */
const KEPT_MS = 365 * 86_400_000;
const OFFLINE_CONTROLLER = ControllerId.parse('offline');

interface Look {
  readonly view: HostView;
  readonly problem: Problem | null;
}

async function lookAt(config: Config, host: DesiredHost): Promise<Look> {
  const before = unknownHost(host.id, systemClock.now());
  const connection = connectHost(config, host);
  try {
    await connection.connect({ deadlineMs: LOOK_MS });
    const report = await connection.report(new Map(), { deadlineMs: LOOK_MS });
    return { view: foldUpdate(before, { kind: 'report', host: host.id, report }), problem: null };
  } catch (error) {
    const problem = toProblem(error);
    return { view: { ...before, state: 'unreachable', because: problem.message }, problem };
  } finally {
    await connection.close();
  }
}

/** An offline plan assumes empty hosts that all answer. */
const emptyHost = (host: DesiredHost): Look => ({
  view: { ...unknownHost(host.id, systemClock.now()), state: 'fresh', because: 'assumed' },
  problem: null,
});

async function resolveImages(
  config: Config,
  desired: Desired,
  memory: Memory,
  views: readonly HostView[],
): Promise<ReadonlyMap<ServiceKey, ImageFact>> {
  const unknown = [...desired.services.values()].filter(
    (s) => memory.services.get(s.key)?.image?.reference !== s.container.image,
  );
  if (unknown.length === 0) return new Map();
  return new Promise((resolve) => {
    let missing = unknown.length;
    const resolver = new ImageResolver({
      clock: systemClock,
      registry: openRegistry(config),
      credential: (image) => credentialFor(config, image),
      views: () => views,
      pullPolicy: (key) => desired.services.get(key)?.container.pullPolicy ?? 'missing',
      onAnswer: () => {
        missing -= 1;
        if (missing === 0) resolve(resolver.facts);
      },
    });
    resolver.ask(unknown.map((s) => ({ kind: 'image', service: s.key, reference: s.container.image })));
  });
}

/** What the registry answered: the others may be there all the same when it is deployed. */
const ANSWERS: ReadonlySet<ErrorCode> = new Set(['image/not-found', 'image/auth', 'image/reference']);

interface Images {
  readonly facts: ReadonlyMap<ServiceKey, ImageFact>;
  /** Why a digest was not looked up, once per image. */
  readonly problems: readonly Problem[];
}

/**
 * Where the registry did not answer, the plan goes on with a digest that is assumed; not for a service that
 * runs what nobody remembers the image of, which would look as if it were to be replaced.
 */
function withAssumed(facts: ReadonlyMap<ServiceKey, ImageFact>, desired: Desired, memory: Memory): Images {
  const complete = new Map(facts);
  const problems = new Map<string, Problem>();
  for (const [key, { reference, outcome }] of facts) {
    const service = desired.services.get(key);
    const row = memory.services.get(key);
    const isAdopted = row !== undefined && row.target !== null && row.image === null;
    if (outcome.ok || service === undefined || isAdopted || ANSWERS.has(outcome.problem.code)) continue;
    complete.set(key, assumedImage(service, systemClock.now()));
    const { code, message, hint } = outcome.problem;
    problems.set(
      reference,
      problem(code, `the digest of ${reference} was not looked up: ${message}`, { hint }),
    );
  }
  return { facts: complete, problems: [...problems.values()] };
}

export async function planDirectory(
  directory: string,
  config: Config | null,
  { offline }: { readonly offline: boolean },
): Promise<Result<DirectoryForecast, readonly Problem[]>> {
  const candidate = await readCandidate(directorySource(directory, config));
  if (!candidate.ok) return err([candidate.error]);
  const { desired, problems, warnings } = resolveCandidate(candidate.value, directory, config);
  if (desired === null) return err(problems);
  const isOffline = offline || config === null;
  const looks = await Promise.all(
    [...desired.hosts.values()].map((host) => (isOffline ? emptyHost(host) : lookAt(config, host))),
  );
  const stored = await readStored(isOffline ? null : config);
  if (!stored.ok) return err([stored.error]);
  const { world, unresolved, lost } = await worldOf(looks, desired, stored.value, isOffline ? null : config);
  return ok({
    commit: candidate.value.head.commit,
    forecast: withoutMadeUp(forecast(world)),
    warnings: lost === null ? warnings : [...warnings, lost],
    unseen: [...looks.flatMap((look) => (look.problem === null ? [] : [look.problem])), ...unresolved],
  });
}

/** Without a store only the labels tell what runs for whom. */
function memoryFromLabels(
  observed: Observed,
  desired: Desired,
  controller: ControllerId,
  now: Instant,
): Memory {
  const hosts = new Set(observed.hosts.keys());
  const [source = SourceId.parse('directory')] = desired.commits.keys();
  const { rows } = adoptFromLabels(observed, desired, EMPTY_MEMORY, hosts, () => source, now);
  const services = new Map(rows.map((row) => [row.key, row]));
  return { ...EMPTY_MEMORY, services, volumeHosts: volumesFromLabels(observed, controller, hosts) };
}

interface Found {
  readonly world: World;
  readonly unresolved: readonly Problem[];
  readonly lost: Problem | null;
}

async function worldOf(
  looks: readonly Look[],
  desired: Desired,
  stored: Stored,
  config: Config | null,
): Promise<Found> {
  const views = looks.map((look) => look.view);
  const now = systemClock.now();
  const controller = config?.controllerId ?? OFFLINE_CONTROLLER;
  const observed = observe(views, controller);
  const memory = stored.memory ?? memoryFromLabels(observed, desired, controller, now);
  const images: Images =
    config === null
      ? { facts: assumedImages(desired, now), problems: [] }
      : withAssumed(await resolveImages(config, desired, memory, views), desired, memory);
  const world: World = {
    now,
    controller,
    desired,
    observed,
    memory,
    facts: {
      images: images.facts,
      probes: new Map(),
      failures: new Map(),
      inFlight: new Set(),
      waiting: new Set(),
      unanswered: new Map(),
      toldToStop: new Map(),
      measured: new Map(),
    },
    hosts: desired.hosts,
    balancers: new Map(),
    balancerWaits: new Map(),
    identities: assumedIdentities(desired, now),
    settings: {
      balancer: {
        image: (config?.loadBalancer ?? CONFIG_DEFAULTS.loadBalancer).image,
        meshPorts: CONFIG_DEFAULTS.loadBalancer.meshPorts,
        command: haproxyDriver.command,
        user: haproxyDriver.user,
        directory: haproxyDriver.directory,
      },
      keepStoppedMs: KEPT_MS,
      reportOnly: null,
      unmetHosts: new Set(),
      sources: new Set(),
      fleetSource: null,
      reportsRemovals: new Set(),
      reportsDrift: new Set(),
    },
  };
  const lost = config === null ? null : lostStore(stored, observed, desired, controller);
  return { world, unresolved: images.problems, lost };
}
