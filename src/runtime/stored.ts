// What `plimsoll plan DIR` knows from the store, and whether `apply` would find there that it was lost: then
// it does nothing before a person has agreed, which the plan has to say.

import { existsSync } from 'node:fs';
import { systemClock } from '../adapters/clock/system.ts';
import { openSqliteStore } from '../adapters/sqlite/open.ts';
import type { Config } from '../config/config.ts';
import type { Desired } from '../desired/desired.ts';
import { type Problem, problem } from '../kernel/errors.ts';
import { type ControllerId, HostId, SourceId } from '../kernel/ids.ts';
import { ok, type Result } from '../kernel/result.ts';
import { HOLD } from '../loop/rebuilt-store.ts';
import { loadMemory } from '../loop/rows.ts';
import type { Observed } from '../observed/observed.ts';
import { adoptFromLabels } from '../plan/adopt.ts';
import { EMPTY_MEMORY, type Memory } from '../plan/world.ts';
import { RESTORED_KEY } from '../ports/store.ts';

export interface Stored {
  /** Null where there is no store. */
  readonly memory: Memory | null;
  /** Hosts whose containers the store knows. */
  readonly met: ReadonlySet<HostId>;
  /** Why nothing is done before a person approves, as far as the store says it. */
  readonly heldBecause: string | null;
}

const NOTHING: Stored = { memory: null, met: new Set(), heldBecause: null };
const MET = 'met/';

export async function readStored(config: Config | null): Promise<Result<Stored, Problem>> {
  if (config === null || !existsSync(config.store.path)) return ok(NOTHING);
  const opened = await openSqliteStore({
    path: config.store.path,
    clock: systemClock,
    controllerId: config.controllerId,
  });
  if (!opened.ok) return opened;
  const store = opened.value;
  try {
    const memory = await loadMemory(store);
    if (!memory.ok) return memory;
    const isRestored = (await store.get(RESTORED_KEY)) !== null;
    const rows = isRestored ? [] : await store.list(MET);
    const heldBecause = isRestored
      ? 'the store was restored from a backup'
      : ((await store.get(HOLD))?.value ?? null);
    const met = new Set(rows.map(({ key }) => HostId.parse(key.slice(MET.length))));
    return ok({ memory: memory.value, met, heldBecause });
  } finally {
    await store.close();
  }
}

const HINT = 'If this plan is right, `plimsoll apply` asks and does it (in a script: `apply --approve`).';

/** A warning where containers of this controller are not in its store; null where all is known. */
export function lostStore(
  { memory, met, heldBecause }: Stored,
  observed: Observed,
  desired: Desired,
  controller: ControllerId,
): Problem | null {
  if (heldBecause !== null) return problem('store/damaged', heldBecause, { hint: HINT });
  const views = [...observed.hosts.values()];
  const hosts = new Set(views.filter((v) => v.state === 'fresh' && !met.has(v.host)).map((v) => v.host));
  const source = SourceId.parse('directory');
  const known = memory ?? EMPTY_MEMORY;
  const { count } = adoptFromLabels(observed, desired, known, hosts, () => source, systemClock.now());
  if (count === 0) return null;
  const message = `${count} running containers carry the labels of controller ${controller} and are not in its store`;
  return problem('store/damaged', message, { hint: HINT });
}
