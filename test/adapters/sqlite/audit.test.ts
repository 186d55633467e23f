// The audit of the embedded store: bounded, and every change of it is found.

import { DatabaseSync } from 'node:sqlite';
import { describe, expect, it } from 'vitest';
import type { SqliteStore } from '../../../src/adapters/sqlite/store.ts';
import { auditEntry, mustWrite, openScratch, scratchPath, tryOpen } from './scratch-store.ts';

async function append(store: SqliteStore, count: number): Promise<void> {
  for (let done = 0; done < count; done += 50) {
    await mustWrite(
      store,
      [],
      Array.from({ length: Math.min(50, count - done) }, (_, index) =>
        auditEntry(`entry ${done + index + 1}`),
      ),
    );
  }
}

function tamper(file: string, sql: string): void {
  const db = new DatabaseSync(file);
  db.exec(sql);
  db.close();
}

describe('retention', () => {
  it('keeps at least what is configured, little more, and a chain that can be followed', async () => {
    const file = scratchPath();
    let store = await openScratch(file, { auditKeep: 200 });
    await append(store, 1_000);
    const kept = await store.audit({ limit: 10_000 });
    expect(kept.length).toBeGreaterThanOrEqual(200);
    expect(kept.length).toBeLessThan(260);
    expect(kept[0]).toMatchObject({ sequence: 1_000, because: 'entry 1000' });
    expect(await store.verifyAudit()).toEqual({ ok: true, value: { entries: kept.length } });
    await store.close();
    store = await openScratch(file, { auditKeep: 200 });
    await append(store, 1);
    expect((await store.audit({ limit: 1 }))[0]?.sequence).toBe(1_001);
    await store.close();
  });

  it('follows a smaller setting at the next write', async () => {
    const file = scratchPath();
    let store = await openScratch(file);
    await append(store, 500);
    await store.close();
    store = await openScratch(file, { auditKeep: 100 });
    await append(store, 1);
    expect(await store.audit({ limit: 10_000 })).toHaveLength(100);
    expect(await store.verifyAudit()).toEqual({ ok: true, value: { entries: 100 } });
    await store.close();
  });

  it('does not let the removed part be forged: the oldest entry is bound to the anchor', async () => {
    const file = scratchPath();
    const store = await openScratch(file, { auditKeep: 100 });
    await append(store, 300);
    const oldest = (await store.audit({ limit: 10_000 })).at(-1)?.sequence;
    await store.close();
    tamper(file, `DELETE FROM audit WHERE sequence = ${oldest}`);
    expect(await tryOpen(file)).toMatchObject({ ok: false, error: { code: 'store/damaged' } });
  });
});

describe('an old entry that was changed', () => {
  it('is found when it is read, and by following the whole chain', async () => {
    const file = scratchPath();
    let store = await openScratch(file);
    await append(store, 6_000);
    await store.close();
    // Opened once, so that everything was verified; then changed far behind the newest entries.
    store = await openScratch(file);
    await store.close();
    tamper(file, "UPDATE audit SET actor = 'nobody' WHERE sequence = 10");

    store = await openScratch(file);
    await expect(store.audit({ limit: 5, before: 12 })).rejects.toMatchObject({
      problem: { code: 'store/damaged', message: expect.stringContaining('entry 10') },
    });
    await store.close();
    store = await openScratch(file);
    expect(await store.verifyAudit()).toMatchObject({ ok: false, error: { code: 'store/damaged' } });
    await store.close();
  });

  it('is found at the next opening where it was written since the last one', async () => {
    const file = scratchPath();
    const store = await openScratch(file);
    await append(store, 6_000);
    await store.close();
    tamper(file, "UPDATE audit SET actor = 'nobody' WHERE sequence = 10");
    expect(await tryOpen(file)).toMatchObject({ ok: false, error: { code: 'store/damaged' } });
  });
});
