// A run that a person ends is recorded like any other: whoever reads the history must not miss it.

import { describe, expect, it } from 'vitest';
import { NamespaceName, RevisionId, ServiceName, SourceId, serviceKey } from '../../src/kernel/ids.ts';
import { instant } from '../../src/kernel/time.ts';
import { MemoryKeeper } from '../../src/loop/memory-keeper.ts';
import { applyCommand } from '../../src/plan/commands.ts';
import { newServiceMemory, type Rollout, type ServiceMemory } from '../../src/rollout/memory.ts';
import { randomStream } from '../../src/sim/core/random.ts';
import { Scheduler } from '../../src/sim/core/scheduler.ts';
import { VirtualClock } from '../../src/sim/core/virtual-clock.ts';
import { SimDisk } from '../../src/sim/store/sim-disk.ts';
import { SimStore } from '../../src/sim/store/sim-store.ts';

const TO = RevisionId.parse('0123456789ab');
const RUN: Rollout = {
  sequence: 1,
  kind: 'deploy',
  from: null,
  to: TO,
  commit: null,
  phase: 'progressing',
  pausedFrom: null,
  because: 'first deployment',
  startedAt: instant(1_000),
  progressAt: instant(1_000),
  arrived: [],
  availableAt: null,
  endedAt: null,
  failures: 0,
  prepared: false,
  canary: null,
};
const key = serviceKey(NamespaceName.parse('shop'), ServiceName.parse('web'));
const ROW: ServiceMemory = {
  ...newServiceMemory({
    key,
    namespace: NamespaceName.parse('shop'),
    name: ServiceName.parse('web'),
    source: SourceId.parse('main'),
  }),
  target: TO,
  sequence: 1,
  rollout: RUN,
};
const audit = (event: string) => ({
  at: instant(2_000),
  actor: 'user:ada',
  event,
  object: key,
  because: '',
  details: '{}',
});

describe('a run that a person gives up', () => {
  it.each<[string, Partial<ServiceMemory>, string]>([
    ['the first one, with nothing to go back to', {}, 'failed'],
    ['a restart', { stable: TO, rollout: { ...RUN, kind: 'restart' } }, 'superseded'],
  ])('%s is in the history', async (_, change, phase) => {
    const clock = new VirtualClock(new Scheduler(randomStream(1, 'ties')));
    const disk = new SimDisk(clock, () => false);
    const store = new SimStore({
      disk,
      clock,
      delayMs: () => 0,
      onWrite: () => 'go on',
      isAlive: () => true,
    });
    const keeper = new MemoryKeeper(store);
    const row = { ...ROW, ...change };
    await keeper.replace(row, audit('command/any'));
    expect(await keeper.history(key)).toEqual([]);
    const aborted = applyCommand(
      row,
      { kind: 'abort' },
      { by: 'user:ada', now: instant(2_000), history: [] },
    );
    if (!aborted.ok) throw new Error(aborted.error.message);
    await keeper.replace(aborted.value, audit('command/abort'));
    expect((await keeper.history(key)).map((run) => [run.sequence, run.phase])).toEqual([[1, phase]]);
    expect(disk.auditEntries.map(({ event }) => event)).toContain(`rollout/${phase}`);
  });
});
