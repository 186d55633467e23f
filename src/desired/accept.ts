// Acceptance per source: a commit that cannot be accepted leaves the last good one of its source in
// force, and the other sources go on.

import type { Problem } from '../kernel/errors.ts';
import type { SourceId } from '../kernel/ids.ts';
import { err, ok, type Result } from '../kernel/result.ts';
import { ResolutionCache } from './cache.ts';
import type { Fault, FleetOverrides, SourceDocuments } from './input.ts';
import { type Resolution, resolveWithFaults } from './resolve.ts';

export interface Candidate {
  readonly id: SourceId;
  /** The newest commit, or the problems that reading it gave. */
  readonly newest: Result<SourceDocuments, readonly Problem[]>;
  /** The commit in force; null where none was ever accepted. May be the newest one. */
  readonly lastGood: SourceDocuments | null;
}

export interface Acceptance extends Resolution {
  /** By source: why its newest commit is not in force. Sources that are not here were accepted. */
  readonly refused: ReadonlyMap<SourceId, readonly Problem[]>;
}

/**
 * Resolves the newest commit of every source that can be accepted, with the last good one of those that
 * cannot. A source without a last good commit contributes nothing. Errors where not even the commits in
 * force fit together, which happens only when the configuration or the version has changed.
 */
export function acceptSources(
  candidates: readonly Candidate[],
  overrides: FleetOverrides = {},
  cache: ResolutionCache = new ResolutionCache(),
): Result<Acceptance, readonly Problem[]> {
  const refused = new Map<SourceId, readonly Problem[]>();
  for (const { id, newest } of candidates) if (!newest.ok) refused.set(id, newest.error);
  // Each round refuses at least one more source, so there are at most as many rounds as sources.
  for (;;) {
    const sources = candidates.flatMap((candidate) => inForce(candidate, refused.has(candidate.id)) ?? []);
    const { resolution, faults } = resolveWithFaults({ sources, overrides }, cache);
    if (faults.length === 0) return ok({ ...resolution, refused });
    const changed = candidates.filter((one) => !refused.has(one.id) && isChange(one)).map((one) => one.id);
    const guilty = changed.filter((id) => faults.some((fault) => fault.sources.includes(id)));
    // A fault in a source that did not change comes from the change of another one.
    const toRefuse = guilty.length > 0 ? guilty : changed;
    if (toRefuse.length === 0) return err(faults.map((fault) => fault.problem));
    for (const id of toRefuse) refused.set(id, problemsOf(id, faults));
  }
}

const inForce = (candidate: Candidate, isRefused: boolean): SourceDocuments | null =>
  candidate.newest.ok && !isRefused ? candidate.newest.value : candidate.lastGood;

const isChange = (candidate: Candidate): boolean =>
  candidate.newest.ok && candidate.newest.value.commit !== candidate.lastGood?.commit;

function problemsOf(id: SourceId, faults: readonly Fault[]): readonly Problem[] {
  const own = faults.filter((fault) => fault.sources.includes(id));
  return (own.length > 0 ? own : faults).map((fault) => fault.problem);
}
