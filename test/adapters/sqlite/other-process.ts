// Run as a process of its own: opens the store named on the command line and works on it until it has
// done its part or is killed. Reports each acknowledged step as a line on stdout.

import { writeSync } from 'node:fs';
import { setTimeout } from 'node:timers/promises';
import { systemClock } from '../../../src/adapters/clock/system.ts';
import { openSqliteStore } from '../../../src/adapters/sqlite/open.ts';
import { processHolder } from '../../../src/adapters/sqlite/process-identity.ts';
import type { SqliteStore } from '../../../src/adapters/sqlite/store.ts';
import { ControllerId } from '../../../src/kernel/ids.ts';
import { instant } from '../../../src/kernel/time.ts';

// Synchronous, so that what the parent has read was acknowledged before and nothing waits in a buffer.
const say = (line: string): number => writeSync(1, `${line}\n`);

/** Writes numbered rows, each together with an audit entry, as fast as it can and for ever. */
async function load(store: SqliteStore): Promise<void> {
  const first = (await store.list('row/')).length;
  for (let index = first; ; index += 1) {
    const key = `row/${String(index).padStart(8, '0')}`;
    const because = `row ${index}`;
    const audit = { at: instant(index), actor: 'load', event: 'put', object: key, because, details: '{}' };
    const written = await store.write([{ kind: 'put', key, value: `${index}`, expect: null }], [audit]);
    if (!written.ok) throw new Error(written.error.message);
    say(key);
  }
}

/** Adds one to a counter `times` times by compare-and-swap. */
async function count(store: SqliteStore, times: number): Promise<void> {
  for (let done = 0; done < times; ) {
    const row = await store.get('counter');
    const value = `${Number(row?.value ?? '0') + 1}`;
    const written = await store.write([{ kind: 'put', key: 'counter', value, expect: row?.version ?? null }]);
    if (written.ok) done += 1;
    else if (written.error.code !== 'store/conflict') throw new Error(written.error.message);
  }
  await store.close();
  say('counted');
}

/** Takes the lease and stays alive. */
async function hold(store: SqliteStore): Promise<void> {
  const lease = await store.acquireLease('controller', processHolder('main'), 600_000);
  say(lease.ok ? `epoch ${lease.value.epoch}` : lease.error.code);
  await setTimeout(60_000);
}

const [, , role = '', path = ''] = process.argv;
const opened = await openSqliteStore({ path, clock: systemClock, controllerId: ControllerId.parse('main') });
if (!opened.ok) throw new Error(`${opened.error.message} (${opened.error.code})`);
say('open');
if (role === 'load') await load(opened.value);
else if (role === 'count') await count(opened.value, 150);
else if (role === 'hold') await hold(opened.value);
else throw new Error(`no such role: ${role}`);
