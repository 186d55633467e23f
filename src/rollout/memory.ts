// What the controller must remember about a service, because neither Git nor the hosts can tell: which
// instances it means to have, how far a rollout is, what failed before. These rows are saved before any
// effect that follows from them is played, so a crash replays the same names.

import { z } from 'zod';
import { Probes } from '../desired/probes.ts';
import { RolloutSpec } from '../desired/rollout-spec.ts';
import {
  CommitSha,
  HostId,
  NamespaceName,
  RevisionId,
  ServiceKey,
  ServiceName,
  SourceId,
} from '../kernel/ids.ts';
import { containerName } from '../kernel/owner.ts';
import { Instant } from '../kernel/time.ts';
import { CanaryState } from './canary-state.ts';

/** One container that the controller means to have (`run`) or to be rid of (`retire`). */
export const Instance = z.strictObject({
  revision: RevisionId,
  ordinal: z.number().int().nonnegative(),
  attempt: z.number().int().nonnegative(),
  host: HostId,
  /** Host ports in the order of the spec's ports; null where the engine chooses. */
  hostPorts: z.array(z.number().int().nullable()),
  intent: z.enum(['run', 'retire']),
  because: z.string(),
  plannedAt: Instant,
  /** When its container was first seen to have been started: one that was only created is not there yet. */
  seenAt: Instant.nullable(),
  /** Since when it has been ready without a break. */
  readyAt: Instant.nullable(),
  /** It was ready at least once, whatever became of it. */
  hasServed: z.boolean().default(false),
  /** Its stop was decided on, and may have been sent, also by a controller before this one. Older stores did not note it. */
  toldToStop: z.boolean().default(true),
  /** Failures since it was last ready for long; decides the back-off. */
  faults: z.number().int().nonnegative(),
  /** Names the failure that was counted last, so that none is counted twice. */
  faultMark: z.string().nullable(),
  /** Not started again before this. */
  retryAt: Instant.nullable(),
  /** When it was first to leave although requests may have been sent to it. */
  leavingSince: Instant.nullable().default(null),
  /** When no rules led to it any more: what it is answering since then is waited for. */
  drainingSince: Instant.nullable().default(null),
});
export type Instance = z.infer<typeof Instance>;

/**
 * progressing and rollingBack move containers; paused waits for a person; the others are ends:
 * succeeded, rolledBack, failed, superseded.
 */
export const RolloutPhase = z.enum([
  'progressing',
  'rollingBack',
  'paused',
  'succeeded',
  'rolledBack',
  'failed',
  'superseded',
]);
export type RolloutPhase = z.infer<typeof RolloutPhase>;

/** One run of a service from one revision to another. */
export const Rollout = z.strictObject({
  /** Counts the runs of this service from 1. */
  sequence: z.number().int().positive(),
  kind: z.enum(['deploy', 'rollback', 'restart']),
  from: RevisionId.nullable(),
  to: RevisionId,
  commit: CommitSha.nullable(),
  phase: RolloutPhase,
  /** What it was before it was paused. */
  pausedFrom: z.enum(['progressing', 'rollingBack']).nullable(),
  because: z.string(),
  startedAt: Instant,
  /** Last time that something got better; the progress deadline counts from here. */
  progressAt: Instant,
  /** Replicas of the goal that were available once in this run: that one ends and comes back is no progress. */
  arrived: z.array(z.string()).default([]),
  /** When one of them last became available, also anew; null: none has. */
  availableAt: Instant.nullable().default(null),
  endedAt: Instant.nullable(),
  /** Failures of new instances since one last became available. */
  failures: z.number().int().nonnegative(),
  /** All images were on their hosts once: from then on containers may be stopped. */
  prepared: z.boolean(),
  /** Null: it does not go by steps. */
  canary: CanaryState.nullable().default(null),
});
export type Rollout = z.infer<typeof Rollout>;

/** A run begins, goes on after a person kept it, or turns back: from here its progress and its failures are counted. */
export const countedFrom = (progressAt: Instant) =>
  ({ progressAt, arrived: [], availableAt: null, failures: 0 }) satisfies Partial<Rollout>;

