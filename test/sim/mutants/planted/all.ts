// The bugs planted by hand, by what they are about.

import { ACTIONS } from './actions.ts';
import type { Planted } from './planted.ts';
import { ROLLOUTS } from './rollouts.ts';
import { SIGHT } from './sight.ts';
import { STORE } from './store.ts';

export const PLANTED: readonly Planted[] = [...SIGHT, ...STORE, ...ROLLOUTS, ...ACTIONS];
