// `plimsoll simulate DIR`: reads the directories and hands them to the simulator. No host and no registry is
// asked.

import type { Simulated, SimulationOptions } from '../cli/runtime.ts';
import type { Config } from '../config/config.ts';
import type { Problem } from '../kernel/errors.ts';
import { ControllerId, type SourceId } from '../kernel/ids.ts';
import { err, ok, type Result } from '../kernel/result.ts';
import { wholeCommit } from '../loop/fleet-copy.ts';
import { dryRun } from '../sim/dry-run/dry-run.ts';
import type { Manifests, Start } from '../sim/dry-run/request.ts';
import type { Operation } from '../sim/dry-run/stage.ts';
import { hostsOf } from '../sim/dry-run/start.ts';
import { directorySource, readCandidate, resolveCandidate } from './directory.ts';
import { simulatedFleet } from './simulated-fleet.ts';
import { findTroubles } from './simulated-troubles.ts';

const CONTROLLER = ControllerId.parse('simulated');
/** Longer than any rollout that somebody waits for. */
const BOUND_MS = 2 * 3_600_000;
/** Removing stopped containers is housekeeping, not a change that a commit makes: beyond the bound. */
const KEPT_MS = 365 * 86_400_000;

interface Scene {
  readonly start: Start;
  readonly commit: Manifests;
  readonly source: SourceId;
  readonly operation: Operation;
  readonly warnings: readonly Problem[];
}

interface Read extends Manifests {
  readonly warnings: readonly Problem[];
}

async function readManifests(directory: string, config: Config): Promise<Result<Read, readonly Problem[]>> {
  const source = directorySource(directory, config);
  const candidate = await readCandidate(source);
  if (!candidate.ok) return err([candidate.error]);
  const { desired, problems, warnings } = resolveCandidate(candidate.value, directory, config);
  if (desired === null) return err(problems);
  const commit = await wholeCommit(source.git, candidate.value);
  return commit.ok ? ok({ commit: commit.value, desired, warnings }) : err([commit.error]);
}

async function sceneOfDirectories(
  directory: string,
  next: string | null,
  config: Config,
): Promise<Result<Scene, readonly Problem[]>> {
  const first = await readManifests(directory, config);
  if (!first.ok) return first;
  const second = next === null ? null : await readManifests(next, config);
  if (second !== null && !second.ok) return second;
  const { git: _, ...source } = directorySource(next ?? directory, config);
  const commit = second?.value ?? first.value;
  return ok({
    start: second === null ? { kind: 'emptyHosts' } : { kind: 'manifests', manifests: first.value },
    commit,
    source: source.id,
    warnings: commit.warnings,
    operation: {
      id: CONTROLLER,
      overrides: config.overrides,
      settings: { ...config.limits, keepStoppedMs: KEPT_MS },
      // Its states are pushed like commits.
      sources: [{ ...source, isDirectory: false, forcePush: 'hold' }],
    },
  });
}

async function sceneOfFleet(
  directory: string,
  { fleet, source }: NonNullable<SimulationOptions['running']>,
): Promise<Result<Scene, readonly Problem[]>> {
  const found = await simulatedFleet(directory, fleet, source);
  if (!found.ok) return found;
  const { controller, overrides, settings, sources } = fleet;
  return ok({
    ...found.value,
    operation: { id: controller, overrides, settings: { ...settings, keepStoppedMs: KEPT_MS }, sources },
  });
}

export async function simulateDirectory(
  directory: string,
  config: Config,
  options: SimulationOptions,
): Promise<Result<Simulated, readonly Problem[]>> {
  const { running, commit: next, assumptions, onProgress, signal } = options;
  const scene =
    running === null
      ? await sceneOfDirectories(directory, next, config)
      : await sceneOfFleet(directory, running);
  if (!scene.ok) return scene;
  const { start, commit, source, operation, warnings } = scene.value;
  const hosts = new Set([...commit.desired.hosts.keys(), ...hostsOf(start).map(({ id }) => id)]);
  const troubles = findTroubles(options, commit.desired, [...hosts], BOUND_MS);
  if (!troubles.ok) return troubles;
  const report = await dryRun({
    start,
    commit,
    source,
    ...troubles.value,
    assumptions,
    operation,
    boundMs: BOUND_MS,
    onProgress,
    signal,
  });
  return ok({ report, warnings });
}
