// What a world is made from.

import type { GovernorLimits } from '../../plan/governor.ts';
import type { SimShop } from '../shop/shop.ts';
import type { Tempo } from './tempo.ts';

export interface WorldOptions {
  readonly seed: number | string;
  readonly shop: SimShop;
  /** Keeps the lines of the trace. */
  readonly isTold: boolean;
  /** Only what most people write is committed. */
  readonly isPlain?: boolean;
  readonly tempo?: Tempo;
  readonly governor?: GovernorLimits;
}
