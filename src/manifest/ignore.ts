// `.plimsollignore`: which files of a source are no manifests. A subset of gitignore: one pattern per
// line; `#` begins a comment; `*`, `?` and `**`; a pattern with a slash (not at its end) counts from the
// directory of the file, one without a slash anywhere; a slash at the end means directories only.
// `!` (taking a file back in), `[…]` and `\` are refused instead of being read differently.

import { type Problem, problem } from '../kernel/errors.ts';
import { matchesPath } from './glob.ts';
import { LIMITS } from './limits.ts';

export const IGNORE_FILE = '.plimsollignore';
const MAX_PATTERNS = 500;

export interface IgnoreRules {
  /** Whether the path, or a directory it lies in, is named. */
  readonly ignores: (path: string) => boolean;
  readonly problems: readonly Problem[];
}

export const IGNORE_NOTHING: IgnoreRules = { ignores: () => false, problems: [] };

interface Pattern {
  readonly parts: readonly string[];
  readonly directoriesOnly: boolean;
}

/** Reads the rules; lines that are not understood are problems. */
export function parseIgnoreFile(file: string, text: string): IgnoreRules {
  const patterns: Pattern[] = [];
  const problems: Problem[] = [];
  text.split(/\r?\n/).forEach((raw, index) => {
    const line = raw.trim();
    if (line === '' || line.startsWith('#') || problems.length >= LIMITS.problems) return;
    const span = { file, line: index + 1, column: raw.length - raw.trimStart().length + 1 };
    if (line.length > 1024 || /^!|[[\]\\]/.test(line)) {
      problems.push(
        problem('manifest/unsupported', 'patterns with `!`, brackets or backslashes are not supported', {
          span,
          hint: 'Use names, `*`, `?` and `**`.',
        }),
      );
    } else if (patterns.length >= MAX_PATTERNS) {
      if (problems.some((one) => one.code === 'manifest/limit')) return;
      problems.push(problem('manifest/limit', `more than ${MAX_PATTERNS} patterns`, { span }));
    } else patterns.push(parsePattern(line));
  });
  return { ignores: (path) => ignoredBy(patterns, path), problems };
}

function parsePattern(line: string): Pattern {
  const directoriesOnly = line.endsWith('/');
  const body = directoriesOnly ? line.slice(0, -1) : line;
  const anchored = body.includes('/');
  const parts = body.replace(/^\//, '').split('/');
  return { parts: anchored ? parts : ['**', ...parts], directoriesOnly };
}

function ignoredBy(patterns: readonly Pattern[], path: string): boolean {
  const names = path.split('/');
  return patterns.some((pattern) => {
    const longest = pattern.directoriesOnly ? names.length - 1 : names.length;
    for (let length = 1; length <= longest; length += 1) {
      if (matchesPath(pattern.parts, names.slice(0, length))) return true;
    }
    return false;
  });
}
