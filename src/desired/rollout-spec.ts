// How a service passes from one revision to the next, and when that has failed. A zod schema, since the store
// keeps the one that was last decided on.

import { z } from 'zod';
import type { CountOrPercent } from '../kernel/quantity.ts';

const Count: z.ZodType<CountOrPercent> = z.union([z.number(), z.templateLiteral([z.number(), '%'])]);

/** One step of a canary; the next one begins when it is done. */
export const RolloutStep = z.discriminatedUnion('kind', [
  /** So many replicas of the new revision, whatever its share of the requests is. Done when they are available. */
  z.strictObject({ kind: z.literal('replicas'), replicas: Count }),
  /** Of 10,000 requests so many. Done when load balancers go by it. */
  z.strictObject({ kind: z.literal('weight'), share: z.number().int() }),
  z.strictObject({ kind: z.literal('pause'), forMs: z.number() }),
  /** Waits until a person says `promote`. */
  z.strictObject({ kind: z.literal('confirm') }),
  /** Waits until the comparison with the stable revision has passed. */
  z.strictObject({ kind: z.literal('analyze') }),
]);
export type RolloutStep = z.infer<typeof RolloutStep>;

const ShareTolerance = z.strictObject({ absolute: z.number(), relative: z.number() });
const LatencyTolerance = z.strictObject({ absoluteMs: z.number(), relative: z.number() });

/** What of the new revision counts as worse than the stable one, and how sure one has to be; see analysis/spec.ts. */
const Comparing = z.strictObject({
  errors: ShareTolerance,
  latency: LatencyTolerance,
  tail: z.strictObject({ slow: LatencyTolerance, requests: ShareTolerance }),
  minSamples: z.number(),
  warmUpIntervals: z.number(),
  neededEvidence: z.number(),
});

export const RolloutSpec = z
  .strictObject({
    strategy: z.enum(['rolling', 'recreate', 'canary', 'blueGreen']),
    /** Of a canary, in their order; then the new revision takes over as with `rolling`. Older stores did not note them. */
    steps: z.array(RolloutStep).readonly().default([]),
    /** Null: the new revision is not compared with the stable one. */
    compare: Comparing.nullable().default(null),
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
