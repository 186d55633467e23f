// Which ref of the repository is followed. Names are checked before they meet a server, a path or a
// program: a leading `-` would be an option, a `..` a way out of the refs folder.

import { type Problem, problem } from '../../kernel/errors.ts';
import { err, ok, type Result } from '../../kernel/result.ts';
import { printable } from './text.ts';

export interface SourceRef {
  readonly kind: 'branch' | 'tag';
  /** The short name: `main`, `v1.2`. */
  readonly name: string;
}

const NAME = /^[\p{L}\p{N}_][\p{L}\p{N}._/+@=#,-]{0,199}$/u;
const FORBIDDEN = [/\.\./, /\/\//, /@\{/, /(^|\/)\./, /\.lock(\/|$)/, /[./]$/];

/** `refs/heads/…` or `refs/tags/…`; `config/invalid` where the name is none that Plimsoll accepts. */
export function fullRefName(ref: SourceRef): Result<string, Problem> {
  if (!NAME.test(ref.name) || FORBIDDEN.some((pattern) => pattern.test(ref.name))) {
    return err(
      problem('config/invalid', `${printable(ref.name)} cannot be the name of a ${ref.kind} of a source`, {
        hint: 'Write the short name of a branch or tag: letters, digits and . _ / + @ = # , - inside it.',
      }),
    );
  }
  return ok(`refs/${ref.kind === 'branch' ? 'heads' : 'tags'}/${ref.name}`);
}

/** The components of a source's path inside the repository; none for its root. */
export function pathComponents(path: string): Result<readonly string[], Problem> {
  const components = path.split('/').filter((component) => component !== '' && component !== '.');
  if (path.startsWith('/') || path.includes('\\') || components.includes('..')) {
    return err(
      problem('config/invalid', `${printable(path)} is not a path inside the repository`, {
        hint: 'Write a plain relative path, for example `deploy/production`.',
      }),
    );
  }
  return ok(components);
}
