// F14: whatever happens to the files of a store, opening it either refuses with a way to go on or
// serves exactly what was written. It never serves something else.

import {
  copyFileSync,
  existsSync,
  readFileSync,
  renameSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import { describe, expect, it } from 'vitest';
import type { SqliteStore } from '../../../src/adapters/sqlite/store.ts';
import { PlimsollError } from '../../../src/kernel/errors.ts';
import { auditEntry, mustWrite, openScratch, put, scratchPath, tryOpen } from './scratch-store.ts';

async function contentOf(store: SqliteStore): Promise<string> {
  const rows = await store.list('');
  const audit = await store.audit({ limit: 1_000 });
  const byObject = await store.audit({ limit: 1_000, object: 'service/shop/api' });
  const lease = await store.acquireLease('controller', 'probe', 1_000);
  return JSON.stringify({ rows, audit, byObject, lease: lease.ok ? lease.value.epoch : lease.error.code });
}

/** A closed store with rows (one of several pages), audit and a lease. */
async function filledStore(): Promise<{ readonly file: string; readonly content: string }> {
  const file = scratchPath();
  const store = await openScratch(file);
  const rows = Array.from({ length: 60 }, (_, index) =>
    put(`service/shop/s${index}`, `{"replicas":${index}}`),
  );
  await mustWrite(store, rows, [auditEntry('first')]);
  await mustWrite(store, [put('revision/1', JSON.stringify('0123456789'.repeat(2_000)))]);
  for (let index = 0; index < 20; index += 1) await mustWrite(store, [], [auditEntry(`entry ${index}`)]);
  await store.acquireLease('controller', 'probe', 1_000);
  const content = await contentOf(store);
  await store.close();
  return { file, content };
}

async function expectDamaged(file: string): Promise<string> {
  const opened = await tryOpen(file);
  expect(opened.ok ? 'opened' : opened.error.code).toBe('store/damaged');
  const hint = opened.ok ? '' : opened.error.hint;
  expect(hint).toContain(`${file}.id`);
  expect(hint).toContain('backup');
  return opened.ok ? '' : opened.error.message;
}

function change(file: string, sql: string): void {
  const db = new DatabaseSync(file);
  db.exec(sql);
  db.close();
}

describe('damaged files', () => {
  it('a flipped bit anywhere is refused, or changes nothing that is served', async () => {
    const { file, content } = await filledStore();
    const original = readFileSync(file);
    const marker = readFileSync(`${file}.id`);
    let refused = 0;
    let harmless = 0;
    // A prime step meets every part of header, pages and cells; each time another bit.
    for (let offset = 0; offset < original.length; offset += 211) {
      const bytes = Buffer.from(original);
      bytes[offset] = (bytes[offset] ?? 0) ^ (1 << (offset % 8));
      for (const suffix of ['-wal', '-shm']) rmSync(`${file}${suffix}`, { force: true });
      writeFileSync(file, bytes);
      writeFileSync(`${file}.id`, marker);
      const opened = await tryOpen(file);
      if (!opened.ok) {
        expect(['store/damaged', 'store/version', 'store/unavailable']).toContain(opened.error.code);
        refused += 1;
        continue;
      }
      const served = await contentOf(opened.value).catch((thrown: unknown) =>
        thrown instanceof PlimsollError ? thrown.problem.code : String(thrown),
      );
      await opened.value.close();
      expect([content, 'store/damaged'], `bit flip at ${offset}`).toContain(served);
      harmless += 1;
    }
    expect(refused).toBeGreaterThan(50);
    expect(harmless).toBeGreaterThan(0);
  });

  it.each([
    ['a value', "UPDATE entries SET value = '{\"replicas\":9}' WHERE key = 'service/shop/s3'"],
    ['a version', "UPDATE entries SET version = 1 WHERE key = 'revision/1'"],
    ['a key', "UPDATE entries SET key = 'service/shop/zz' WHERE key = 'service/shop/s3'"],
    ['a removed row', "DELETE FROM entries WHERE key = 'service/shop/s3'"],
    ['a lease', 'UPDATE leases SET epoch = 7'],
    ['a removed lease', 'DELETE FROM leases'],
    ['the store version', 'UPDATE state SET version = 1000000'],
    ['the state row', 'DELETE FROM state'],
    ['an audit entry', "UPDATE audit SET because = 'somebody else' WHERE sequence = 5"],
    ['a removed audit entry', 'DELETE FROM audit WHERE sequence = 5'],
    ['the newest audit entry removed', 'DELETE FROM audit WHERE sequence = 21'],
    ['the oldest audit entry removed', 'DELETE FROM audit WHERE sequence = 1'],
    ['a table', 'DROP TABLE leases'],
  ])('a change behind our back is found: %s', async (_, sql) => {
    const { file } = await filledStore();
    change(file, sql);
    await expectDamaged(file);
  });

  it.each([0.1, 0.5, 0.9])('a file cut off at %d of its length is refused', async (share) => {
    const { file } = await filledStore();
    truncateSync(file, Math.floor(readFileSync(file).length * share));
    await expectDamaged(file);
  });

  it('an emptied or missing file is no new store', async () => {
    const { file } = await filledStore();
    truncateSync(file, 0);
    expect(await expectDamaged(file)).toContain('missing or empty');
    rmSync(file);
    expect(await expectDamaged(file)).toContain('missing or empty');
    expect(existsSync(file)).toBe(false);
  });

  it('is a new store where nothing at all is left', async () => {
    const { file } = await filledStore();
    rmSync(file);
    rmSync(`${file}.id`);
    const store = await openScratch(file);
    expect(await store.list('')).toEqual([]);
    await store.close();
  });

  it('another store in its place is refused', async () => {
    const one = await filledStore();
    const other = await filledStore();
    renameSync(other.file, one.file);
    expect(await expectDamaged(one.file)).toContain('another store');
  });

  it('an older copy in its place is refused', async () => {
    const { file } = await filledStore();
    copyFileSync(file, `${file}.old`);
    const store = await openScratch(file);
    await mustWrite(store, [put('service/shop/s1', '{"replicas":0}')]);
    await store.close();
    copyFileSync(`${file}.old`, file);
    expect(await expectDamaged(file)).toContain('older copy');
  });

  it.each([
    ['rows', (store: SqliteStore) => mustWrite(store, [put('service/shop/s1', '{"replicas":0}')])],
    ['a lease', (store: SqliteStore) => store.acquireLease('controller', 'probe', 1_000)],
  ])('a lost write-ahead log is refused: acknowledged %s were in it', async (_, write) => {
    const { file } = await filledStore();
    const store = await openScratch(file);
    await write(store);
    // As after a crash: the files as they are while the store is open.
    const crashed = `${file}.crashed`;
    for (const suffix of ['', '.id']) copyFileSync(`${file}${suffix}`, `${crashed}${suffix}`);
    await store.close();
    expect(await expectDamaged(crashed)).toContain('write-ahead log');
  });

  it('a flipped bit in the write-ahead log of a crashed controller is refused, or changes nothing', async () => {
    const { file } = await filledStore();
    const store = await openScratch(file);
    for (let index = 0; index < 10; index += 1) {
      await mustWrite(
        store,
        [put(`service/shop/s${index}`, '{"replicas":0}')],
        [auditEntry(`late ${index}`)],
      );
    }
    const content = JSON.stringify([await store.list(''), await store.audit({ limit: 1_000 })]);
    // As after a crash: the files as they are while the store is open.
    const files = ['', '-wal', '.id'].map((suffix) => [suffix, readFileSync(`${file}${suffix}`)] as const);
    await store.close();
    const log = files.find(([suffix]) => suffix === '-wal')?.[1] ?? Buffer.alloc(0);
    expect(log.length).toBeGreaterThan(10_000);
    let refused = 0;
    for (let offset = 0; offset < log.length; offset += 997) {
      const crashed = `${file}.crashed`;
      rmSync(`${crashed}-shm`, { force: true });
      for (const [suffix, bytes] of files) writeFileSync(`${crashed}${suffix}`, bytes);
      const bytes = Buffer.from(log);
      bytes[offset] = (bytes[offset] ?? 0) ^ (1 << (offset % 8));
      writeFileSync(`${crashed}-wal`, bytes);
      const opened = await tryOpen(crashed);
      if (!opened.ok) {
        expect(opened.error.code).toBe('store/damaged');
        refused += 1;
        continue;
      }
      const served = JSON.stringify([
        await opened.value.list(''),
        await opened.value.audit({ limit: 1_000 }),
      ]);
      await opened.value.close();
      expect(served === content, `bit flip at ${offset} of the log`).toBe(true);
    }
    expect(refused).toBeGreaterThan(10);
  });

  it('a damaged marker is refused', async () => {
    const { file } = await filledStore();
    const text = readFileSync(`${file}.id`, 'utf8');
    writeFileSync(`${file}.id`, text.replace(/\d{16}/, '0000000000000001'));
    expect(await expectDamaged(file)).toContain('marker');
  });
});

describe('damage while the store is in use', () => {
  it('a row that is changed is not served, and nothing is written any more', async () => {
    const { file } = await filledStore();
    const store = await openScratch(file);
    change(file, "UPDATE entries SET value = '{}' WHERE key = 'service/shop/s3'");
    await expect(store.get('service/shop/s3')).rejects.toMatchObject({ problem: { code: 'store/damaged' } });
    await expect(store.get('service/shop/s4')).rejects.toMatchObject({ problem: { code: 'store/damaged' } });
    expect(await store.write([put('a', '1')])).toMatchObject({ ok: false, error: { code: 'store/damaged' } });
    expect(await store.acquireLease('controller', 'probe', 1_000)).toMatchObject({ ok: false });
    await store.close();
  });

  it.each([
    ['removed', (file: string) => rmSync(file)],
    [
      'replaced',
      (file: string) => {
        copyFileSync(file, `${file}.copy`);
        renameSync(`${file}.copy`, file);
      },
    ],
  ])('a file that is %s is noticed by the next write', async (_, disturb) => {
    const { file } = await filledStore();
    const store = await openScratch(file);
    disturb(file);
    expect(await store.write([put('a', '1')])).toMatchObject({
      ok: false,
      error: { code: 'store/damaged', message: expect.stringContaining('while in use') },
    });
    await store.close();
  });
});
