// All scenarios, by name: what the crash tests and `npm run sim -- --scenario NAME` play.

import type { Scenario } from './scenario.ts';
import { CONNECTIONS } from './stories/connections.ts';
import { FAILURES } from './stories/failures.ts';
import { FLEETS } from './stories/fleets.ts';
import { HOSTS } from './stories/hosts.ts';
import { ORDERS } from './stories/orders.ts';
import { PEOPLE } from './stories/people.ts';
import { RACES } from './stories/races.ts';
import { RARITIES } from './stories/rarities.ts';
import { ROLLOUTS } from './stories/rollouts.ts';
import { SILENCES } from './stories/silences.ts';
import { SIZES } from './stories/sizes.ts';
import { SOURCES } from './stories/sources.ts';
import { MORE_STEPS, STEPS } from './stories/steps.ts';
import { TROUBLES } from './stories/troubles.ts';

export const SCENARIOS: readonly Scenario[] = [
  ...ROLLOUTS,
  ...CONNECTIONS,
  ...STEPS,
  ...SIZES,
  ...FAILURES,
  ...SOURCES,
  ...PEOPLE,
  ...HOSTS,
  ...FLEETS,
  ...ORDERS,
  ...RACES,
];

/** All that have a diary. */
export const STORIES: readonly Scenario[] = [
  ...SCENARIOS,
  ...MORE_STEPS,
  ...TROUBLES,
  ...RARITIES,
  ...SILENCES,
];
