// One service: what `describe`, `why` and `history` show, and the commands that it takes.

import { z } from 'zod';
import { NamespaceName, RevisionId, ServiceName } from '../../kernel/ids.ts';
import { at, Blocked, list, word } from './fields.ts';
import { RolloutAnswer } from './rollout.ts';
import { HostState, ServiceStatusAnswer } from './status.ts';

export const ServiceParams = z.strictObject({ namespace: NamespaceName, name: ServiceName });

const Quarantined = z.object({ revision: z.string(), because: z.string(), at });

const InstanceAnswer = z.object({
  ordinal: z.number(),
  revision: z.string(),
  host: z.string(),
  intent: word(['run', 'retire']),
  because: z.string(),
  plannedAt: at,
  readyAt: at.nullable(),
  container: z
    .object({
      name: z.string(),
      id: z.string(),
      status: z.string(),
      health: word(['none', 'starting', 'healthy', 'unhealthy']),
      startedAt: at.nullable(),
      exitCode: z.number().nullable(),
      restartCount: z.number(),
      hostPorts: list(
        z.object({
          port: z.number(),
          protocol: word(['tcp', 'udp']),
          containerPort: z
            .number()
            .nullable()
            .default(null)
            .meta({ description: 'Null where it is not known.' }),
        }),
      ),
    })
    .nullable()
    .meta({ description: 'The container behind it; null where none is seen.' }),
  // Controllers before this key showed every picture as one of now.
  hostState: HostState.default('fresh'),
  asOf: at.nullable().default(null).meta({
    description:
      'Where the host does not answer: when it last did, and so how old `readyAt` and `container` are. Null: they are of now, or the host has not answered since the controller started.',
  }),
});

export const ServiceAnswer = ServiceStatusAnswer.extend({
  image: z.string().nullable().meta({
    description: 'Of the revision that runs, or is to run where none does; null: nothing is decided yet.',
  }),
  desiredImage: z.string().nullable().default(null).meta({
    description: 'The one that the commit names; another one than `image` while it is not deployed.',
  }),
  source: z.string(),
  commit: z.string().nullable(),
  stable: z.string().nullable().meta({ description: 'The last revision that a rollout made succeed.' }),
  pin: z
    .object({ revision: z.string(), by: z.string(), at })
    .nullable()
    .meta({ description: 'A revision chosen by `rollback`.' }),
  dependsOn: list(z.string()),
  rollout: RolloutAnswer.nullable(),
  instances: list(InstanceAnswer),
  quarantine: list(Quarantined),
  blocked: list(Blocked),
});
export type ServiceAnswer = z.output<typeof ServiceAnswer>;

/** What `rollout describe` prints as JSON: the part of the service's answer that is about its rollout. */
export const RolloutDescription = ServiceAnswer.pick({
  namespace: true,
  name: true,
  phase: true,
  because: true,
  rollout: true,
});

export const HistoryAnswer = z.object({
  rollouts: list(RolloutAnswer).meta({ description: 'Ended runs, newest first.' }),
});
export type HistoryAnswer = z.output<typeof HistoryAnswer>;

export const WhyAnswer = z.object({
  service: z.string(),
  phase: ServiceStatusAnswer.shape.phase,
  because: z.string(),
  chain: list(
    z.object({
      link: word([
        'commit',
        'source',
        'image',
        'rollout',
        'step',
        'verdict',
        'pin',
        'quarantine',
        'instance',
        'container',
        'host',
        'probe',
        'failure',
        'blocked',
      ]),
      object: z.string(),
      at: at.nullable(),
      because: z.string(),
    }),
  ).meta({ description: 'From the commit to the containers: each link is the ground of those below.' }),
});
export type WhyAnswer = z.output<typeof WhyAnswer>;

export const CommandBody = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.enum(['pause', 'resume', 'abort', 'retry']) }),
  z.strictObject({ kind: z.literal('promote'), full: z.boolean().default(false) }),
  z.strictObject({ kind: z.literal('rollback'), to: RevisionId.nullable().default(null) }),
  z.strictObject({ kind: z.literal('restart'), pull: z.boolean().default(false) }),
]);
export type CommandBody = z.input<typeof CommandBody>;

export const CommandAnswer = z.object({ service: z.string(), accepted: z.literal(true) });
