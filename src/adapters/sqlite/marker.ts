// A small file beside the store that remembers which store lies there and how far it had come. A store
// that is missing, empty, another one or older than the marker was lost or exchanged behind our back:
// serving it would forget quarantines and approvals, so opening refuses.
//
// The version in it is a lower bound. It is overwritten in place after each commit, without waiting for
// the disk: after a crash of the process it is exact, after a power failure it may lag behind.

import { closeSync, fsyncSync, linkSync, openSync, readFileSync, rmSync, writeSync } from 'node:fs';
import { dirname } from 'node:path';
import { sha256 } from '../../kernel/canonical.ts';
import { StoreDamage } from './failure.ts';

export interface Marker {
  readonly storeId: string;
  readonly version: number;
}

/** A reader may meet another process in the middle of its overwriting; real damage stays. */
const READ_ATTEMPTS = 5;
const LINE = /^(plimsoll-store ([0-9a-f-]{36}) (\d{16})) ([0-9a-f]{16})\n$/;

export const markerPath = (storePath: string): string => `${storePath}.id`;

function markerLine(marker: Marker): string {
  const content = `plimsoll-store ${marker.storeId} ${String(marker.version).padStart(16, '0')}`;
  return `${content} ${sha256(content).slice(0, 16)}\n`;
}

function parseMarker(text: string): Marker | null {
  const [, content = '', storeId = '', version = '', sum = ''] = LINE.exec(text) ?? [];
  return sha256(content).slice(0, 16) === sum ? { storeId, version: Number(version) } : null;
}

/** Null where there is none. */
export function readMarker(storePath: string): Marker | null {
  for (let attempt = 0; attempt < READ_ATTEMPTS; attempt += 1) {
    let text: string;
    try {
      text = readFileSync(markerPath(storePath), 'utf8');
    } catch (thrown) {
      if (thrown instanceof Error && 'code' in thrown && thrown.code === 'ENOENT') return null;
      throw thrown;
    }
    const marker = parseMarker(text);
    if (marker !== null) return marker;
  }
  throw new StoreDamage(`its marker ${markerPath(storePath)} is unreadable`);
}

/** Makes a new name or a removed one in the directory survive a power failure. */
export function syncDirectory(directory: string): void {
  const fd = openSync(directory, 'r');
  try {
    fsyncSync(fd);
  } finally {
    closeSync(fd);
  }
}

/** Makes the marker where there is none. */
export function createMarker(storePath: string, marker: Marker): void {
  const temporary = `${markerPath(storePath)}.${process.pid}.new`;
  const fd = openSync(temporary, 'w', 0o600);
  try {
    writeSync(fd, markerLine(marker), 0);
    fsyncSync(fd);
  } finally {
    closeSync(fd);
  }
  try {
    // Unlike a renaming, a link never replaces the marker of a process that was faster.
    linkSync(temporary, markerPath(storePath));
  } catch (thrown) {
    if (!(thrown instanceof Error && 'code' in thrown && thrown.code === 'EEXIST')) throw thrown;
  } finally {
    rmSync(temporary);
  }
  syncDirectory(dirname(storePath));
}

export class MarkerFile {
  readonly #fd: number;
  readonly #storeId: string;

  constructor(storePath: string, storeId: string) {
    this.#fd = openSync(markerPath(storePath), 'r+');
    this.#storeId = storeId;
  }

  /** Call after the commit of `version`, never before. */
  record(version: number): void {
    try {
      writeSync(this.#fd, markerLine({ storeId: this.#storeId, version }), 0);
    } catch {
      // The commit is already acknowledged by the disk, and a lower bound that stays low is still true.
    }
  }

  close(): void {
    try {
      fsyncSync(this.#fd);
    } catch {
      // As above.
    }
    closeSync(this.#fd);
  }
}
