// Other work on the machine would be measured along with ours: a round begins when little else is going on, or
// when waiting for that has taken too long, which the report then says.

import { cpus } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';

/** Of all cores together, over one window. */
const BUSY_SHARE = 0.15;
const WINDOW_MS = 500;
const PATIENCE_MS = 60_000;

function times(): { readonly busy: number; readonly all: number } {
  let busy = 0;
  let all = 0;
  for (const { times: t } of cpus()) {
    const working = t.user + t.nice + t.sys + t.irq;
    busy += working;
    all += working + t.idle;
  }
  return { busy, all };
}

/** The share of the machine's time that was used during the window. */
async function busyShare(): Promise<number> {
  const before = times();
  await sleep(WINDOW_MS);
  const after = times();
  return (after.busy - before.busy) / Math.max(1, after.all - before.all);
}

/** True where the machine became quiet, false where it did not in time. */
export async function quietMachine(): Promise<boolean> {
  const giveUpAt = performance.now() + PATIENCE_MS;
  for (let quiet = 0; quiet < 2; ) {
    if (performance.now() > giveUpAt) return false;
    quiet = (await busyShare()) < BUSY_SHARE ? quiet + 1 : 0;
  }
  return true;
}
