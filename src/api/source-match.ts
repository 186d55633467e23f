// Which sources a request means: by id, or by the repository as a Git hook on its machine knows it.

import { type Problem, problem } from '../kernel/errors.ts';
import type { SourceId } from '../kernel/ids.ts';
import { err, ok, type Result } from '../kernel/result.ts';
import { nearest } from '../manifest/nearest.ts';

export interface SourceAddress {
  readonly id: SourceId;
  /** As the configuration has it: an absolute path, `https://…`, `ssh://…` or `user@host:path`. */
  readonly url: string;
}

/** The path of an address, without what addresses of the same repository may differ in. */
function pathOf(address: string): string {
  const url = /^[a-z+]+:\/\/[^/]*(?<path>\/.*)$/.exec(address)?.groups?.['path'];
  const scp = /^[^/:]+@[^/:]+:(?<path>.*)$/.exec(address)?.groups?.['path'];
  const path = url ?? (scp === undefined ? address : `/${scp.replace(/^\/+/, '')}`);
  return path
    .replace(/\/+$/, '')
    .replace(/\/\.git$/, '')
    .replace(/\.git$/, '');
}

/**
 * A hook names its repository by a path of this machine, while the source may reach it by ssh or https:
 * then the paths are equal, or the source's is the end of it.
 */
function isSameRepository(source: string, repository: string): boolean {
  const [a, b] = [pathOf(source), pathOf(repository)];
  if (a === b) return true;
  const isRemote = source.includes('://') || /^[^/:]+@/.test(source);
  return isRemote && a.length > 1 && b.endsWith(a);
}

/** `command/not-found` where none fits. Without any wish: every source. */
export function sourcesOf(
  sources: readonly SourceAddress[],
  wish: { readonly source?: SourceId | undefined; readonly repository?: string | undefined },
): Result<readonly SourceId[], Problem> {
  const { source, repository } = wish;
  const chosen = sources.filter(
    ({ id, url }) =>
      (source === undefined || id === source) &&
      (repository === undefined || isSameRepository(url, repository)),
  );
  if (chosen.length > 0 || (source === undefined && repository === undefined))
    return ok(chosen.map((s) => s.id));
  const ids = sources.map((s) => s.id);
  const known = `The sources are: ${ids.join(', ')}.`;
  if (source === undefined)
    return err(
      problem('command/not-found', `no source follows the repository ${repository}`, { hint: known }),
    );
  const meant = nearest(source, ids);
  const hint = meant === null ? known : `Did you mean \`${meant}\`?`;
  return err(problem('command/not-found', `there is no source ${source}`, { hint }));
}
