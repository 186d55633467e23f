// The files that may be mutated, and which are left out: what only tells people about the fleet cannot break
// it, and no invariant is about it.

import { readSources, type SourceFile } from '../../architecture/source-file.ts';
import { ROOMS } from './mutant.ts';

/**
 * Files that only tell people what was decided elsewhere: nothing that they return comes back to a plan, to the
 * store or to a host. The phases of `status.ts` are not among them: `--wait`, and the simulator, go by those.
 */
const ONLY_TELLS: ReadonlySet<string> = new Set([
  'src/rollout/change.ts',
  'src/loop/commit-events.ts',
  'src/loop/doctor.ts',
  'src/loop/events.ts',
  'src/loop/fleet-copy.ts',
  'src/loop/inspection.ts',
  'src/loop/narrate.ts',
  'src/loop/obstacle.ts',
  'src/loop/published-ports.ts',
  'src/loop/source-status.ts',
  'src/loop/told-warnings.ts',
  'src/loop/why.ts',
]);

/** Every file of the rooms that decides or acts, as a syntax tree. */
export function mutableSources(root: string): readonly SourceFile[] {
  const files = readSources(
    root,
    ROOMS.map((room) => `src/${room}`),
  );
  const missing = [...ONLY_TELLS].filter((path) => !files.some((file) => file.path === path));
  if (missing.length > 0) throw new Error(`left out, but not there: ${missing.join(', ')}`);
  return files.filter((file) => !ONLY_TELLS.has(file.path));
}
