// The embedded store: the contract of all stores, and what is its own: files, formats, owners, backups.

import { mkdirSync, readdirSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { describe, expect, it } from 'vitest';
import { ControllerId } from '../../../src/kernel/ids.ts';
import type { Clock } from '../../../src/ports/clock.ts';
import type { StoreUnderTest } from '../../conformance/store.ts';
import { storeConformance } from '../../conformance/store.ts';
import { auditEntry, mustWrite, openScratch, put, scratchPath, tryOpen } from './scratch-store.ts';

storeConformance('the embedded store', async (clock: Clock) => {
  const file = scratchPath();
  const open = async (): Promise<StoreUnderTest> => {
    const store = await openScratch(file, { clock });
    return {
      store,
      reopen: async () => {
        await store.close();
        return open();
      },
      dispose: () => store.close(),
    };
  };
  return open();
});

const modeOf = (file: string): string => (statSync(file).mode & 0o777).toString(8);

describe('files', () => {
  it('are readable for the owner alone, their directory too', async () => {
    const file = scratchPath();
    const store = await openScratch(file);
    await mustWrite(store, [put('a', '1')]);
    const directory = path.dirname(file);
    expect(modeOf(directory)).toBe('700');
    expect(readdirSync(directory).map((name) => [name, modeOf(path.join(directory, name))])).toEqual([
      ['store.db', '600'],
      ['store.db-shm', '600'],
      ['store.db-wal', '600'],
      ['store.db.id', '600'],
    ]);
    await store.close();
  });

  it('lose too wide a mode when they are opened', async () => {
    const file = scratchPath();
    mkdirSync(path.dirname(file), { recursive: true });
    writeFileSync(file, '', { mode: 0o644 });
    const store = await openScratch(file);
    expect(modeOf(file)).toBe('600');
    await store.close();
  });

  it('are durable at each commit: write-ahead log, synchronous FULL', async () => {
    const file = scratchPath();
    const store = await openScratch(file);
    await mustWrite(store, [put('a', '1')]);
    const reader = new DatabaseSync(file, { readOnly: true });
    expect(reader.prepare('PRAGMA journal_mode').get()).toEqual({ journal_mode: 'wal' });
    reader.close();
    await store.close();
  });
});

describe('what is no store of this controller is refused', () => {
  it('a store of another controller id', async () => {
    const file = scratchPath();
    await (await openScratch(file)).close();
    const opened = await tryOpen(file, { controllerId: ControllerId.parse('other') });
    expect(opened).toMatchObject({
      ok: false,
      error: { code: 'config/invalid', hint: expect.stringContaining('controller.id to main') },
    });
  });

  it('a store of a newer version of Plimsoll, without touching it', async () => {
    const file = scratchPath();
    await (await openScratch(file)).close();
    const db = new DatabaseSync(file);
    db.exec('PRAGMA user_version = 99');
    db.close();
    expect(await tryOpen(file)).toMatchObject({ ok: false, error: { code: 'store/version' } });
    const again = new DatabaseSync(file);
    again.exec('PRAGMA user_version = 1');
    again.close();
    expect((await tryOpen(file)).ok).toBe(true);
  });

  it.each([
    ['text', 'this is not a database, but it has some length '.repeat(100)],
    ['a few bytes', 'SQLite'],
  ])('a file with %s', async (_, content) => {
    const file = scratchPath();
    mkdirSync(path.dirname(file), { recursive: true });
    writeFileSync(file, content);
    expect(await tryOpen(file)).toMatchObject({ ok: false, error: { code: 'store/damaged' } });
  });

  it('a database of another program', async () => {
    const file = scratchPath();
    mkdirSync(path.dirname(file), { recursive: true });
    const db = new DatabaseSync(file);
    db.exec('CREATE TABLE things (a TEXT)');
    db.close();
    expect(await tryOpen(file)).toMatchObject({ ok: false, error: { code: 'store/damaged' } });
  });

  it('a path that is a directory, or below a file', async () => {
    const file = scratchPath();
    mkdirSync(file, { recursive: true });
    expect(await tryOpen(file)).toMatchObject({ ok: false, error: { code: 'store/unavailable' } });
    const plain = `${file}.txt`;
    writeFileSync(plain, '');
    expect(await tryOpen(path.join(plain, 'store.db'))).toMatchObject({
      ok: false,
      error: { code: 'store/unavailable' },
    });
  });
});

describe('backup', () => {
  it('is one file, for the owner alone, with everything that was written before', async () => {
    const file = scratchPath();
    const store = await openScratch(file);
    await mustWrite(store, [put('a', '1'), put('b', '2')], [auditEntry('kept')]);
    const target = path.join(path.dirname(file), 'backup', 'copy.db');
    mkdirSync(path.dirname(target));
    const written = await store.backup(target);
    expect(written).toEqual({ ok: true, value: { sizeBytes: statSync(target).size } });
    expect(modeOf(target)).toBe('600');
    expect(readdirSync(path.dirname(target))).toEqual(['copy.db']);
    await store.close();

    const copy = await openScratch(target);
    expect((await copy.list('')).map((row) => row.key)).toEqual(['a', 'b', 'store/restored']);
    expect((await copy.audit({ limit: 5 })).map((item) => item.because)).toEqual(['kept']);
    await copy.close();
  });

  it('is consistent while writes go on, and the store goes on while it runs', async () => {
    const file = scratchPath();
    const store = await openScratch(file);
    const value = JSON.stringify('x'.repeat(2_000));
    for (let index = 0; index < 20; index += 1) {
      await mustWrite(
        store,
        Array.from({ length: 100 }, (_, row) => put(`bulk/${index}/${row}`, value)),
      );
    }
    const target = `${file}.backup`;
    const running = store.backup(target);
    // Both halves are written in one transaction: a consistent copy has equal ones.
    for (let index = 0; index < 200; index += 1) {
      await mustWrite(store, [put('half/1', `${index}`), put('half/2', `${index}`)]);
      if (index % 20 === 0) await new Promise((resolve) => setImmediate(resolve));
    }
    expect(await running).toMatchObject({ ok: true });
    await store.close();
    const copy = await openScratch(target);
    expect((await copy.get('half/1'))?.value).toBe((await copy.get('half/2'))?.value);
    expect(await copy.list('bulk/')).toHaveLength(2_000);
    await copy.close();
  });

  it('says why it failed, leaves the last backup alone, and the store works on', async () => {
    const file = scratchPath();
    const store = await openScratch(file);
    await mustWrite(store, [put('a', '1')]);
    expect(await store.backup('/proc/nowhere/copy.db')).toMatchObject({
      ok: false,
      error: { code: 'store/unavailable' },
    });
    await mustWrite(store, [put('b', '1')]);
    await store.close();
  });

  it('restored on purpose is taken, and says so in a row of its own', async () => {
    const file = scratchPath();
    const store = await openScratch(file);
    await mustWrite(store, [put('a', 'old')]);
    await store.backup(`${file}.backup`);
    await mustWrite(store, [put('a', 'new')]);
    await store.close();
    for (const name of [file, `${file}.id`]) rmSync(name);
    renameSync(`${file}.backup`, file);
    const restored = await openScratch(file);
    expect((await restored.get('a'))?.value).toBe('old');
    expect(await restored.get('store/restored')).not.toBeNull();
    await mustWrite(restored, [{ kind: 'delete', key: 'store/restored' }]);
    await restored.close();
    const again = await openScratch(file);
    expect(await again.get('store/restored')).toBeNull();
    await again.close();
  });
});
