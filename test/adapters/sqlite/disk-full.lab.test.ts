// F12: the disk of the controller is full. Nothing is acknowledged that is not stored, reading goes on,
// and the store works again by itself once space is free. Needs root: a small file system is mounted.

import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import type { SqliteStore } from '../../../src/adapters/sqlite/store.ts';
import { auditEntry, openScratch, put, tryOpen } from './scratch-store.ts';

const SIZE_BYTES = 4 * 1024 * 1024;

function smallFileSystem(): string {
  const directory = mkdtempSync(path.join(tmpdir(), 'plimsoll-full-'));
  execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${SIZE_BYTES}`, 'tmpfs', directory]);
  onTestFinished(() => {
    execFileSync('umount', ['-l', directory]);
    rmdirSync(directory);
  });
  return directory;
}

/** Takes all that is left; the returned function frees it. */
function fill(directory: string): () => void {
  const ballast = path.join(directory, 'ballast');
  for (let sizeBytes = SIZE_BYTES; sizeBytes >= 1; sizeBytes = Math.floor(sizeBytes / 2)) {
    try {
      writeFileSync(ballast, Buffer.alloc(sizeBytes), { flag: 'a' });
    } catch (thrown) {
      if (!(thrown instanceof Error && 'code' in thrown && thrown.code === 'ENOSPC')) throw thrown;
    }
  }
  return () => rmSync(ballast);
}

/** Writes until it is refused; returns the keys that were acknowledged and the refusal's code. */
async function writeUntilRefused(store: SqliteStore, prefix: string) {
  const acknowledged: string[] = [];
  const value = JSON.stringify('x'.repeat(1_000));
  for (let index = 0; index < 100_000; index += 1) {
    const key = `${prefix}/${index}`;
    const written = await store.write([put(key, value)], [auditEntry(key)]);
    if (!written.ok) return { acknowledged, code: written.error.code };
    acknowledged.push(key);
  }
  throw new Error('the disk never became full');
}

const keysOf = async (store: SqliteStore, prefix: string): Promise<string[]> =>
  (await store.list(prefix)).map((row) => row.key).sort();

describe('a full disk', () => {
  it('refuses writes with store/full, serves reads, and recovers when space is free', async () => {
    const directory = smallFileSystem();
    const file = path.join(directory, 'data', 'store.db');
    const store = await openScratch(file);
    const { acknowledged, code } = await writeUntilRefused(store, 'first');
    expect(code).toBe('store/full');
    expect(acknowledged.length).toBeGreaterThan(100);
    expect(await keysOf(store, 'first/')).toEqual([...acknowledged].sort());
    expect((await store.audit({ limit: 1 }))[0]?.because).toBe(acknowledged.at(-1));
    const lease = await store.acquireLease('controller', 'one', 1_000);
    expect(lease.ok || lease.error.code).toBe('store/full');
    expect(await store.backup(`${file}.backup`)).toMatchObject({ ok: false, error: { code: 'store/full' } });

    execFileSync('mount', ['-o', `remount,size=${2 * SIZE_BYTES}`, directory]);
    const second = await store.write([put('second', '1')]);
    expect(second.ok).toBe(true);
    expect((await store.acquireLease('controller', 'one', 1_000)).ok).toBe(true);
    await store.close();

    const again = await openScratch(file);
    expect(await keysOf(again, 'first/')).toEqual([...acknowledged].sort());
    expect(await again.get('second')).not.toBeNull();
    await again.close();
  });

  it('that fills while the store is closed makes opening say so, and damages nothing', async () => {
    const directory = smallFileSystem();
    const file = path.join(directory, 'data', 'store.db');
    const store = await openScratch(file);
    expect((await store.write([put('a', '1')], [auditEntry('a')])).ok).toBe(true);
    await store.close();
    const free = fill(directory);
    expect(await tryOpen(file)).toMatchObject({ ok: false, error: { code: 'store/full' } });
    free();
    const again = await openScratch(file);
    expect((await again.get('a'))?.value).toBe('1');
    await again.close();
  });

  it('at the very first start leaves nothing behind that hinders the next', async () => {
    const directory = smallFileSystem();
    const file = path.join(directory, 'data', 'store.db');
    const free = fill(directory);
    expect(await tryOpen(file)).toMatchObject({ ok: false, error: { code: 'store/full' } });
    free();
    const store = await openScratch(file);
    expect(await store.list('')).toEqual([]);
    await store.close();
  });
});
