// How a service passes from one revision to the next, and when that has failed. A zod schema, since the store
// keeps the one that was last decided on.

import { z } from 'zod';
import type { CountOrPercent } from '../kernel/quantity.ts';

const Count: z.ZodType<CountOrPercent> = z.union([z.number(), z.templateLiteral([z.number(), '%'])]);

export const RolloutSpec = z
  .strictObject({
    strategy: z.enum(['rolling', 'recreate']),
    maxSurge: Count,
    maxUnavailable: Count,
    minHealthyMs: z.number(),
    progressDeadlineMs: z.number(),
    /** Older stores did not note it. */
    drainMs: z.number().default(30_000),
    onFailure: z.enum(['rollback', 'pause', 'freeze']),
    breaker: z.strictObject({ failures: Count, min: z.number(), max: z.number() }).readonly(),
    historyLimit: z.number(),
  })
  .readonly();
export type RolloutSpec = z.infer<typeof RolloutSpec>;
