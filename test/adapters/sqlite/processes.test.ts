// Several processes on one store: killed ones lose nothing that was acknowledged, living ones do not
// overwrite each other, and a lease passes from a dead process at once and from a living one never.

import { setTimeout } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { systemClock } from '../../../src/adapters/clock/system.ts';
import {
  describeHolder,
  holderIsDead,
  processHolder,
} from '../../../src/adapters/sqlite/process-identity.ts';
import { mustWrite, openScratch, put, scratchPath } from './scratch-store.ts';
import { startProcess } from './start-process.ts';

describe('kill -9 under load', () => {
  it('loses nothing that was acknowledged, however often it happens', { timeout: 60_000 }, async () => {
    const file = scratchPath();
    const acknowledged = new Set<string>();
    for (let round = 0; round < 8; round += 1) {
      const writer = startProcess('load', file);
      await writer.said('open');
      await setTimeout(20 + round * 23);
      await writer.kill();
      for (const line of writer.lines) if (line !== 'open') acknowledged.add(line);

      const store = await openScratch(file);
      const rows = await store.list('row/');
      const keys = new Set(rows.map((row) => row.key));
      expect([...acknowledged].filter((key) => !keys.has(key))).toEqual([]);
      // At most the one write that was under way is there without having been acknowledged.
      expect(keys.size - acknowledged.size).toBeLessThanOrEqual(1);
      for (const key of keys) acknowledged.add(key);
      const audit = await store.audit({ limit: keys.size + 10 });
      expect(audit.map((item) => item.object).reverse()).toEqual([...keys]);
      await store.close();
    }
    expect(acknowledged.size).toBeGreaterThan(100);
  });
});

describe('two processes', () => {
  it('count together without losing a step', { timeout: 30_000 }, async () => {
    const file = scratchPath();
    const counters = [startProcess('count', file), startProcess('count', file)];
    await Promise.all(counters.map((counter) => counter.ended()));
    const store = await openScratch(file);
    expect((await store.get('counter'))?.value).toBe('300');
    expect(await store.verifyAudit()).toMatchObject({ ok: true });
    await store.close();
  });

  it('may open a store that is being written to', { timeout: 30_000 }, async () => {
    const file = scratchPath();
    const writer = startProcess('load', file);
    await writer.said('open');
    for (let index = 0; index < 5; index += 1) {
      const store = await openScratch(file);
      await mustWrite(store, [put(`own/${index}`, '1')]);
      await store.close();
    }
    await writer.kill();
    const store = await openScratch(file);
    expect(await store.list('own/')).toHaveLength(5);
    await store.close();
  });
});

describe('the lease of another process', () => {
  it('is taken over at once when the process was killed, with the next epoch', async () => {
    const file = scratchPath();
    const holder = startProcess('hold', file);
    await holder.said('epoch 1');
    const store = await openScratch(file);
    expect(await store.acquireLease('controller', processHolder('main'), 10_000)).toMatchObject({
      ok: false,
      error: { code: 'store/lease', message: expect.stringContaining(`process ${holder.child.pid}`) },
    });
    await holder.kill();
    expect(await store.acquireLease('controller', processHolder('main'), 10_000)).toMatchObject({
      ok: true,
      value: { epoch: 2 },
    });
    await store.close();
  });

  it('is not taken from a process that only stands still', async () => {
    const file = scratchPath();
    const holder = startProcess('hold', file);
    await holder.said('epoch 1');
    holder.child.kill('SIGSTOP');
    const store = await openScratch(file, { clock: systemClock });
    expect(await store.acquireLease('controller', processHolder('main'), 10_000)).toMatchObject({
      ok: false,
    });
    await store.close();
  });
});

describe('a process is called dead only where that is certain', () => {
  const own = processHolder('main');
  const change = (part: string, value: string): string =>
    own.replace(new RegExp(`${part}=\\S+`), `${part}=${value}`);

  it.runIf(process.platform === 'linux').each([
    ['this process', own, false],
    ['its PID with another start time: the PID was used again', change('start', '1'), true],
    ['a PID that does not exist', change('pid', '4194303'), true],
    ['another boot: perhaps another machine', change('boot', 'another'), false],
    ['another PID namespace: perhaps a container beside us', change('pidns', '1'), false],
    [
      'another boot with a PID that does not exist here',
      change('boot', 'x').replace(/pid=\d+/, 'pid=4194303'),
      false,
    ],
    ['a name that says nothing about a process', 'main@server', false],
    ['nothing', '', false],
  ])('%s', (_, holder, dead) => {
    expect(holderIsDead(holder)).toBe(dead);
  });

  it('is described for people', () => {
    expect(describeHolder('main@server pid=4711 start=5 pidns=6 boot=7')).toBe('main@server, process 4711');
    expect(describeHolder('somebody')).toBe('somebody');
    expect(processHolder('main')).toBe(own);
  });
});
