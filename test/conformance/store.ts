// What every Store must do, whatever it is made of. The embedded store and the simulated one run the
// same table, so that a simulation may be believed.

import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { canonicalJson, sha256 } from '../../src/kernel/canonical.ts';
import { instant } from '../../src/kernel/time.ts';
import type { Clock } from '../../src/ports/clock.ts';
import type { AuditEntry, Lease, Store, StoreWrite } from '../../src/ports/store.ts';
import { StoreClock } from './store-clock.ts';

export interface StoreUnderTest {
  readonly store: Store;
  /** The same store after a restart of its process; the object from before is not used any more. */
  reopen(): Promise<StoreUnderTest>;
  /** Frees everything that the test made. */
  dispose(): Promise<void>;
}

export type OpenStoreUnderTest = (clock: Clock) => Promise<StoreUnderTest>;

const put = (key: string, value: string, expect?: number | null): StoreWrite => ({
  kind: 'put',
  key,
  value,
  ...(expect === undefined ? {} : { expect }),
});

const entry = (object: string, because = 'the commit says so'): AuditEntry => ({
  at: instant(1_767_225_600_000),
  actor: 'controller',
  event: 'action/start',
  object,
  because,
  details: '{"attempt":1}',
});

async function mustWrite(store: Store, writes: readonly StoreWrite[], audit: readonly AuditEntry[] = []) {
  const written = await store.write(writes, audit);
  if (!written.ok) throw new Error(written.error.message);
  return written.value.version;
}

async function mustAcquire(store: Store, holder: string, ttlMs = 10_000): Promise<Lease> {
  const lease = await store.acquireLease('controller', holder, ttlMs);
  if (!lease.ok) throw new Error(lease.error.message);
  return lease.value;
}

const codeOf = (result: { readonly ok: boolean; readonly error?: { readonly code: string } }): string =>
  result.ok ? 'ok' : (result.error?.code ?? '');

interface Fixture {
  current: StoreUnderTest;
  readonly clock: StoreClock;
}

export function storeConformance(name: string, open: OpenStoreUnderTest): void {
  describe(`${name} keeps the contract of a store`, () => {
    const opened: Fixture[] = [];
    const fixture = (): Fixture => {
      const last = opened.at(-1);
      if (last === undefined) throw new Error('no store was opened');
      return last;
    };
    beforeEach(async () => {
      const clock = new StoreClock();
      opened.push({ current: await open(clock), clock });
    });
    afterEach(async () => {
      await opened.pop()?.current.dispose();
    });
    describeRows(fixture);
    describeExpectations(fixture);
    describeWatch(fixture);
    describeAudit(fixture);
    describeLeases(fixture);
    describeFencing(fixture);
  });
}

function describeRows(fixture: () => Fixture): void {
  describe('rows', () => {
    it('has none at first', async () => {
      const { store } = fixture().current;
      expect(await store.get('service/shop/api')).toBeNull();
      expect(await store.list('')).toEqual([]);
    });

    it('gives back what was put, with the version of its write', async () => {
      const { store } = fixture().current;
      const value = JSON.stringify({ name: 'Ünïcode \u{1F433} "quoted"\n', list: [1, 2.5, null, true] });
      const version = await mustWrite(store, [put('service/shop/api', value)]);
      expect(await store.get('service/shop/api')).toEqual({ key: 'service/shop/api', value, version });
    });

    it('lists by prefix in the order of the keys', async () => {
      const { store } = fixture().current;
      const keys = ['service/b', 'service/a', 'service/a/1', 'service-x', 'servicf', 'a', 'service/~'];
      await mustWrite(
        store,
        keys.map((key) => put(key, '1')),
      );
      const listed = await store.list('service/');
      expect(listed.map((row) => row.key)).toEqual(['service/a', 'service/a/1', 'service/b', 'service/~']);
      expect(await store.list('')).toHaveLength(keys.length);
      expect(await store.list('service/zzz')).toEqual([]);
    });

    it('takes no special meaning from %, _ and * in a prefix', async () => {
      const { store } = fixture().current;
      await mustWrite(store, [put('a%b', '1'), put('aXb', '2'), put('a_b', '3'), put('a*b', '4')]);
      expect((await store.list('a%')).map((row) => row.key)).toEqual(['a%b']);
      expect((await store.list('a_')).map((row) => row.key)).toEqual(['a_b']);
    });

    it('raises the version with every write, and gives all rows of one write the same', async () => {
      const { store } = fixture().current;
      const first = await mustWrite(store, [put('a', '1'), put('b', '1')]);
      const second = await mustWrite(store, [put('b', '2')]);
      expect(second).toBeGreaterThan(first);
      expect((await store.list('')).map((row) => [row.key, row.version])).toEqual([
        ['a', first],
        ['b', second],
      ]);
    });

    it('forgets what was deleted, and does not mind deleting nothing', async () => {
      const { store } = fixture().current;
      await mustWrite(store, [put('a', '1')]);
      await mustWrite(store, [
        { kind: 'delete', key: 'a' },
        { kind: 'delete', key: 'never-there' },
      ]);
      expect(await store.get('a')).toBeNull();
    });

    it('survives a restart with rows and versions', async () => {
      const before = fixture().current.store;
      await mustWrite(before, [put('a', '1')]);
      const version = await mustWrite(before, [put('b', '{"x":2}')], [entry('service/shop/api')]);
      fixture().current = await fixture().current.reopen();
      const { store } = fixture().current;
      expect(await store.get('b')).toEqual({ key: 'b', value: '{"x":2}', version });
      expect(await store.audit({ limit: 10 })).toHaveLength(1);
      expect(await mustWrite(store, [put('c', '3')])).toBeGreaterThan(version);
    });
  });
}

