// An image from a root file system, made on the engine without a registry.

import { formatBytes } from '../../kernel/quantity.ts';
import type { DockerApi } from '../engine/docker-api.ts';
import type { RootFileSystem } from './root-file-system.ts';
import { tarOf } from './tar.ts';

/** What the engine knows the demo's images by; nobody can mistake the name for that of a real registry. */
export const LOCAL_REPOSITORY = 'localhost/example-shop';

const IMPORT_MS = 180_000;

export interface Import {
  readonly api: DockerApi;
  readonly say: (detail: string) => void;
  /** Where the engine keeps it. */
  readonly repository: string;
  readonly tag: string;
}

/** Resolves with the image's name. */
export async function importImage(
  { api, say, repository, tag }: Import,
  root: RootFileSystem,
): Promise<string> {
  let sent = 0;
  async function* counted(): AsyncGenerator<Uint8Array> {
    for await (const chunk of tarOf(root.entries)) {
      sent += chunk.length;
      say(`${formatBytes(sent)} of ${formatBytes(root.bytes)} imported`);
      yield chunk;
    }
  }
  const query = { fromSrc: '-', repo: repository, tag, changes: root.changes };
  const call = { method: 'POST', path: '/images/create', query, archive: counted() } as const;
  await api.sendWithProgress({ ...call, deadlineMs: IMPORT_MS }, () => say('the engine unpacks it'));
  return `${repository}:${tag}`;
}
