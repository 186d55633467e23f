// How the new revision is compared with the stable one: what of it is tolerated, and how sure one has to be.

import { z } from 'zod';
import { DEFAULTS } from './defaults.ts';
import { optional, reject, required, waitMs } from './values.ts';

const { compare: DEFAULT } = DEFAULTS.rollout;

const MOST_RELATIVE = 10;
/** The comparison says nothing where nearly everything is tolerated. */
const MOST_SHARE = 0.5;

const relative = z
  .number()
  .min(0, 'must not be negative')
  .max(MOST_RELATIVE, `must be at most ${MOST_RELATIVE}`);
const share = z.number().min(0, 'must not be negative').max(MOST_SHARE, `must be at most ${MOST_SHARE}`);

const NO_TOLERANCE = 'tolerates nothing: that there is no difference at all can never be shown';

const shareTolerance = (fallback: { readonly absolute: number; readonly relative: number }) =>
  z
    .strictObject({
      absolute: optional(share, {
        description:
          'Added to the share of the stable revision: 0.005 is half of a per cent of the requests.',
        default: fallback.absolute,
        examples: [0.01],
      }),
      relative: optional(relative, {
        description: 'A part of the share of the stable revision, added as well.',
        default: fallback.relative,
        examples: [0.5],
      }),
    })
    .superRefine((written, context) => {
      const { absolute = fallback.absolute, relative: part = fallback.relative } = written;
      if (absolute === 0 && part === 0) reject(context, NO_TOLERANCE);
    });

const latencyTolerance = (fallback: { readonly absolute: string; readonly relative: number }) =>
  z
    .strictObject({
      absolute: optional(waitMs, {
        description: 'Added to what the stable revision takes.',
        default: fallback.absolute,
        examples: ['20ms'],
      }),
      relative: optional(relative, {
        description: 'A part of what the stable revision takes, added as well.',
        default: fallback.relative,
        examples: [0.5],
      }),
    })
    .superRefine((written, context) => {
      if (written.absolute === 0 && (written.relative ?? fallback.relative) === 0)
        reject(context, NO_TOLERANCE);
    });

const tail = z.strictObject({
  slow: optional(latencyTolerance(DEFAULT.tail.slow), {
    description:
      'From where on a request is slow: what the slowest hundredth of the stable revision takes, with this tolerance.',
    default: DEFAULT.tail.slow,
  }),
  requests: optional(shareTolerance(DEFAULT.tail.requests), {
    description: 'How many more slow requests are tolerated.',
    default: DEFAULT.tail.requests,
  }),
});

const compare = z.strictObject({
  errors: optional(shareTolerance(DEFAULT.errors), {
    description: 'How many more requests may end in an error (5xx).',
    default: DEFAULT.errors,
  }),
  latency: optional(latencyTolerance(DEFAULT.latency), {
    description: 'How much longer a request may take.',
    default: DEFAULT.latency,
  }),
  tail: optional(tail, { description: 'The slowest requests.', default: DEFAULT.tail }),
  minSamples: optional(z.int().min(1, 'must be at least 1').max(1_000_000, 'must be at most 1000000'), {
    description: 'Requests of each revision before there is a verdict.',
    default: DEFAULT.minSamples,
    examples: [500],
  }),
  warmUp: optional(z.int().min(0, 'must not be negative').max(1_000, 'must be at most 1000'), {
    description:
      'Intervals of counting at the beginning of which latency is not judged: caches are cold then. Errors are.',
    default: DEFAULT.warmUp,
    examples: [5],
  }),
  evidence: optional(z.number().min(2, 'must be at least 2').max(1_000_000, 'must be at most 1000000'), {
    description:
      'How sure a verdict has to be. With 100, a revision that is beyond a tolerance passes in at most 1 of 100 rollouts.',
    default: DEFAULT.evidence,
    examples: [1_000],
  }),
});

const entry = z.strictObject({
  compare: required(compare, {
    description: 'Compares the new revision with the stable one, over the same time. `{}`: by the defaults.',
  }),
});

export const analysis = z.array(entry).max(1, 'has more than one entry: there is one comparison so far');
