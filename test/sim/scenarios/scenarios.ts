// All scenarios, by name: what the crash tests and `npm run sim -- --scenario NAME` play.

import type { Scenario } from './scenario.ts';
import { FAILURES } from './stories/failures.ts';
import { HOSTS } from './stories/hosts.ts';
import { PEOPLE } from './stories/people.ts';
import { ROLLOUTS } from './stories/rollouts.ts';
import { SIZES } from './stories/sizes.ts';
import { SOURCES } from './stories/sources.ts';

export const SCENARIOS: readonly Scenario[] = [
  ...ROLLOUTS,
  ...SIZES,
  ...FAILURES,
  ...SOURCES,
  ...PEOPLE,
  ...HOSTS,
];
