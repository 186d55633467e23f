// The steps of a canary: which part of the requests the new revision gets, and what has to come before it gets more.

import { z } from 'zod';
import { type CountOrPercent, resolveCount } from '../../kernel/quantity.ts';
import { LIMITS } from '../limits.ts';
import { countOrPercent, optional, reject, typeError, waitMs } from './values.ts';

/** A share is in ten thousandths of the requests. */
type WrittenStep =
  | { readonly kind: 'replicas'; readonly replicas: CountOrPercent }
  | { readonly kind: 'weight'; readonly share: number }
  | { readonly kind: 'pause'; readonly forMs: number }
  | { readonly kind: 'confirm' }
  | { readonly kind: 'analyze' };

const KEYS = '`replicas`, `weight`, `pause`, `confirm` and `analyze`';
const WHOLE = 10_000;

const someReplicas = countOrPercent.refine(
  (count) => resolveCount(count, WHOLE, 'up') > 0,
  'must be more than 0',
);

const weight = z
  .number({ error: ({ input }) => typeError(input, 'per cent as a plain number such as `5` or `0.5`') })
  .min(0, 'must be at least 0')
  .max(100, 'must be at most 100')
  .transform((percent, context): number => {
    const share = Math.round(percent * 100);
    // Not by a remainder: 0.07 times 100 is no whole number.
    if (Math.abs(share / 100 - percent) < 1e-9) return share;
    return reject(context, 'has more than two digits after the point');
  });

const nothing = z.strictObject(
  {},
  { error: ({ code, input }) => (code === 'invalid_type' ? typeError(input, '`{}`') : undefined) },
);

/** Argo Rollouts waits for a person by `pause: {}`. */
const pause = z.preprocess(
  (value, context) =>
    typeof value === 'object' && value !== null
      ? reject(context, 'expected a duration such as `5m`', {
          hint: 'Write `pause: 5m`; `confirm: {}` waits for a person.',
        })
      : value,
  waitMs.refine((ms) => ms > 0, 'must be more than 0s'),
);

const analyze = z.preprocess(
  (value, context) =>
    typeof value === 'string'
      ? reject(context, 'an analysis with a name is not supported yet', {
          code: 'manifest/unsupported',
          hint: 'Write `analyze: {}`: it waits for the comparison with the stable revision.',
        })
      : value,
  nothing,
);

const step = z
  .strictObject({
    replicas: optional(someReplicas, {
      description:
        'So many replicas of the new revision, as a number or share of `replicas`, until another step says otherwise. Without it there are as many as its part of the requests needs.',
      examples: [1, '25%'],
    }),
    weight: optional(weight, {
      description: 'The part of the requests that the new revision gets, in per cent.',
      examples: [5, 0.5],
    }),
    pause: optional(pause, { description: 'Waits so long.', examples: ['5m'] }),
    confirm: optional(nothing, {
      description: 'Waits until a person says `plimsoll rollout promote`.',
      examples: [{}],
    }),
    analyze: optional(analyze, {
      description: 'Waits until the comparison with the stable revision has passed.',
      examples: [{}],
    }),
  })
  .transform((keys, context): WrittenStep => {
    const written: readonly WrittenStep[] = [
      ...(keys.replicas === undefined ? [] : [{ kind: 'replicas', replicas: keys.replicas } as const]),
      ...(keys.weight === undefined ? [] : [{ kind: 'weight', share: keys.weight } as const]),
      ...(keys.pause === undefined ? [] : [{ kind: 'pause', forMs: keys.pause } as const]),
      ...(keys.confirm === undefined ? [] : [{ kind: 'confirm' } as const]),
      ...(keys.analyze === undefined ? [] : [{ kind: 'analyze' } as const]),
    ];
    const [only, second] = written;
    if (only === undefined) return reject(context, `is empty: a step is one of ${KEYS}`);
    if (second === undefined) return only;
    return reject(context, `has ${written.length} keys: a step is one of ${KEYS}`, {
      hint: 'Make an item of the list of each.',
    });
  });

/** Who gets no requests cannot be compared. */
const WITHOUT_REQUESTS: Readonly<Record<number, string>> = {
  0: 'the new revision gets no requests here, so that nothing can be compared',
  [WHOLE]: 'the stable revision gets no requests any more, so that nothing can be compared',
};

export const steps = z
  .array(step)
  .min(1, 'needs at least one step')
  .max(LIMITS.rolloutSteps, `has more than ${LIMITS.rolloutSteps} items`)
  .superRefine((list, context) => {
    let before: number | null = null;
    list.forEach((one, index) => {
      if (one.kind === 'analyze') {
        const why = WITHOUT_REQUESTS[before ?? 0];
        if (why !== undefined)
          reject(context, why, {
            path: [index, 'analyze'],
            hint: 'Put it behind a `weight` that is more than 0 and less than 100.',
          });
      }
      if (one.kind !== 'weight') return;
      if (one.share === before) reject(context, `is ${one.share / 100} already`, { path: [index, 'weight'] });
      before = one.share;
    });
  });
