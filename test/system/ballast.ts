// A disk without a free byte, as a runaway log makes it.

import { rmSync, statfsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const BLOCK = 4_096;

/** Fills what is left of the disk below a directory, which must be a small one; gives what frees it. */
export function fillDisk(directory: string): () => void {
  const file = join(directory, 'ballast');
  const { bavail, bsize } = statfsSync(directory);
  writeFileSync(file, Buffer.alloc(Math.max(BLOCK, bavail * bsize - BLOCK)));
  for (;;) {
    try {
      writeFileSync(file, Buffer.alloc(BLOCK), { flag: 'a' });
    } catch {
      return () => rmSync(file, { force: true });
    }
  }
}
