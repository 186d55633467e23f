// `rollout` of a Service, and of the defaults of a Namespace: how a service passes from one revision to the next.

import { z } from 'zod';
import { suggestion } from '../nearest.ts';
import { DEFAULTS } from './defaults.ts';
import { analysis } from './rollout-analysis.ts';
import { steps } from './rollout-steps.ts';
import { countOrPercent, optional, quoted, reject, waitMs } from './values.ts';

const STRATEGIES = ['rolling', 'recreate', 'canary', 'blueGreen'] as const;
type Strategy = (typeof STRATEGIES)[number];

const isStrategy = (text: string): text is Strategy => STRATEGIES.some((one) => one === text);

const strategy = z.string().transform((text, context): Strategy => {
  if (isStrategy(text)) return text;
  if (text === 'ordered') {
    return reject(context, 'the strategy `ordered` is not supported yet', {
      code: 'manifest/unsupported',
      hint: 'Use `rolling` with `maxSurge: 0` and `maxUnavailable: 1`, or `recreate`.',
    });
  }
  const names = '`rolling`, `recreate`, `canary` or `blueGreen`';
  return reject(context, `${quoted(text)} is not one of ${names}${suggestion(text, [...STRATEGIES])}`);
});

const breaker = z.strictObject({
  failures: optional(countOrPercent, {
    description: 'Failed replicas in a row, as a number or share of the replicas.',
    default: DEFAULTS.rollout.breaker.failures,
    examples: ['50%'],
  }),
  min: optional(z.int().min(1, 'must be at least 1').max(10_000, 'must be at most 10000'), {
    description: 'Lower bound of that number.',
    default: DEFAULTS.rollout.breaker.min,
  }),
  max: optional(z.int().min(1, 'must be at least 1').max(10_000, 'must be at most 10000'), {
    description: 'Upper bound of that number.',
    default: DEFAULTS.rollout.breaker.max,
  }),
});

/** What `canary` and `blueGreen` do before the new revision takes over. */
const gradualKeys = {
  steps: optional(steps, {
    description:
      'Of the strategy `canary`: what happens, in this order, before the new revision takes over as with `rolling`. All replicas of the stable revision stay meanwhile. Each step has one key. With an analysis there is an `analyze` behind the last `weight` below 100, also where none is written. Without one (`analysis: []`) the default has `pause: 5m` in the place of each `analyze`.',
    default: DEFAULTS.rollout.steps,
    examples: [[{ weight: 5 }, { pause: '5m' }, { weight: 50 }, { analyze: {} }]],
  }),
  analysis: optional(analysis, {
    description:
      'Of `canary`: whether the new revision is compared with the stable one. Left out: one comparison by the defaults. `[]`: none.',
    examples: [[{ compare: { errors: { absolute: 0.01 } } }]],
  }),
  promotion: optional(z.enum(['auto', 'manual']), {
    description:
      'Of `blueGreen`: `manual` waits for `plimsoll rollout promote` before requests go to the new revision.',
    default: DEFAULTS.rollout.promotion,
    examples: ['manual'],
  }),
  bake: optional(waitMs, {
    description:
      'Of `canary` and `blueGreen`: how long the old revision stays whole when all requests go to the new one. Left out: of `canary` not at all, of `blueGreen` 30s.',
    examples: ['10m'],
  }),
};

/** Rollout as written; defaults of the namespace come in between, so none are applied here. */
export const rollout = z
  .strictObject({
    strategy: optional(strategy, {
      description:
        '`rolling`: replace replicas step by step. `recreate`: stop all, then start all. `canary`: a small part of the requests goes to the new revision first, and more in `steps`. `blueGreen`: the new revision is started beside the old one, then all requests go to it at once. The last two need a port under `serves`.',
      default: DEFAULTS.rollout.strategy,
      examples: STRATEGIES.slice(1),
    }),
    ...gradualKeys,
    maxSurge: optional(countOrPercent, {
      description:
        'Replicas above the number wanted; a share rounds up. Not 0 together with maxUnavailable 0.',
      default: DEFAULTS.rollout.maxSurge,
      examples: [1],
    }),
    maxUnavailable: optional(countOrPercent, {
      description: 'Replicas that may be missing; a share rounds down.',
      default: DEFAULTS.rollout.maxUnavailable,
      examples: [1],
    }),
    minHealthy: optional(waitMs, {
      description: 'How long a new replica must be ready without interruption before it counts.',
      default: DEFAULTS.rollout.minHealthy,
      examples: ['30s'],
    }),
    progressDeadline: optional(waitMs, {
      description:
        'Longest time without progress before the rollout has failed. Progress is a new replica that becomes available for the first time, or an old one that is gone.',
      default: DEFAULTS.rollout.progressDeadline,
      examples: ['5m'],
    }),
    drain: optional(waitMs, {
      description:
        'How long a replica that gets no requests any more may take to answer those that it has: then it is told to stop, and what is left is cut. It counts where other services connect to this one; websockets and connections of databases may last for days.',
      default: DEFAULTS.rollout.drain,
      examples: ['5m', '0s'],
    }),
    onFailure: optional(z.enum(['rollback', 'pause', 'freeze']), {
      description:
        'What follows a failure: back to the last stable revision, wait for a person, or leave everything as it is. Of a first deployment, which has nothing to go back to, what has served stays and the rest is stopped.',
      default: DEFAULTS.rollout.onFailure,
      examples: ['pause'],
    }),
    breaker: optional(breaker, {
      description: 'When failures of replicas end the rollout.',
      default: DEFAULTS.rollout.breaker,
    }),
    history: optional(z.int().min(1, 'must be at least 1').max(100, 'must be at most 100'), {
      description: 'Revisions that are kept for a rollback.',
      default: DEFAULTS.rollout.history,
      examples: [5],
    }),
  })
  .superRefine((written, context) => {
    if (written.analysis?.length !== 0) return;
    written.steps?.forEach(({ kind }, index) => {
      if (kind === 'analyze')
        reject(context, 'there is nothing to wait for: `analysis: []` switches the comparison off', {
          path: ['steps', index, 'analyze'],
          hint: 'Write `pause` or `confirm: {}` in its place, or remove `analysis: []`.',
        });
    });
  });
