// What is remembered of a rollout by steps: where it is, how many requests the new revision gets, and what was found out
// about it. It outlives a controller: a comparison that has taken half an hour does not begin again.

import { z } from 'zod';
import { RolloutStep } from '../desired/rollout-spec.ts';
import { RevisionId } from '../kernel/ids.ts';
import { Instant } from '../kernel/time.ts';

const Counts = z.strictObject({
  requests: z.number().int(),
  errors: z.number().int(),
  latencies: z.array(z.number().int()).readonly(),
});

/** See analysis/evidence.ts. */
const Evidence = z.strictObject({
  intervals: z.number().int(),
  worse: z.array(z.number()).readonly(),
  noWorse: z.array(z.number()).readonly(),
});

/** See analysis/comparison.ts. */
const Comparison = z.strictObject({
  intervals: z.number().int(),
  canary: Counts,
  stable: Counts,
  restarts: z.number().int(),
  outOfMemoryKills: z.number().int(),
  errors: Evidence,
  latency: Evidence,
  tail: Evidence,
});

const Share = z.strictObject({ requests: z.number().int(), errors: z.number().int() });

/** What was measured from the look before to this one. */
const Measured = z.strictObject({
  at: Instant,
  canary: Share,
  stable: Share,
  /** Hosts of which it is not known, and why. */
  gaps: z.array(z.string()),
});
export type Measured = z.infer<typeof Measured>;

/** The newest last. */
export const MOST_MEASURED = 60;

export const CanaryState = z.strictObject({
  /** Which of the steps it is at, from 0. */
  step: z.number().int().nonnegative(),
  /** Since when that step is in force; null: it is being brought into force. */
  since: Instant.nullable(),
  /** Of 10,000 requests so many are led to the new revision. */
  share: z.number().int().nonnegative(),
  /** When load balancers came to go by that share; null: they do not all yet. */
  sharedAt: Instant.nullable(),
  /** By which steps, and by which terms of the comparison, it goes: a commit may change them. */
  steps: z.array(RolloutStep),
  compare: z.string().nullable(),
  /** The other requests are answered by the replicas of these; none else gets any. */
  beside: z.array(RevisionId),
  /** A person has let go of the step that it is at. */
  isConfirmed: z.boolean(),
  /** All steps are done, or a person has said so: the new revision takes over. */
  isOver: z.boolean(),
  /** Containers of the new revision that ended by themselves, and those of them that were killed for want of memory. */
  restarts: z.number().int(),
  outOfMemoryKills: z.number().int(),
  /** The same of those that it is compared with: what happens to both speaks against neither. */
  restartsBeside: z.number().int(),
  comparison: Comparison.nullable(),
  /** The last verdict, in a sentence; null: there is none yet. */
  verdict: z
    .strictObject({ verdict: z.enum(['pass', 'fail', 'undecided']), because: z.string(), at: Instant })
    .nullable(),
  measured: z.array(Measured),
  /** The steps that were left, in their order, as they were then: a commit may have given the run other ones since. */
  done: z.array(z.strictObject({ step: z.string(), at: Instant, because: z.string() })).default([]),
});
export type CanaryState = z.infer<typeof CanaryState>;

export const newCanary = (beside: readonly RevisionId[]): CanaryState => ({
  step: 0,
  since: null,
  share: 0,
  sharedAt: null,
  steps: [],
  compare: null,
  beside: [...beside],
  isConfirmed: false,
  isOver: false,
  restarts: 0,
  outOfMemoryKills: 0,
  restartsBeside: 0,
  comparison: null,
  verdict: null,
  measured: [],
  done: [],
});

/** What was found out so far is forgotten: a person, or other terms, give it another chance. */
export const UNJUDGED = {
  comparison: null,
  verdict: null,
  restarts: 0,
  outOfMemoryKills: 0,
  restartsBeside: 0,
} as const satisfies Partial<CanaryState>;