const ImageResolution = z.strictObject({
  /** The reference as the spec has it. */
  reference: z.string(),
  identity: z.discriminatedUnion('kind', [
    z.strictObject({ kind: z.literal('digest'), digest: z.string() }),
    z.strictObject({ kind: z.literal('local'), ids: z.array(z.string()) }),
  ]),
  resolvedAt: Instant,
});

/** On which of its networks a service reaches another one: two that listen on one port need an address each. */
const ChosenDoor = z.strictObject({
  service: ServiceKey,
  ports: z.array(z.number().int()),
  network: z.number().int().nonnegative(),
});
export type ChosenDoor = z.infer<typeof ChosenDoor>;

export const ServiceMemory = z.strictObject({
  key: ServiceKey,
  namespace: NamespaceName,
  name: ServiceName,
  source: SourceId,
  dependsOn: z.array(ServiceKey),
  /** How many were last decided on: those of a commit hold once its revision is the target. */
  replicas: z.number().int().nonnegative(),
  /** The rules of rollouts that were last decided on, in the same way; null where that is not known. */
  rules: RolloutSpec.nullable().default(null),
  /** Hash of the desired spec that was last turned into a decision. */
  specHash: z.string().nullable(),
  image: ImageResolution.nullable(),
  /** What the instances are converging to. */
  target: RevisionId.nullable(),
  /** The last revision that a rollout brought to success. */
  stable: RevisionId.nullable(),
  rollout: Rollout.nullable(),
  instances: z.array(Instance),
  /** Of all revisions that its replicas have, and of the target. */
  doors: z.array(ChosenDoor).default([]),
  quarantine: z.array(
    z.strictObject({
      revision: RevisionId,
      because: z.string(),
      at: Instant,
      /** Under which terms it failed; null where a person judged. Changed terms lift the quarantine. */
      terms: z.string().nullable().default(null),
    }),
  ),
  /** The probes that a revision was last deployed with, the newest use last. */
  probes: z.array(z.strictObject({ revision: RevisionId, probes: Probes })).default([]),
  /** A revision chosen by hand; holds until the desired spec changes. */
  pin: z
    .strictObject({ revision: RevisionId, specHash: z.string().nullable(), by: z.string(), at: Instant })
    .nullable(),
  /** Instances planned before this are replaced (`plimsoll restart`). */
  restartAt: Instant.nullable(),
  sequence: z.number().int().nonnegative(),
});
export type ServiceMemory = z.infer<typeof ServiceMemory>;

/** The name of an instance's container. */
export const instanceName = (
  { namespace, name: service }: Pick<ServiceMemory, 'namespace' | 'name'>,
  instance: Pick<Instance, 'revision' | 'ordinal' | 'attempt'>,
): string => containerName({ ...instance, namespace, service });

export function newServiceMemory(
  service: Pick<ServiceMemory, 'key' | 'namespace' | 'name' | 'source'>,
): ServiceMemory {
  return {
    key: service.key,
    namespace: service.namespace,
    name: service.name,
    source: service.source,
    dependsOn: [],
    replicas: 0,
    rules: null,
    specHash: null,
    image: null,
    target: null,
    stable: null,
    rollout: null,
    instances: [],
    doors: [],
    quarantine: [],
    probes: [],
    pin: null,
    restartAt: null,
    sequence: 0,
  };
}

/** A rollout that still moves or waits for a person. */
export type ActiveRollout = Rollout & { readonly endedAt: null };
export const isActive = (rollout: Rollout | null): rollout is ActiveRollout => rollout?.endedAt === null;

/** It goes back to what was stable, also while a person has paused that. */
export const isTurningBack = ({ phase, pausedFrom }: Rollout): boolean =>
  phase === 'rollingBack' || (phase === 'paused' && pausedFrom === 'rollingBack');

/** The steps of the run that goes by some and has not done them all; null: it may replace replicas as it can. */
export const inSteps = (rollout: Rollout | null): CanaryState | null =>
  isActive(rollout) && !isTurningBack(rollout) && rollout.canary?.isOver === false ? rollout.canary : null;

/** It was being tried and is not any more: it gets no requests, and nobody counts with it. */
export function isGivenUp({ rollout }: ServiceMemory, revision: RevisionId): boolean {
  const canary = rollout?.canary ?? null;
  if (rollout === null || canary === null || canary.beside.includes(revision)) return false;
  return revision !== rollout.to || (isTurningBack(rollout) && !canary.isOver);
}
