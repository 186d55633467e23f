// A directory of manifests read like a commit: what `validate`, `plan`, `apply` and `dev` work on.

import { systemClock, systemRandom } from '../adapters/clock/system.ts';
import { openDirectory } from '../adapters/git/directory.ts';
import type { DirectoryReading } from '../cli/runtime.ts';
import type { Config } from '../config/config.ts';
import { resolveDesired } from '../desired/resolve.ts';
import { type Problem, problem } from '../kernel/errors.ts';
import { SourceId } from '../kernel/ids.ts';
import { err, ok, type Result } from '../kernel/result.ts';
import { type Candidate, type SourceOptions, SourceWatcher } from '../loop/source-watcher.ts';

/** A directory that changes is looked at by its watcher; this is only the net below. */
const POLL_MS = 3_600_000;

/** With one source configured the directory stands for it, so that it is the same services' owner. */
export function directorySource(directory: string, config: Config | null): SourceOptions {
  const only = config?.sources.length === 1 ? config.sources[0] : undefined;
  return {
    id: only?.id ?? SourceId.parse('directory'),
    fleet: true,
    git: openDirectory(directory),
    isDirectory: true,
    path: directory === '.' ? '' : directory,
    pollMs: POLL_MS,
    forcePush: 'follow',
    prune: only?.prune ?? 'correct',
    selfHeal: only?.selfHeal ?? 'correct',
    governor: only?.governor ?? { percent: 20, min: 5 },
  };
}

/** Reads the directory once. */
export async function readCandidate(source: SourceOptions): Promise<Result<Candidate, Problem>> {
  let found: Result<Candidate, Problem> | null = null;
  const watcher = new SourceWatcher(source, systemClock, systemRandom, {
    onCandidate: async (candidate) => {
      found = ok(candidate);
    },
    hadPath: () => false,
    onProblem: (problem) => {
      if (problem !== null) found = err(problem);
    },
  });
  await watcher.sync();
  await watcher.stop();
  if (found === null) throw new Error('a directory was read without any result');
  return found;
}

/** What is probably not what was meant. */
export function emptyDirectory(candidate: Candidate, directory: string): readonly Problem[] {
  if (candidate.documents.length > 0) return [];
  const hint = 'Name the directory that has them: files that end in .yaml or .yml.';
  return [problem('source/empty', `there are no manifests in ${directory}`, { hint })];
}

export function resolveCandidate(
  candidate: Candidate,
  directory: string,
  config: Config | null,
): DirectoryReading {
  if (candidate.problems.length > 0) return { desired: null, problems: candidate.problems, warnings: [] };
  const { source, head, documents, files } = candidate;
  const resolved = resolveDesired({
    sources: [{ id: source, fleet: true, commit: head.commit, documents, files }],
    overrides: config?.overrides ?? {},
  });
  return resolved.ok
    ? {
        desired: resolved.value.desired,
        problems: [],
        warnings: [...emptyDirectory(candidate, directory), ...resolved.value.warnings],
      }
    : { desired: null, problems: resolved.error, warnings: [] };
}

export async function readDirectory(directory: string, config: Config | null): Promise<DirectoryReading> {
  const candidate = await readCandidate(directorySource(directory, config));
  if (!candidate.ok) return { desired: null, problems: [candidate.error], warnings: [] };
  return resolveCandidate(candidate.value, directory, config);
}
