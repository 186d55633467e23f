// Which replicas of a first deployment that was given up may go although they serve: those of which nobody could
// know it.

import { expect, it } from 'vitest';
import { invariant } from '../../src/kernel/invariant.ts';
import { ServiceMemory } from '../../src/rollout/memory.ts';
import { GivenUp } from '../../src/sim/checks/given-up.ts';
import { Ledger } from '../../src/sim/checks/ledger.ts';
import { Scene } from '../../src/sim/checks/scene.ts';
import type { Question } from '../../src/sim/link/observer.ts';
import { setConditions } from '../../src/sim/world/fleet.ts';
import { at, Deployed } from './deployed.ts';
import { pass } from './pass.ts';

const ROW = 'service/shop/web';
const KNOWN_MS = 1_000;

interface Circumstances {
  readonly phase?: 'failed' | 'progressing';
  readonly stable?: 'none' | 'some';
  readonly hasServed?: boolean;
}

/** A replica has just been started again, and neither an event nor a look tells of it. */
async function started({ phase = 'failed', stable = 'none', hasServed = false }: Circumstances = {}) {
  const d = await Deployed.shop();
  const where = at(d, 'web');
  const host = d.host(where.host);
  setConditions(host, { eventLost: 1 });
  host.engine.people.restart(where.object);
  const row = ServiceMemory.parse(JSON.parse(d.world.disk.get(ROW)?.value ?? ''));
  const value = JSON.stringify({
    ...row,
    stable: stable === 'none' ? null : row.stable,
    rollout: row.rollout === null ? null : { ...row.rollout, phase },
    instances: row.instances.map((i) => ({ ...i, intent: 'retire', hasServed })),
  });
  expect(d.world.disk.write([{ kind: 'put', key: ROW, value }], [], undefined).ok).toBe(true);
  const scene = new Scene(d.world);
  const check = new GivenUp(scene, new Ledger(d.world));
  const passes = async (ms: number): Promise<void> => {
    await pass(d.world, ms);
    check.afterChange();
  };
  // It has been told to end, and takes its time.
  await passes(500);
  const isAsked = (kind: 'inspect' | 'report' = 'inspect'): Question => {
    const object = kind === 'report' ? 'everything' : where.object;
    const question: Question = { kind, at: where.host, object };
    check.asked(question, d.process);
    return question;
  };
  return {
    passes,
    isAsked,
    isAnswered: (question: Question) => check.learnt(question, d.process),
    isLookedAt: (kind?: 'inspect' | 'report') => check.learnt(isAsked(kind), d.process),
    isCrashed: () => {
      // What the next one makes of the forged row is no matter here.
      d.world.onlooker = null;
      d.world.crash(d.process, KNOWN_MS, 'by the test');
    },
    isUnknown: () => {
      const place = scene.findOwn(where.host, where.object);
      invariant(place !== null, 'the replica is there');
      return check.isUnknown(place, KNOWN_MS);
    },
  };
}

it('may go until the health check of its image has passed, whoever looks at it', async () => {
  const { passes, isLookedAt, isUnknown } = await started();
  isLookedAt();
  await passes(2_000);
  expect(isUnknown()).toBe(true);
});

it('may go where nobody has looked at it since', async () => {
  const { passes, isLookedAt, isUnknown } = await started();
  isLookedAt();
  await passes(5_000);
  expect(isUnknown()).toBe(true);
});

it('may go while nobody who has looked at it since has got an answer', async () => {
  const { passes, isAsked, isAnswered, isUnknown } = await started();
  const early = isAsked();
  await passes(5_000);
  const late = isAsked();
  // What was asked before its health check has passed may have been read before, too.
  isAnswered(early);
  await passes(KNOWN_MS);
  expect(isUnknown()).toBe(true);
  isAnswered(late);
  expect(isUnknown()).toBe(true);
  await passes(KNOWN_MS);
  expect(isUnknown()).toBe(false);
});

it('may go where the process that knew it is no more', async () => {
  const { passes, isLookedAt, isCrashed, isUnknown } = await started();
  await passes(5_000);
  isLookedAt();
  await passes(KNOWN_MS);
  expect(isUnknown()).toBe(false);
  isCrashed();
  expect(isUnknown()).toBe(true);
});

it('stays where the one that came after it has looked as well', async () => {
  const { passes, isLookedAt, isCrashed, isUnknown } = await started();
  await passes(5_000);
  isLookedAt();
  await passes(KNOWN_MS);
  isCrashed();
  await passes(KNOWN_MS + 1);
  isLookedAt();
  expect(isUnknown()).toBe(true);
  await passes(KNOWN_MS);
  expect(isUnknown()).toBe(false);
});

it.each(['inspect', 'report'] as const)('stays where somebody has, by a call to %s', async (kind) => {
  const { passes, isLookedAt, isUnknown } = await started();
  await passes(5_000);
  isLookedAt(kind);
  expect(isUnknown()).toBe(true);
  await passes(KNOWN_MS);
  expect(isUnknown()).toBe(false);
});

it.each<[string, Circumstances]>([
  ['it is remembered as one that has served', { hasServed: true }],
  ['its deployment has not been given up', { phase: 'progressing' }],
  ['its deployment is not the first one', { stable: 'some' }],
])('stays where %s', async (_, circumstances) => {
  const { passes, isUnknown } = await started(circumstances);
  await passes(5_000);
  expect(isUnknown()).toBe(false);
});
