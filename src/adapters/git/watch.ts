// Tells when files of a directory have been saved, for `plimsoll dev DIR`. A hint only: whoever is told
// looks at the directory itself.

import { basename } from 'node:path';
import { watch } from 'chokidar';
import { isIgnored } from './directory-scan.ts';

/** Editors save in several steps (write beside, rename, delete); the hint comes when they are through. */
const SETTLE_MS = 120;
/** A directory that never rests is looked at all the same. */
const LONGEST_WAIT_MS = 2_000;

export interface DirectoryWatch {
  close(): Promise<void>;
}

/**
 * Resolves when watching has begun; a change after that is never missed. `onChange` is called once per
 * burst of changes, `onError` when changes may have been missed from now on.
 */
export async function watchDirectory(
  directory: string,
  onChange: () => void,
  onError: (error: unknown) => void,
): Promise<DirectoryWatch> {
  const watcher = watch(directory, {
    ignoreInitial: true,
    followSymlinks: false,
    ignored: (path) => path !== directory && isIgnored(basename(path)),
  });
  let settled: NodeJS.Timeout | undefined;
  let firstAtMs: number | null = null;
  const tell = () => {
    firstAtMs = null;
    onChange();
  };
  watcher.on('all', () => {
    firstAtMs ??= performance.now();
    clearTimeout(settled);
    const leftMs = LONGEST_WAIT_MS - (performance.now() - firstAtMs);
    settled = setTimeout(tell, Math.max(0, Math.min(SETTLE_MS, leftMs)));
  });
  watcher.on('error', onError);
  await new Promise<void>((resolve) => watcher.once('ready', resolve));
  return {
    async close() {
      clearTimeout(settled);
      await watcher.close();
    },
  };
}
