// Which commits excuse what is done to a service: one that removed it does until the service is at rest again
// as a later commit has it.

import { describe, expect, it } from 'vitest';
import { at, Deployed, SHOP, WEB, words } from './deployed.ts';

const LOST = { ...SHOP, services: new Map([...SHOP.services].filter(([name]) => name !== WEB.name)) };

/** A commit had removed the service, and the next one has put it back before any replica was stopped. */
async function putBack(): Promise<Deployed> {
  const d = await Deployed.shop();
  d.accept(LOST, 'removes web');
  d.rewrite('web', ({ instances }) => ({
    target: null,
    specHash: null,
    instances: instances.map((i) => ({ ...i, intent: 'retire' as const })),
  }));
  d.accept(SHOP, 'puts web back');
  return d;
}

describe('after a commit that put a service back', () => {
  it('replicas that were told to leave before it may be stopped', async () => {
    const d = await putBack();
    expect(words(() => d.issue('stopContainer', at(d, 'web')))).toBe('nothing');
  });

  it('none may once all of them are to stay', async () => {
    const d = await putBack();
    d.rewrite('web', ({ instances }) => ({
      instances: instances.map((i) => ({ ...i, intent: 'run' as const })),
    }));
    // Looked at whenever something has changed on a machine.
    d.host('h1').engine.people.createVolume('any', {});
    d.checks.afterEvent();
    expect(words(() => d.issue('stopContainer', at(d, 'web')))).toMatch(/I4 .*leaves 1 of at least 2/);
  });
});
