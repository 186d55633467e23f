// Replicas that are to leave and still work: whoever does not count them may not say that all is ready.

import { expect, it } from 'vitest';
import type { ServicePhase } from '../../src/loop/status.ts';
import { ServiceMemory } from '../../src/rollout/memory.ts';
import { MINUTE_MS, REPLICAS, ShownServices } from './shown-services.ts';

/** What is shown of web from now on. */
function show({ process: { controller } }: ShownServices, phase: ServicePhase, ready: number): void {
  const status = controller.status();
  const services = status.services.map((web) => ({ ...web, phase, ready }));
  controller.status = () => ({ ...status, services });
}

/** So many replicas of web are to leave, as far as the disk tells: nobody has stopped them yet. */
function writeToLeave({ world: { disk } }: ShownServices, count: number): void {
  const key = 'service/shop/web';
  const row = ServiceMemory.parse(JSON.parse(disk.get(key)?.value ?? ''));
  const instances = row.instances.map((i, at) => ({ ...i, intent: at < count ? 'retire' : 'run' }));
  const value = JSON.stringify({ ...row, instances });
  expect(disk.write([{ kind: 'put', key, value }], [], undefined).ok).toBe(true);
}

it.each<[string, number, ServicePhase, number, string]>([
  ['all are counted, and stay', 0, 'ready', REPLICAS, 'nothing'],
  ['those that stay are counted', 2, 'progressing', REPLICAS - 2, 'nothing'],
  ['those that leave are counted, too', 2, 'progressing', REPLICAS, 'nothing'],
  ['those that stay are counted, and all is said to be ready: I1', 2, 'ready', REPLICAS - 2, 'I1'],
  ['one that stays is not counted: I1', 2, 'progressing', REPLICAS - 3, 'I1'],
  ['none leaves, and one is not counted: I1', 0, 'progressing', REPLICAS - 1, 'I1'],
  ['more are counted than work: I1', 2, 'progressing', REPLICAS + 1, 'I1'],
])('%s', async (_, leaving, phase, ready, what) => {
  const shown = await ShownServices.shop();
  writeToLeave(shown, leaving);
  show(shown, phase, ready);
  expect(await shown.finds(5 * MINUTE_MS)).toBe(what);
});
