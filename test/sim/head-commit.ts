// The commit that is being tested: whoever tests it again tries the same part of what is too much for every
// time.

import { execFileSync } from 'node:child_process';

/** A fixed text where there is no Git repository. */
export function headCommit(): string {
  try {
    const options = { cwd: import.meta.dirname, encoding: 'utf8', stdio: 'pipe' } as const;
    return execFileSync('git', ['rev-parse', 'HEAD'], options).trim();
  } catch {
    return 'no commit';
  }
}
