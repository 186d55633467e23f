// An image from the public registry, where that can be reached within a few seconds.

import { formatBytes } from '../../kernel/quantity.ts';
import type { DockerApi, ProgressLine } from '../engine/docker-api.ts';

const REGISTRY = 'https://registry-1.docker.io/v2/';
const REACH_MS = 3_000;
const PULL_MS = 300_000;

/** Any answer will do: without a login it is 401. */
async function isRegistryReachable(): Promise<boolean> {
  try {
    const response = await fetch(REGISTRY, { signal: AbortSignal.timeout(REACH_MS) });
    await response.body?.cancel();
    return response.status === 200 || response.status === 401;
  } catch {
    return false;
  }
}

/** Sums up the layers that a pull reports one by one. */
function pullProgress(say: (detail: string) => void): (line: ProgressLine) => void {
  const layers = new Map<string, number>();
  return ({ id, status, progressDetail }) => {
    if (id !== undefined && status === 'Downloading') layers.set(id, progressDetail?.current ?? 0);
    const bytes = [...layers.values()].reduce((sum, one) => sum + one, 0);
    if (bytes > 0) say(`${formatBytes(bytes)} pulled`);
  };
}

export type Pulled = { readonly ok: true } | { readonly ok: false; readonly because: string };

/** `image`: `docker.io/NAME:TAG`. */
export async function pullImage(
  api: DockerApi,
  image: string,
  say: (detail: string) => void,
): Promise<Pulled> {
  say('asks docker.io');
  if (!(await isRegistryReachable())) return { ok: false, because: 'docker.io does not answer' };
  const at = image.lastIndexOf(':');
  const query = { fromImage: image.slice(0, at), tag: image.slice(at + 1) };
  try {
    const call = { method: 'POST', path: '/images/create', query, deadlineMs: PULL_MS } as const;
    await api.sendWithProgress(call, pullProgress(say));
    return { ok: true };
  } catch (error) {
    // A rate limit, or a proxy that the engine does not know of.
    return {
      ok: false,
      because: `docker.io cannot be used (${error instanceof Error ? error.message : error})`,
    };
  }
}
