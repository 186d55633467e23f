// The machines of a dry run: one for every Host of the manifests, whatever its address, with as much memory
// as is known of it.

import type { DesiredHost } from '../../desired/desired.ts';
import type { HostId } from '../../kernel/ids.ts';
import { parseBytes } from '../../kernel/quantity.ts';
import type { EngineInfo } from '../../observed/report.ts';
import type { Random } from '../../ports/clock.ts';
import type { Scheduler } from '../core/scheduler.ts';
import { VirtualClock } from '../core/virtual-clock.ts';
import { SimEngine, type SimEngineOptions } from '../engine/sim-engine.ts';
import { STEADY_TEMPO } from '../world/tempo.ts';
import { everyImage, PULL_BYTES_PER_MS } from './images.ts';
import type { Assumptions, HostForecast } from './report.ts';

/** The label of a Host manifest that tells how much memory the machine has: `memory: 16g`. */
const MEMORY_LABEL = 'memory';

/** What the label says where it is no size. */
export function unreadableMemory({ labels }: DesiredHost): string | null {
  const written = labels[MEMORY_LABEL];
  return written === undefined || parseBytes(written) !== null ? null : written;
}

export interface DryMachine {
  readonly id: HostId;
  readonly engine: SimEngine;
  readonly clock: VirtualClock;
  readonly memoryBytes: number;
  readonly knownFrom: HostForecast['knownFrom'];
  readonly reservedBytes: number;
}

export interface MachineOptions {
  readonly scheduler: Scheduler;
  readonly random: Random;
  readonly assumptions: Assumptions;
  readonly meaning: NonNullable<SimEngineOptions['meaning']>;
  /** What its engine told of itself; null: nobody has asked it. */
  readonly engine: EngineInfo | null;
}

function memoryOf(
  { labels }: DesiredHost,
  { engine, assumptions }: MachineOptions,
): Pick<DryMachine, 'memoryBytes' | 'knownFrom'> {
  if (engine !== null) return { memoryBytes: engine.memoryBytes, knownFrom: 'engine' };
  const written = parseBytes(labels[MEMORY_LABEL] ?? '');
  return written === null
    ? { memoryBytes: assumptions.hostMemoryBytes, knownFrom: 'assumed' }
    : { memoryBytes: written, knownFrom: 'label' };
}

/** A machine with an engine and nothing on it. */
export function makeMachine(host: DesiredHost, options: MachineOptions): DryMachine {
  const { scheduler, random, assumptions, meaning } = options;
  const memory = memoryOf(host, options);
  const usual: EngineInfo = {
    id: `engine-${host.id}`,
    version: '27.3.1',
    apiVersion: '1.47',
    os: 'linux',
    architecture: 'amd64',
    cpus: 4,
    memoryBytes: memory.memoryBytes,
    liveRestore: true,
  };
  const clock = new VirtualClock(scheduler);
  const engine = new SimEngine({
    clock,
    random,
    host: host.id,
    engine: options.engine ?? usual,
    registry: everyImage(assumptions),
    pace: { ...STEADY_TEMPO.pace, pullBytesPerMs: PULL_BYTES_PER_MS },
    meaning,
  });
  return { id: host.id, engine, clock, ...memory, reservedBytes: host.reserved.memoryBytes };
}
