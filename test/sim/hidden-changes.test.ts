// What somebody changes on a container and no event tells of: a list shows nothing of it, so it must be known once
// the audit has come by, and not before.

import { describe, expect, it } from 'vitest';
import { invariant } from '../../src/kernel/invariant.ts';
import type { SimContainer } from '../../src/sim/engine/container.ts';
import { setConditions } from '../../src/sim/world/fleet.ts';
import { MINUTE_MS, SECOND_MS, ShownServices } from './shown-services.ts';

type Forge = (container: SimContainer) => void;

/** No event tells of it: those of some time before and after are lost, or of this alone. */
function change(shown: ShownServices, forge: Forge, lost: 'all' | 'this'): void {
  const { host } = shown;
  const { machine } = host.engine;
  const [container] = machine.containers.values();
  invariant(container !== undefined, 'something runs on h1');
  if (lost === 'all') setConditions(host, { eventLost: 1 });
  forge(container);
  machine.touch(container);
  shown.look();
  if (lost === 'all') setConditions(host, { eventLost: 0 });
}

describe.each<[string, Forge]>([
  [
    'has lost its name',
    ({ endpoints }) => {
      for (const [network, endpoint] of endpoints) endpoints.set(network, { ...endpoint, aliases: [] });
    },
  ],
  [
    'has another limit',
    (container) => {
      container.limits = { ...container.limits, memoryBytes: 1 };
    },
  ],
])('that a container %s', (_, forge) => {
  it('is not known before the audit has come by', async () => {
    const shown = await ShownServices.shop();
    change(shown, forge, 'all');
    expect(await shown.finds(2 * MINUTE_MS)).toBe('nothing');
  });

  it('is known once it must have: I1', async () => {
    const shown = await ShownServices.shop();
    shown.settings.auditMs = SECOND_MS;
    change(shown, forge, 'all');
    expect(await shown.finds(2 * MINUTE_MS)).toBe('I1');
  });

  it('is known at once where events get through: I1', async () => {
    const shown = await ShownServices.shop();
    change(shown, forge, 'this');
    expect(await shown.finds(MINUTE_MS)).toBe('I1');
  });
});
