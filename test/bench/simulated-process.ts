// Runs only a controller, on simulated hosts, so that what this process uses of the CPU is what the controller
// uses, its Git worker included. Arguments: plimsoll.yaml, and the images that every host has.

import { setTimeout as sleep } from 'node:timers/promises';
import { systemClock, systemRandom } from '../../src/adapters/clock/system.ts';
import type { HostId } from '../../src/kernel/ids.ts';
import type { Host } from '../../src/ports/host.ts';
import { PLAIN_BEHAVIOUR } from '../../src/sim/engine/behaviour.ts';
import { NO_PACE } from '../../src/sim/engine/pace.ts';
import { SimEngine } from '../../src/sim/engine/sim-engine.ts';
import { createSimLink } from '../../src/sim/link/sim-link.ts';
import { RunningController } from './running-controller.ts';

/** What is still to be done after a rollout has ended belongs to the change as well. */
const AFTERMATH_MS = 300;

/** What the process answers to `look`. */
export interface Measured {
  readonly cpuMs: number;
  readonly tookMs: number;
}

/** Does at once what it is told, and never fails: what is left to measure is the controller. */
function simulatedHost(host: HostId, images: readonly string[]): Host {
  const engine = new SimEngine({
    clock: systemClock,
    random: systemRandom,
    host,
    engine: {
      id: host,
      version: '20.10.24',
      apiVersion: '1.41',
      os: 'linux',
      architecture: 'amd64',
      cpus: 8,
      memoryBytes: 2 ** 35,
      liveRestore: false,
    },
    registry: { resolve: () => 'silent' },
    pace: NO_PACE,
  });
  for (const reference of images) {
    const digest = reference.slice(reference.indexOf('@') + 1);
    const sizeBytes = 1_000_000;
    const layers = [{ digest, sizeBytes }];
    engine.loadImage({ digest, id: digest, sizeBytes, layers, behaviour: PLAIN_BEHAVIOUR }, [reference]);
  }
  return createSimLink({ engine, clock: systemClock, random: systemRandom });
}

const [configPath = '', ...images] = process.argv.slice(2);
const running = await RunningController.start(configPath, (options) => ({
  ...options,
  connectHost: ({ id }) => simulatedHost(id, images),
}));

/** From `sync` to the end of the rollout that it leads to, and a moment beyond. */
async function look(): Promise<Measured> {
  const ended = Promise.withResolvers<void>();
  const forget = running.controller.events.subscribe(({ kind }) => {
    if (kind === 'rollout/succeeded') ended.resolve();
  });
  const before = process.cpuUsage();
  const beganMs = performance.now();
  await running.sync();
  await ended.promise;
  const tookMs = performance.now() - beganMs;
  await sleep(AFTERMATH_MS);
  forget();
  const { user, system } = process.cpuUsage(before);
  return { cpuMs: (user + system) / 1_000, tookMs };
}

process.on('message', (message) => {
  if (message === 'look') void look().then((measured) => process.send?.(measured));
  else void running.stop().then(() => process.exit(0));
});
process.send?.('ready');
