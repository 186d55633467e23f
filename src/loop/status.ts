// The controller's state for people: what `status`, `why` and the API show. The sentences come unchanged
// from whoever refused or waited.

import type { DesiredService } from '../desired/desired.ts';
import type { Problem } from '../kernel/errors.ts';
import type { CommitSha, HostId, NamespaceName, RevisionId, ServiceKey, ServiceName } from '../kernel/ids.ts';
import type { HostView } from '../observed/host-view.ts';
import type { Blocked } from '../rollout/facts.ts';
import { type Instance, isActive, type Rollout, type ServiceMemory } from '../rollout/memory.ts';
import type { SourceStatus } from './source-status.ts';

export type ServicePhase =
  | 'ready'
  | 'progressing'
  | 'rollingBack'
  | 'paused'
  | 'waiting'
  | 'degraded'
  | 'held'
  | 'failed'
  | 'removing';

export interface ServiceStatus {
  readonly namespace: NamespaceName;
  readonly name: ServiceName;
  /** Replicas that the commit wants. */
  readonly desired: number;
  readonly ready: number;
  /** What the instances run or converge to. */
  readonly revision: RevisionId | null;
  readonly phase: ServicePhase;
  readonly because: string;
}

export interface HostStatus {
  readonly name: HostId;
  readonly state: HostView['state'];
  readonly because: string;
}

export interface ControllerStatus {
  /** The commit in force of the first source. */
  readonly commit: CommitSha | null;
  readonly phase: 'starting' | 'converged' | 'progressing' | 'held' | 'failed' | 'reportOnly';
  readonly services: readonly ServiceStatus[];
  readonly hosts: readonly HostStatus[];
  readonly sources: readonly SourceStatus[];
  /** What concerns the controller as a whole. */
  readonly problems: readonly Problem[];
}

export interface ServiceDescription extends ServiceStatus {
  readonly stable: RevisionId | null;
  readonly rollout: Rollout | null;
  readonly instances: readonly Instance[];
  readonly quarantine: ServiceMemory['quarantine'];
  readonly blocked: readonly Blocked[];
  readonly history: readonly Rollout[];
}

/** Only what can be seen counts: on a host that does not answer, nobody knows. */
const readyOn = (m: ServiceMemory, isSeen: (host: HostId) => boolean): number =>
  m.instances.filter((i) => i.intent === 'run' && i.readyAt !== null && isSeen(i.host)).length;

function phaseOf(
  desired: DesiredService | null,
  m: ServiceMemory | undefined,
  blocked: readonly Blocked[],
  ready: number,
): { phase: ServicePhase; because: string } {
  const reason =
    blocked[0] === undefined
      ? ''
      : blocked.map((b) => (b.object === m?.key ? b.because : `${b.object}: ${b.because}`)).join('; ');
  if (desired === null) return { phase: 'removing', because: reason || 'no commit wants it any more' };
  if (m === undefined) return { phase: 'waiting', because: reason || 'not looked at yet' };
  const { rollout } = m;
  if (isActive(rollout)) {
    const phase =
      rollout.phase === 'paused' || rollout.phase === 'rollingBack' ? rollout.phase : 'progressing';
    return { phase, because: reason === '' ? rollout.because : `${rollout.because}; ${reason}` };
  }
  // A failed run is over once what is stable is back in full.
  const isBack = m.target === m.stable && ready >= desired.replicas;
  if (rollout?.phase === 'failed' && !isBack) return { phase: 'failed', because: rollout.because };
  if (m.specHash !== desired.specHash)
    return { phase: 'waiting', because: reason || 'its image is being resolved' };
  if (m.pin !== null || m.quarantine.length > 0) {
    const held = blocked.find((b) => /held at/.test(b.because));
    if (held !== undefined) return { phase: 'held', because: held.because };
  }
  if (ready < desired.replicas) return { phase: 'degraded', because: reason || 'not every replica is ready' };
  return { phase: 'ready', because: reason };
}

/** `unread`: nothing was read from it yet. `gone`: the configuration does not name it any more. */
export type SourceState = 'read' | 'unread' | 'gone';

const LEFT_ALONE = {
  unread: { phase: 'waiting', because: 'its source has not been read yet: left as it is' },
  gone: { phase: 'held', because: 'its source is not configured any more: left as it is' },
} as const;

/** Null where there is nothing to say: all that is left are stopped containers, kept for their logs. */
export function serviceStatus(
  key: ServiceKey,
  desired: DesiredService | null,
  memory: ServiceMemory | undefined,
  blocked: readonly Blocked[],
  source: SourceState,
  isSeen: (host: HostId) => boolean,
): ServiceStatus | null {
  const named = desired ?? memory;
  if (named === undefined) return null;
  if (desired === null && source === 'read' && memory?.instances.length === 0) return null;
  const ready = memory === undefined ? 0 : readyOn(memory, isSeen);
  const { phase, because } =
    desired === null && source !== 'read' ? LEFT_ALONE[source] : phaseOf(desired, memory, blocked, ready);
  return {
    namespace: named.namespace,
    name: named.name,
    desired: desired?.replicas ?? (source === 'read' ? 0 : (memory?.replicas ?? 0)),
    ready,
    revision: memory?.target ?? null,
    phase,
    because: because === '' ? `all replicas of ${key} are ready` : because,
  };
}
