// Fleets of test files that run at the same time must not share addresses.

import { expect, it } from 'vitest';
import { claimNetwork } from './fleet.ts';

it('no two fleets have one network', () => {
  const held = Array.from({ length: 20 }, claimNetwork);
  expect(new Set(held.map(({ number }) => number)).size).toBe(20);
  for (const { lock } of held) lock.close();
});
