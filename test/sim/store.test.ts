// The simulated store keeps the same contract as the embedded one, and fails as told.

import { describe, expect, it } from 'vitest';
import type { Clock } from '../../src/ports/clock.ts';
import { SimDisk } from '../../src/sim/store/sim-disk.ts';
import { SimStore } from '../../src/sim/store/sim-store.ts';
import { type StoreUnderTest, storeConformance } from '../conformance/store.ts';
import { StoreClock } from '../conformance/store-clock.ts';

const nobodyDead = (): boolean => false;

function processOn(disk: SimDisk, clock: Clock): StoreUnderTest {
  const store = new SimStore({ disk, clock, delayMs: () => 0, onWrite: () => 'go on', isAlive: () => true });
  return { store, reopen: async () => processOn(disk, clock), dispose: () => store.close() };
}

storeConformance('the simulated store', async (clock) => processOn(new SimDisk(clock, nobodyDead), clock));

describe('a process that crashes in a write', () => {
  const write = { kind: 'put' as const, key: 'a', value: '1' };

  it.each([
    ['issued', null],
    ['durable', '1'],
    ['acknowledged', '1'],
  ] as const)('once it was %s leaves the row as %j, and hears nothing of it', async (stage, value) => {
    const clock = new StoreClock();
    const disk = new SimDisk(clock, nobodyDead);
    const store = new SimStore({
      disk,
      clock,
      delayMs: () => 0,
      onWrite: (note) => (note.stage === stage ? 'crash' : 'go on'),
      isAlive: () => true,
    });
    let heard = false;
    void store.write([write]).then(() => {
      heard = true;
    });
    await new Promise(setImmediate);
    expect(heard).toBe(false);
    expect(disk.get('a')?.value ?? null).toBe(value);
  });
});

describe('a simulated disk', () => {
  it('that is full takes nothing, and takes it again when it was freed', async () => {
    const clock = new StoreClock();
    const disk = new SimDisk(clock, nobodyDead);
    const { store } = processOn(disk, clock);
    disk.isFull = true;
    expect(await store.write([{ kind: 'put', key: 'a', value: '1' }])).toMatchObject({
      ok: false,
      error: { code: 'store/full' },
    });
    disk.isFull = false;
    expect((await store.write([{ kind: 'put', key: 'a', value: '1' }])).ok).toBe(true);
  });

  it('that is damaged serves nothing', async () => {
    const clock = new StoreClock();
    const disk = new SimDisk(clock, nobodyDead);
    const { store } = processOn(disk, clock);
    disk.damage = 'a checksum does not match';
    await expect(store.get('a')).rejects.toMatchObject({ problem: { code: 'store/damaged' } });
    expect(await store.write([])).toMatchObject({ ok: false, error: { code: 'store/damaged' } });
  });
});
