// The disk under an engine's data root, to be filled up by a test. Only a small disk of its own can be filled:
// the lab never fills the machine's.

import { closeSync, openSync, rmSync, writeSync } from 'node:fs';
import { join } from 'node:path';

export interface Disk {
  /** Leaves no free byte, as a runaway log does. */
  fill(): void;
  /** Removes what fill() wrote. */
  free(): void;
}

export function smallDisk(dataRoot: string, sizeMiB: number): Disk {
  const ballast = join(dataRoot, 'ballast');
  return {
    fill() {
      const file = openSync(ballast, 'a');
      try {
        writeUntilFull(file, sizeMiB);
      } finally {
        closeSync(file);
      }
    },
    free() {
      rmSync(ballast, { force: true });
    },
  };
}

export function plainDisk(host: string): Disk {
  const refuse = () => {
    throw new Error(`${host} has no disk of its own: start the lab with { diskMiB } to fill it`);
  };
  return { fill: refuse, free: refuse };
}

function writeUntilFull(file: number, sizeMiB: number): void {
  // Small blocks in the end, to leave no gap that a small file would fit in.
  for (const block of [Buffer.alloc(1 << 20), Buffer.alloc(1 << 12)]) {
    for (let blocks = 0; blocks <= sizeMiB * 256; blocks++) {
      if (!writeFits(file, block)) break;
    }
  }
}

function writeFits(file: number, block: Buffer): boolean {
  try {
    return writeSync(file, block) === block.length;
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOSPC') return false;
    throw error;
  }
}
