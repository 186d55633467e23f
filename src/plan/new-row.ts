// The first row of a service that has none: wanted by a commit, or found by the labels of its containers.

import { newServiceMemory, type ServiceMemory } from '../rollout/memory.ts';
import type { Memory } from './world.ts';

/** Counts its runs on where the service had been there before: records of ended runs are never written over. */
export const newRow = (
  { lastRuns }: Pick<Memory, 'lastRuns'>,
  service: Parameters<typeof newServiceMemory>[0],
): ServiceMemory => ({ ...newServiceMemory(service), sequence: lastRuns.get(service.key) ?? 0 });

/** Whether it was only found by its labels: nothing was ever decided about it. */
export const isUndecided = ({ rollout, specHash }: ServiceMemory): boolean =>
  rollout === null && specHash === null;
