// What counts as a failure of a replica: each once, whatever else is seen of it in between.

import { describe, expect, it } from 'vitest';
import type { ObservedContainer } from '../../src/observed/report.ts';
import { host, service, world } from '../plan/world.ts';
import { Stage } from './stage.ts';

type Look = Partial<ObservedContainer>;

/** The failures that are counted of a replica that is seen like this, one look after the other. */
function faultsAfter(...looks: readonly Look[]): number | undefined {
  const stage = new Stage(world([host('h1')], [service('api', { change: { drift: 'report' } })])).settle();
  for (const look of looks) stage.meddle((c) => ({ ...c, ...look })).step();
  return stage.memory().instances[0]?.faults;
}

describe('the failures of a replica', () => {
  it.each<[string, number, readonly Look[]]>([
    ['that the engine has started again', 2, [{ restartCount: 1 }, { restartCount: 2 }]],
    ['that the engine has started again several times between two looks', 3, [{ restartCount: 3 }]],
    [
      'that was unhealthy for a while',
      3,
      [{ restartCount: 2 }, { health: 'unhealthy' }, { health: 'healthy' }],
    ],
    [
      'that a person has restarted, which begins its count anew',
      3,
      [{ restartCount: 2 }, { restartCount: 0 }, { restartCount: 1 }],
    ],
  ])('%s are %i', (_, count, looks) => {
    expect(faultsAfter(...looks)).toBe(count);
  });
});
