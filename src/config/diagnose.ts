// zod's issues about plimsoll.yaml → problems with their place in the file. No value is repeated: it may
// be a secret that somebody wrote in the wrong place.

import type { z } from 'zod';
import { type Problem, problem, type Span } from '../kernel/errors.ts';
import { nearest } from '../manifest/nearest.ts';
import { formatPath, type Path, type Positions, spanOfKey, spanOfValue } from '../manifest/position.ts';
import { keysAt } from './json-schema.ts';

/** A place in the file, by the path of a key. */
export type Locate = (path: Path, what?: 'key' | 'value') => Span;

export function locator(file: string, positions: Positions): Locate {
  return (path, what = 'value') =>
    what === 'key' ? spanOfKey(file, positions, path) : spanOfValue(file, positions, path);
}

/** A problem of the key at `path`, named in front of the message. */
export function problemAt(locate: Locate, path: Path, message: string, hint?: string): Problem {
  const where = formatPath(path);
  const text = where === '' ? message : `${where}: ${message}`;
  return problem('config/invalid', text, { span: locate(path), ...(hint === undefined ? {} : { hint }) });
}

export function diagnose(locate: Locate, issues: readonly z.core.$ZodIssue[]): readonly Problem[] {
  return issues
    .flatMap((issue): Problem[] => {
      const path = issue.path.map((part) => (typeof part === 'symbol' ? String(part) : part));
      switch (issue.code) {
        case 'unrecognized_keys':
          return issue.keys.map((key) => unknownKey(locate, path, key));
        case 'invalid_key':
          return [
            {
              ...problemAt(locate, path, issue.issues[0]?.message ?? 'is not allowed as a key'),
              span: locate(path, 'key'),
            },
          ];
        case 'custom': {
          const hint: unknown = issue.params?.['hint'];
          return [problemAt(locate, path, issue.message, typeof hint === 'string' ? hint : undefined)];
        }
        default:
          return [problemAt(locate, path, issue.message)];
      }
    })
    .sort(
      (a, b) => (a.span?.line ?? 0) - (b.span?.line ?? 0) || (a.span?.column ?? 0) - (b.span?.column ?? 0),
    );
}

function unknownKey(locate: Locate, path: Path, key: string): Problem {
  const meant = nearest(key, keysAt(path));
  return problem('config/invalid', `\`${formatPath([...path, key])}\` is not a known key`, {
    span: locate([...path, key], 'key'),
    hint: meant === null ? 'Remove the key or correct its spelling.' : `Did you mean \`${meant}\`?`,
  });
}
