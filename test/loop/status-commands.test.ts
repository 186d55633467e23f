// What `plimsoll status` says after a person has taken a decision back: what runs is then not what came of the
// commit, until it has been decided anew.

import { describe, expect, it } from 'vitest';
import { serviceStatus } from '../../src/loop/status.ts';
import { applyCommand, type ServiceCommand } from '../../src/plan/commands.ts';
import { forecast } from '../../src/plan/forecast.ts';
import { reconcile } from '../../src/plan/reconcile.ts';
import type { World } from '../../src/plan/world.ts';
import type { ServiceMemory } from '../../src/rollout/memory.ts';
import { commit, host, service, world } from '../plan/world.ts';

const DB = service('db');
const API = service('api', { replicas: 2 });
/** Its rollout has failed: all replicas are those of the commit before. */
const BROKEN = service('api', {
  replicas: 2,
  image: 'registry.test/shop/api:broken',
  change: { dependsOn: [DB.key] },
});

function rowOf({ memory }: World): ServiceMemory {
  const row = memory.services.get(API.key);
  if (row === undefined) throw new Error('api was deployed');
  return row;
}

const withRow = (before: World, row: ServiceMemory): World => ({
  ...before,
  memory: { ...before.memory, services: new Map(before.memory.services).set(row.key, row) },
});

const deployed = (): World => forecast(world([host('h1'), host('h2')], [DB, API])).world;

/** Rolled back to what the commit before had said. */
function rolledBack(): World {
  const before = deployed();
  const aiming = forecast(commit(before, [DB, BROKEN])).world;
  const [row, bad] = [rowOf(before), rowOf(aiming)];
  if (bad.target === null || bad.target === row.target) throw new Error('its revision is another one');
  const failed = { revision: bad.target, because: 'it fails', at: before.now, terms: null };
  const memory = { ...aiming.memory, services: before.memory.services };
  const held = { ...row, specHash: bad.specHash, image: bad.image, quarantine: [failed] };
  return withRow({ ...commit(before, [DB, BROKEN]), memory }, held);
}

/** The same after the command, before the registry has answered where `isAnswered` is false. */
function told(before: World, command: ServiceCommand, isAnswered: boolean): World {
  const row = rowOf(before);
  const history = row.target === null ? [] : [row.target];
  const changed = applyCommand(row, command, { by: 'user:ada', now: before.now, history });
  if (!changed.ok) throw new Error(changed.error.message);
  const images = isAnswered ? before.facts.images : new Map();
  return withRow({ ...before, facts: { ...before.facts, images } }, changed.value);
}

/** The state of shop/api after one look of the planner. */
function stateOf(before: World) {
  const plan = reconcile(before);
  const status = serviceStatus({
    key: API.key,
    desired: before.desired.services.get(API.key) ?? null,
    memory: plan.services.get(API.key) ?? rowOf(before),
    blocked: plan.blocked.get(API.key) ?? [],
    source: { kind: 'read' },
    isFleetSeen: true,
    isSeen: () => true,
    isInFleet: () => true,
  });
  return status === null ? null : { phase: status.phase, because: status.because };
}

const RETRY: ServiceCommand = { kind: 'retry' };
const RESTART: ServiceCommand = { kind: 'restart', pull: true };
const LOOKED_UP = (image: string) => `the digest of registry.test/shop/api:${image} is being looked up`;

/** The database is being deployed anew. */
function withoutDatabase(before: World): World {
  const services = new Map(before.memory.services);
  services.delete(DB.key);
  return { ...before, memory: { ...before.memory, services } };
}

describe('a service with all its replicas', () => {
  it('is held as long as what the commit says is held back', () => {
    expect(stateOf(rolledBack())).toMatchObject({ phase: 'held' });
  });

  it('waits for the registry after `retry`, and is not said to be as the commit says', () => {
    expect(stateOf(told(rolledBack(), RETRY, false))).toEqual({
      phase: 'waiting',
      because: LOOKED_UP('broken'),
    });
    expect(stateOf(told(rolledBack(), RETRY, true))).toMatchObject({ phase: 'progressing' });
  });

  it('waits after `retry` for the service that it depends on', () => {
    expect(stateOf(told(withoutDatabase(rolledBack()), RETRY, true))).toEqual({
      phase: 'waiting',
      because: `waits for ${DB.key} (being rolled out)`,
    });
  });

  it('waits for the registry after a restart for which its image is looked up anew', () => {
    expect(stateOf(told(deployed(), RESTART, false))).toEqual({ phase: 'waiting', because: LOOKED_UP('1') });
    expect(stateOf(told(deployed(), RESTART, true))).toMatchObject({ phase: 'progressing' });
  });

  it('stays held where it was rolled back by hand, whether the registry answers or not', () => {
    const back = { kind: 'rollback', to: rowOf(deployed()).target, specHash: API.specHash } as const;
    for (const isAnswered of [true, false]) {
      const held = told(told(deployed(), RESTART, isAnswered), back, isAnswered);
      const started = withRow(held, { ...rowOf(held), restartAt: null });
      expect(stateOf(started)).toMatchObject({ phase: 'held' });
    }
  });
});
