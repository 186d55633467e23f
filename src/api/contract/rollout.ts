// One run of a service, as `describe`, `history` and `rollout describe` show it; with its steps where it goes by some.

import { z } from 'zod';
import { at, list, word } from './fields.ts';

const StepAnswer = z.object({
  step: z.string().nullable().meta({ description: 'As `weight 5 %`; null: not known any more.' }),
  state: word(['done', 'current', 'next', 'stopped', 'skipped']).meta({
    description: 'stopped: the run ended, or turned back, there. skipped: it was never reached.',
  }),
  at: at.nullable().meta({ description: 'When it was left; of the current one since when it is in force.' }),
  because: z
    .string()
    .nullable()
    .meta({ description: 'Why it was left; of the current one what it waits for.' }),
});

const Share = z.object({ requests: z.number(), errors: z.number() });

const Measured = z.object({
  at,
  canary: Share.meta({ description: 'Of the new revision, since the measurement before.' }),
  stable: Share,
  gaps: list(z.string()).meta({ description: 'Hosts that are not in it, and why.' }),
});

const CanaryAnswer = z.object({
  because: z.string().meta({ description: 'Where it is, and what it waits for.' }),
  steps: list(StepAnswer),
  requestsPercent: z.number().nullable().meta({
    description: 'So many of 100 requests go to the new revision; null: no step decides about that any more.',
  }),
  waitsForPerson: z.boolean().meta({ description: 'It waits for `rollout promote`.' }),
  verdict: z
    .object({ verdict: word(['pass', 'fail', 'undecided']), because: z.string(), at })
    .nullable()
    .meta({ description: 'Of the comparison by the present part of the requests.' }),
  restarts: z.number(),
  outOfMemoryKills: z.number(),
  measured: list(Measured).meta({ description: 'The newest last.' }),
});
export type CanaryAnswer = z.output<typeof CanaryAnswer>;

export const RolloutAnswer = z.object({
  sequence: z.number().meta({ description: 'Counts the runs of the service from 1.' }),
  kind: word(['deploy', 'rollback', 'restart']),
  from: z.string().nullable(),
  to: z.string(),
  commit: z.string().nullable(),
  phase: word(['progressing', 'rollingBack', 'paused', 'succeeded', 'rolledBack', 'failed', 'superseded']),
  because: z.string(),
  startedAt: at,
  endedAt: at.nullable(),
  // Controllers before this key knew no steps.
  canary: CanaryAnswer.nullable().default(null).meta({ description: 'Null: it does not go by steps.' }),
});
export type RolloutAnswer = z.output<typeof RolloutAnswer>;