function describeExpectations(fixture: () => Fixture): void {
  describe('compare-and-swap', () => {
    it('creates only where nothing is, when null is expected', async () => {
      const { store } = fixture().current;
      await mustWrite(store, [put('a', '1', null)]);
      expect(codeOf(await store.write([put('a', '2', null)]))).toBe('store/conflict');
      expect((await store.get('a'))?.value).toBe('1');
    });

    it('replaces and deletes only the version that is expected', async () => {
      const { store } = fixture().current;
      const old = await mustWrite(store, [put('a', '1')]);
      const now = await mustWrite(store, [put('a', '2', old)]);
      expect(codeOf(await store.write([put('a', '3', old)]))).toBe('store/conflict');
      expect(codeOf(await store.write([{ kind: 'delete', key: 'a', expect: old }]))).toBe('store/conflict');
      expect((await store.get('a'))?.value).toBe('2');
      await mustWrite(store, [{ kind: 'delete', key: 'a', expect: now }]);
      expect(codeOf(await store.write([put('a', '4', now)]))).toBe('store/conflict');
    });

    it('writes nothing at all where one expectation of several fails, the audit included', async () => {
      const { store } = fixture().current;
      const version = await mustWrite(store, [put('a', '1')]);
      const seen: string[] = [];
      store.watch('', (key) => seen.push(key));
      const written = await store.write(
        [put('b', '1'), put('a', '2', version + 1), put('c', '1')],
        [entry('b')],
      );
      expect(codeOf(written)).toBe('store/conflict');
      expect(written.ok ? '' : written.error.message).toContain('a');
      expect((await store.list('')).map((row) => row.key)).toEqual(['a']);
      expect(await store.audit({ limit: 10 })).toEqual([]);
      expect(seen).toEqual([]);
      expect(await mustWrite(store, [put('d', '1')])).toBe(version + 1);
    });

    it('lets exactly one of many concurrent writers win each version', async () => {
      const { store } = fixture().current;
      const version = await mustWrite(store, [put('a', '0')]);
      const results = await Promise.all(
        Array.from({ length: 20 }, (_, index) => store.write([put('a', `${index}`, version)])),
      );
      expect(results.filter((result) => result.ok)).toHaveLength(1);
    });
  });
}

function describeWatch(fixture: () => Fixture): void {
  describe('watch', () => {
    it('calls back for puts and deletes below its prefix, once per key and write', async () => {
      const { store } = fixture().current;
      const seen: string[] = [];
      const stop = store.watch('service/', (key) => seen.push(key));
      await mustWrite(store, [put('service/a', '1'), put('service/a', '2'), put('host/h1', '1')]);
      await mustWrite(store, [{ kind: 'delete', key: 'service/a' }]);
      await Promise.resolve();
      expect(seen).toEqual(['service/a', 'service/a']);
      stop();
      await mustWrite(store, [put('service/b', '1')]);
      await Promise.resolve();
      expect(seen).toHaveLength(2);
    });

    it('shows the write to whoever reads in the callback', async () => {
      const { store } = fixture().current;
      const values: Promise<string | undefined>[] = [];
      store.watch('a', (key) => values.push(store.get(key).then((row) => row?.value)));
      await mustWrite(store, [put('a', '"written"')]);
      await Promise.resolve();
      expect(await Promise.all(values)).toEqual(['"written"']);
    });
  });
}

function describeAudit(fixture: () => Fixture): void {
  describe('audit', () => {
    it('numbers entries from 1 and gives the newest first', async () => {
      const { store } = fixture().current;
      await mustWrite(store, [], [entry('a', 'first'), entry('b', 'second')]);
      await mustWrite(store, [put('x', '1')], [entry('a', 'third')]);
      const all = await store.audit({ limit: 10 });
      expect(all.map((item) => [item.sequence, item.because])).toEqual([
        [3, 'third'],
        [2, 'second'],
        [1, 'first'],
      ]);
    });

    it('pages backwards and selects by object', async () => {
      const { store } = fixture().current;
      await mustWrite(
        store,
        [],
        Array.from({ length: 9 }, (_, index) => entry(index % 3 === 0 ? 'a' : 'b')),
      );
      const sequences = async (query: Parameters<Store['audit']>[0]) =>
        (await store.audit(query)).map((item) => item.sequence);
      expect(await sequences({ limit: 2 })).toEqual([9, 8]);
      expect(await sequences({ limit: 2, before: 8 })).toEqual([7, 6]);
      expect(await sequences({ limit: 10, object: 'a' })).toEqual([7, 4, 1]);
      expect(await sequences({ limit: 1, before: 7, object: 'a' })).toEqual([4]);
      expect(await sequences({ limit: 10, object: 'c' })).toEqual([]);
    });

    it('chains each entry to the one before by SHA-256', async () => {
      const { store } = fixture().current;
      await mustWrite(store, [], [entry('a'), entry('b'), entry('c')]);
      const oldestFirst = [...(await store.audit({ limit: 10 }))].reverse();
      let previous = '0'.repeat(64);
      for (const { hash, ...content } of oldestFirst) {
        expect(hash).toBe(sha256(previous + canonicalJson({ ...content })));
        previous = hash;
      }
    });
  });
}

