// What a dry run tells: figures on virtual time that follow from the assumptions and from nothing else. Plain
// JSON; moments are milliseconds from the commit on.

import type { CommitSha, HostId, ServiceKey } from '../../kernel/ids.ts';
import type { ServicePhase } from '../../loop/status.ts';
import type { Link } from '../../loop/why.ts';

/** What nobody can know beforehand, and what is taken for it. */
export interface Assumptions {
  /** For an image that a host does not have. */
  readonly pullMs: number;
  /** From the start of a process until it answers its checks. */
  readonly startupMs: number;
  /** From SIGTERM until the end of a process. */
  readonly stopMs: number;
  /** Of a host of which it is not known. */
  readonly hostMemoryBytes: number;
}

/**
 * converged:    everything is as the commit says.
 * rolledBack:   a new revision failed, and what ran before runs again.
 * held:         the commit, or a service, waits for a person to let it through.
 * blocked:      it cannot go on before a person has changed something.
 * failed:       a rollout was given up, and nothing goes back to what ran before.
 * degraded:     nothing moves any more, and not every replica is ready.
 * late:         it was still moving when the bound on virtual time was reached.
 * unsettledStart: the state to begin with does not converge by itself, so nothing was committed.
 */
export type DryRunOutcome =
  | 'converged'
  | 'rolledBack'
  | 'held'
  | 'blocked'
  | 'failed'
  | 'degraded'
  | 'late'
  | 'unsettledStart';

/** A count at the moment when it was lowest, or highest. */
export interface Extreme {
  readonly count: number;
  readonly atMs: number;
}

export interface TimelineEntry {
  readonly atMs: number;
  readonly level: 'info' | 'warning' | 'error';
  /** As in `plimsoll events`; `assumed/…` for what the dry run itself makes happen. */
  readonly kind: string;
  readonly service: ServiceKey | null;
  readonly host: HostId | null;
  readonly message: string;
}

export interface ServiceForecast {
  readonly service: ServiceKey;
  /** By the commit that is pushed, whether or not it comes into force; moved: by itself it stays as it is, on other hosts. */
  readonly change: 'added' | 'changed' | 'removed' | 'moved' | 'unchanged';
  /** Replicas that the commit in force wants. */
  readonly wanted: number;
  /** How many do their work in the end. */
  readonly ready: number;
  /** At the worst moment; null where it was never complete before (a first deployment). */
  readonly fewestReady: Extreme | null;
  /** How many its own rules keep at least; null where there was nothing to keep. */
  readonly allowedReady: number | null;
  /** Running at the same time, of all revisions. */
  readonly mostContainers: Extreme;
  /** When something was begun for it for the first time; null: nothing was. */
  readonly beganMs: number | null;
  /** When the last thing was done for it; null: nothing was, or it did not come to an end. */
  readonly endedMs: number | null;
  readonly phase: ServicePhase | 'removed';
  readonly because: string;
  /** Where it is not ready: the chain of `plimsoll why`. */
  readonly why: readonly Pick<Link, 'link' | 'object' | 'because'>[];
}

export interface HostForecast {
  readonly host: HostId;
  readonly memoryBytes: number;
  /** Where the memory is known from. */
  readonly knownFrom: 'engine' | 'label' | 'assumed';
  /** Kept for the system by the Host manifest. */
  readonly reservedBytes: number;
  /** Sum of the memory limits of all containers that run, when it was highest. */
  readonly mostLimits: { readonly bytes: number; readonly atMs: number };
  /** Containers at the same time, when there were most, that may take as much memory as they like. */
  readonly mostUnlimited: Extreme;
  readonly mostContainers: Extreme;
  /** What runs there in the end, of ours, by service. */
  readonly inTheEnd: readonly { readonly service: ServiceKey; readonly containers: number }[];
  /** When it stopped answering, by request; null: it did not. */
  readonly lostMs: number | null;
  /** It did not answer from the beginning: what runs there is not known. */
  readonly isAway: boolean;
}

export interface DryRunReport {
  readonly outcome: DryRunOutcome;
  readonly because: string;
  /** What it began with: the commit that was deployed before; null: empty hosts. */
  readonly from: CommitSha | null;
  readonly commit: CommitSha;
  /** False: it is held or refused, and what was in force before still is. */
  readonly isInForce: boolean;
  /** Until the last thing happened. */
  readonly tookMs: number;
  /** Services that had fewer ready replicas at some moment than their rules allow. */
  readonly belowRules: readonly ServiceKey[];
  readonly assumptions: Assumptions;
  readonly services: readonly ServiceForecast[];
  readonly hosts: readonly HostForecast[];
  readonly timeline: readonly TimelineEntry[];
  /** What the reader should know about the dry run itself. */
  readonly notes: readonly string[];
}
