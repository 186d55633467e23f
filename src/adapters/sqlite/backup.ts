// A copy of a store in use: one file, complete, checked before it gets its name.

import { closeSync, fsyncSync, openSync, renameSync, rmSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { backup, DatabaseSync } from 'node:sqlite';
import { checkPages } from './integrity.ts';
import { syncDirectory } from './marker.ts';

/** All pages in one step, i.e. of one snapshot: between two steps a writer would make it start over. */
const ALL_PAGES = 2 ** 31 - 1;

function checkCopy(path: string): void {
  const copy = new DatabaseSync(path);
  try {
    // Without a write-ahead log the backup is a single file that can be copied around.
    copy.exec('PRAGMA journal_mode = DELETE');
    checkPages(copy);
  } finally {
    copy.close();
  }
}

/**
 * Writes a backup of the store at `path` to `target`, replacing what is there only when the new one is
 * whole. Reads through a connection of its own: on the writer's, each of its transactions would be in
 * the way.
 */
export async function writeBackup(path: string, target: string): Promise<{ readonly sizeBytes: number }> {
  const temporary = `${target}.${process.pid}.part`;
  rmSync(temporary, { force: true });
  closeSync(openSync(temporary, 'wx', 0o600));
  const reader = new DatabaseSync(path, { readOnly: true });
  try {
    await backup(reader, temporary, { rate: ALL_PAGES });
    checkCopy(temporary);
    const fd = openSync(temporary, 'r');
    fsyncSync(fd);
    closeSync(fd);
    const sizeBytes = statSync(temporary).size;
    renameSync(temporary, target);
    syncDirectory(dirname(target));
    return { sizeBytes };
  } finally {
    reader.close();
    for (const suffix of ['', '-wal', '-shm', '-journal']) rmSync(`${temporary}${suffix}`, { force: true });
  }
}
