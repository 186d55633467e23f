// What was accepted and has not begun need not happen where a newer plan has changed its mind: it waits for a pull
// that may take minutes, or for its place among what its host is doing.

import type { Action } from '../action/action.ts';
import type { ServiceKey } from '../kernel/ids.ts';
import { instanceName, type ServiceMemory } from '../rollout/memory.ts';
import { isStart } from '../rollout/under-way.ts';
import type { Memory, Plan } from './world.ts';

function isMeantToRun(row: ServiceMemory | null, { host, object }: Action): boolean {
  if (row === null) return false;
  return row.instances.some((i) => i.intent === 'run' && i.host === host && instanceName(row, i) === object);
}

/**
 * Keys of the stops of services in `scope` that this plan does not ask for: what was to be stopped goes on running.
 * And of the starts of containers that no row means to run after it: nothing waits for them to come and to go.
 */
export function calledOff(
  waiting: readonly Action[],
  {
    plan,
    memory,
    scope,
  }: { readonly plan: Plan; readonly memory: Memory; readonly scope: ReadonlySet<ServiceKey> },
): ReadonlySet<string> {
  const planned = new Set(plan.actions.map(({ key }) => key));
  const isCalledOff = (action: Action): boolean => {
    const { key, kind, service } = action;
    if (service === null || !scope.has(service)) return false;
    if (kind === 'stopContainer') return !planned.has(key);
    if (!isStart(kind)) return false;
    const row = plan.services.has(service) ? plan.services.get(service) : memory.services.get(service);
    return !isMeantToRun(row ?? null, action);
  };
  return new Set(waiting.filter(isCalledOff).map(({ key }) => key));
}
