// The state of everything: what `status`, `sources` and `hosts` show.

import { z } from 'zod';
import { at, list, ProblemAnswer, word } from './fields.ts';

export const ServiceStatusAnswer = z.object({
  namespace: z.string(),
  name: z.string(),
  desired: z.number().meta({ description: 'Replicas that the commit wants.' }),
  ready: z.number(),
  revision: z.string().nullable(),
  phase: word([
    'ready',
    'progressing',
    'rollingBack',
    'paused',
    'waiting',
    'degraded',
    'blocked',
    'held',
    'failed',
    'removing',
  ]).meta({
    description:
      '`blocked`: it cannot go on before a person changes something (an image that is not there, a refused password, no host that would do). `held`: it is kept as it is, and that is not what the commit says (rolled back, by itself or by hand; its source is not read, or only reports what it would remove).',
  }),
  because: z.string(),
  waitsForPerson: z.boolean().default(false).meta({
    description: 'A step of its rollout does: nothing goes on before `plimsoll rollout promote`.',
  }),
});

export const HostState = word(['unknown', 'fresh', 'stale', 'unreachable']);

export const SourceAnswer = z.object({
  id: z.string(),
  commit: z.string().nullable().meta({ description: 'The commit in force.' }),
  head: z
    .object({ commit: z.string(), author: z.string(), subject: z.string(), committedAt: at })
    .nullable()
    .meta({ description: 'The newest commit that was read.' }),
  held: z
    .object({ commit: z.string(), because: z.string(), at })
    .nullable()
    .meta({ description: 'A commit that waits for `plimsoll approve`.' }),
  problems: list(ProblemAnswer).meta({
    description: 'Why the newest commit is not in force, or why the source cannot be read.',
  }),
});
export type SourceAnswer = z.output<typeof SourceAnswer>;

export const SourcesAnswer = z.object({ sources: list(SourceAnswer) });

export const StatusAnswer = z.object({
  commit: z.string().nullable().meta({ description: 'The commit in force of the first source.' }),
  phase: word(['starting', 'converged', 'progressing', 'degraded', 'held', 'failed', 'reportOnly']),
  services: list(ServiceStatusAnswer),
  hosts: list(z.object({ name: z.string(), state: HostState, because: z.string() })),
  sources: list(SourceAnswer),
  problems: list(ProblemAnswer).meta({ description: 'What concerns the controller as a whole.' }),
});
export type StatusAnswer = z.output<typeof StatusAnswer>;
export type ServiceStatusAnswer = z.output<typeof ServiceStatusAnswer>;

export const HostsAnswer = z.object({
  hosts: list(
    z.object({
      name: z.string(),
      state: HostState,
      because: z.string(),
      since: at.meta({ description: 'When `state` began, in milliseconds since the Unix epoch.' }),
      seenAt: at.nullable(),
      address: z.string(),
      labels: z.record(z.string(), z.string()),
      schedulable: z.boolean(),
      leaving: z.boolean().meta({ description: 'No commit has it in the fleet any more.' }),
      engine: z
        .object({
          version: z.string(),
          apiVersion: z.string(),
          os: z.string(),
          architecture: z.string(),
          cpus: z.number(),
          memoryBytes: z.number(),
          liveRestore: z.boolean(),
        })
        .nullable(),
      containers: z.object({ own: z.number(), foreign: z.number() }),
    }),
  ),
});
export type HostsAnswer = z.output<typeof HostsAnswer>;

export const VersionAnswer = z.object({
  version: z.string(),
  controller: z.string().meta({ description: 'The id of the controller.' }),
  startedAt: at,
});
export type VersionAnswer = z.output<typeof VersionAnswer>;
