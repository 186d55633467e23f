// Runs only a controller, on simulated hosts, so that what this process uses of the CPU is what the controller
// uses, its Git worker included. Arguments: plimsoll.yaml, and the images that every host has.

import { setTimeout as sleep } from 'node:timers/promises';
import { RunningController } from './running-controller.ts';
import { simulatedHost } from './simulated-host.ts';

/** What is still to be done after a rollout has ended belongs to the change as well. */
const AFTERMATH_MS = 300;

/** What the process answers to `look`. */
export interface Measured {
  readonly cpuMs: number;
  readonly tookMs: number;
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