function describeLeases(fixture: () => Fixture): void {
  describe('leases', () => {
    it('has one holder at a time, who may renew', async () => {
      const { current, clock } = fixture();
      const first = await mustAcquire(current.store, 'one');
      expect(first).toMatchObject({ name: 'controller', holder: 'one', epoch: 1 });
      clock.pass(6_000);
      const renewed = await mustAcquire(current.store, 'one');
      expect(renewed.epoch).toBe(1);
      expect(renewed.expiresAt - first.expiresAt).toBe(6_000);
      clock.pass(6_000);
      const refused = await current.store.acquireLease('controller', 'two', 10_000);
      expect(codeOf(refused)).toBe('store/lease');
      expect(refused.ok ? '' : refused.error.message).toContain('one');
    });

    it('passes to the next with a higher epoch when it was not renewed in time', async () => {
      const { current, clock } = fixture();
      await mustAcquire(current.store, 'one');
      clock.pass(9_999);
      expect(codeOf(await current.store.acquireLease('controller', 'two', 10_000))).toBe('store/lease');
      clock.pass(1);
      expect((await mustAcquire(current.store, 'two')).epoch).toBe(2);
      expect(codeOf(await current.store.acquireLease('controller', 'one', 10_000))).toBe('store/lease');
    });

    it.each([
      ['an hour ahead', 3_600_000],
      ['a day ahead', 86_400_000],
      ['an hour back', -3_600_000],
      ['a day back', -86_400_000],
    ])('neither ends nor lasts longer when the wall clock is set %s', async (_, byMs) => {
      const { current, clock } = fixture();
      await mustAcquire(current.store, 'one');
      clock.setWallClock(byMs);
      clock.pass(5_000);
      expect(codeOf(await current.store.acquireLease('controller', 'two', 10_000))).toBe('store/lease');
      clock.pass(5_000);
      expect(codeOf(await current.store.acquireLease('controller', 'two', 10_000))).toBe('ok');
    });

    it('is free after a release, and still counts epochs', async () => {
      const { store } = fixture().current;
      const lease = await mustAcquire(store, 'one');
      await store.releaseLease(lease);
      expect((await mustAcquire(store, 'two')).epoch).toBe(2);
    });

    it('is not released by somebody who has lost it', async () => {
      const { current, clock } = fixture();
      const lost = await mustAcquire(current.store, 'one');
      clock.pass(10_000);
      await mustAcquire(current.store, 'two');
      await current.store.releaseLease(lost);
      expect(codeOf(await current.store.acquireLease('controller', 'three', 10_000))).toBe('store/lease');
    });

    it('holds through a restart, and other leases are other leases', async () => {
      await mustAcquire(fixture().current.store, 'one');
      fixture().current = await fixture().current.reopen();
      const { store } = fixture().current;
      expect(codeOf(await store.acquireLease('controller', 'two', 10_000))).toBe('store/lease');
      expect(codeOf(await store.acquireLease('housekeeping', 'two', 10_000))).toBe('ok');
      expect((await mustAcquire(store, 'one')).epoch).toBe(1);
    });
  });
}

function describeFencing(fixture: () => Fixture): void {
  describe('fencing', () => {
    it('refuses the writes of whoever has lost the lease: nothing of them is written', async () => {
      const { current, clock } = fixture();
      const { store } = current;
      const lost = await mustAcquire(store, 'one');
      expect(codeOf(await store.write([put('x', '1')], [], lost))).toBe('ok');
      clock.pass(10_000);
      expect(codeOf(await store.write([put('x', '2')], [], lost))).toBe('ok');
      const held = await mustAcquire(store, 'two');
      const refused = await store.write([put('x', '3')], [entry('x', 'late')], lost);
      expect(codeOf(refused)).toBe('store/lease');
      expect((await store.get('x'))?.value).toBe('2');
      expect(await store.audit({ limit: 10 })).toEqual([]);
      expect(codeOf(await store.write([put('x', '4')], [], held))).toBe('ok');
      await store.releaseLease(held);
      expect(codeOf(await store.write([put('x', '5')], [], held))).toBe('store/lease');
    });
  });
}
