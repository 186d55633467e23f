// A simulation that begins with what a running controller knows: its copy, and the directory in place of the
// newest commit of one of its sources.

import { openDirectory } from '../adapters/git/directory.ts';
import { resolveDesired } from '../desired/resolve.ts';
import { type Problem, problem } from '../kernel/errors.ts';
import type { SourceId } from '../kernel/ids.ts';
import { err, ok, type Result } from '../kernel/result.ts';
import { type CopiedSource, type FleetCopy, type WholeCommit, wholeCommit } from '../loop/fleet-copy.ts';
import type { Candidate } from '../loop/source-watcher.ts';
import { GivenSource } from '../sim/dry-run/given-source.ts';
import type { Manifests, Start } from '../sim/dry-run/request.ts';
import { emptyDirectory, readCandidate } from './directory.ts';

/** The commit in force, from its copied files. */
function copiedCommit({ head, files }: CopiedSource): WholeCommit | null {
  if (head === null) return null;
  const contents = files.map((file) => ({ ...file, bytes: Buffer.from(file.contentBase64, 'base64') }));
  return {
    tree: {
      head,
      tree: head.commit,
      files: contents.map(({ path, blob, bytes }) => ({ path, blob, sizeBytes: bytes.length })),
    },
    blobs: new Map(contents.map(({ blob, bytes }) => [blob, new Uint8Array(bytes)])),
  };
}

/** The source that is named, or the only one. */
function chooseSource(sources: readonly CopiedSource[], name: string | null): Result<CopiedSource, Problem> {
  const names = sources.map(({ id }) => id).join(', ');
  const found = sources.find(({ id }) => id === name);
  if (found !== undefined) return ok(found);
  const [only, other] = sources;
  if (name === null && only !== undefined && other === undefined) return ok(only);
  const hint = `Name with --source the one that the directory is pushed to: ${names}.`;
  return err(
    name === null
      ? problem('command/usage', `the controller has ${sources.length} sources`, { hint })
      : problem('command/not-found', `the controller has no source ${name}`, { hint }),
  );
}

async function candidateOf(source: CopiedSource, commit: WholeCommit): Promise<Result<Candidate, Problem>> {
  const git = new GivenSource();
  git.push(commit);
  return readCandidate({ ...source, git });
}

interface SimulatedFleet {
  readonly start: Start;
  readonly source: SourceId;
  readonly commit: Manifests;
  readonly warnings: readonly Problem[];
}

/** The directory is checked together with what the other sources have in force. */
export async function simulatedFleet(
  directory: string,
  fleet: FleetCopy,
  sourceName: string | null,
): Promise<Result<SimulatedFleet, readonly Problem[]>> {
  const source = chooseSource(fleet.sources, sourceName);
  if (!source.ok) return err([source.error]);
  const path = directory === '.' ? '' : directory;
  const options = { ...source.value, path, git: openDirectory(directory) };
  const pushed = await readCandidate(options);
  if (!pushed.ok) return err([pushed.error]);
  if (pushed.value.problems.length > 0) return err(pushed.value.problems);
  const commits = new Map<SourceId, WholeCommit>();
  const candidates = [pushed.value];
  for (const other of fleet.sources) {
    const commit = copiedCommit(other);
    if (commit === null) continue;
    commits.set(other.id, commit);
    if (other.id === source.value.id) continue;
    const candidate = await candidateOf(other, commit);
    if (!candidate.ok) return err([candidate.error]);
    candidates.push(candidate.value);
  }
  const resolved = resolveDesired({
    sources: candidates.map(({ source: id, head, documents, files }) => ({
      id,
      fleet: fleet.sources.some((s) => s.id === id && s.fleet),
      commit: head.commit,
      documents,
      files,
    })),
    overrides: fleet.overrides,
  });
  if (!resolved.ok) return err(resolved.error);
  const { desired, warnings } = resolved.value;
  const commit = await wholeCommit(options.git, pushed.value);
  if (!commit.ok) return err([commit.error]);
  return ok({
    start: { kind: 'fleet', fleet, commits },
    source: source.value.id,
    commit: { commit: commit.value, desired },
    warnings: [...emptyDirectory(pushed.value, directory), ...warnings],
  });
}
