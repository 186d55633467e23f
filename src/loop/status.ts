// The controller's state for people: what `status`, `why` and the API show. The sentences come unchanged
// from whoever refused or waited.

import type { DesiredService } from '../desired/desired.ts';
import type { Problem } from '../kernel/errors.ts';
import type { CommitSha, HostId, NamespaceName, RevisionId, ServiceKey, ServiceName } from '../kernel/ids.ts';
import type { HostView } from '../observed/host-view.ts';
import type { Blocked } from '../rollout/facts.ts';
import { type Instance, inSteps, isActive, type Rollout, type ServiceMemory } from '../rollout/memory.ts';
import { isStuck, sentenceOf } from './obstacle.ts';
import type { SourceStatus } from './source-status.ts';

/**
 * ready:       all replicas are, as the commit says.
 * progressing, rollingBack: containers are being replaced.
 * waiting:     for what comes by itself: a digest, another service, the first look at a source.
 * degraded:    not all replicas are ready, or one was changed by hand; they are being put right.
 * removing:    no commit wants it any more.
 * paused:      its rollout goes on when a person says so.
 * blocked:     it cannot go on before a person has changed something: an image that is not there, a refused
 *              password, a container that the engine refuses, no host that would do.
 * held:        it is kept as it is, and that is not what the commit says: rolled back, by itself or by hand,
 *              its source is not read, or only reports what it would remove.
 * failed:      its rollout was given up, and nothing goes back to what ran before.
 */
export type ServicePhase =
  | 'ready'
  | 'progressing'
  | 'rollingBack'
  | 'paused'
  | 'waiting'
  | 'degraded'
  | 'blocked'
  | 'held'
  | 'failed'
  | 'removing';

/** What goes on by itself, towards what the commit says. */
export const UNDER_WAY: ReadonlySet<ServicePhase> = new Set([
  'progressing',
  'rollingBack',
  'waiting',
  'removing',
]);

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
  /** A step of its rollout does: nothing goes on by itself before somebody lets go of it. */
  readonly waitsForPerson: boolean;
}

export interface HostStatus {
  readonly name: HostId;
  readonly state: HostView['state'];
  readonly because: string;
}

export interface ControllerStatus {
  /** The commit in force of the first source. */
  readonly commit: CommitSha | null;
  readonly phase: 'starting' | 'converged' | 'progressing' | 'degraded' | 'held' | 'failed' | 'reportOnly';
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
export const readyOn = (m: ServiceMemory, isSeen: (host: HostId) => boolean): number =>
  m.instances.filter((i) => i.intent === 'run' && i.readyAt !== null && isSeen(i.host)).length;

interface Condition {
  readonly phase: ServicePhase;
  readonly because: string;
}

/**
 * Whether what runs is what came of this commit. A person who lets a rollout try again, or has the image looked up
 * anew, takes the decision back; and it is not made as long as another service has to come first.
 */
const isDecided = ({ blocked }: ServiceFacts, m: ServiceMemory, { specHash }: DesiredService): boolean =>
  m.specHash === specHash &&
  (m.image !== null || m.pin !== null) &&
  !blocked.some((b) => b.needs === 'service');

function phaseOf(facts: ServiceFacts, desired: DesiredService, ready: number): Condition {
  const { memory: m, blocked, isFleetSeen, key } = facts;
  const reason = sentenceOf(key, blocked);
  if (m === undefined) return { phase: 'waiting', because: reason || 'not looked at yet' };
  const needsPerson = isStuck(blocked, isFleetSeen);
  const { rollout } = m;
  if (isActive(rollout) && rollout.phase !== 'paused' && needsPerson)
    return { phase: 'blocked', because: reason };
  if (isActive(rollout)) {
    const phase =
      rollout.phase === 'paused' || rollout.phase === 'rollingBack' ? rollout.phase : 'progressing';
    const updated = m.instances.filter(
      (i) => i.revision === m.target && i.intent === 'run' && i.readyAt !== null,
    );
    const moved = `${rollout.because}; ${updated.length} of ${desired.replicas} updated`;
    return { phase, because: reason === '' ? moved : `${moved}; ${reason}` };
  }
  // What became of the commit before is no verdict on the one that is in force now.
  if (!isDecided(facts, m, desired))
    return { phase: needsPerson ? 'blocked' : 'waiting', because: reason || 'its image is being resolved' };
  const isMixed = m.instances.some((i) => i.intent === 'run' && i.revision !== m.target);
  // A failed run is over once what is stable is back in full.
  const isBack = m.target === m.stable && ready >= desired.replicas && !isMixed;
  if (rollout?.phase === 'failed' && !isBack) return { phase: 'failed', because: rollout.because };
  const held = blocked.find((b) => b.needs === 'release');
  if (held !== undefined) {
    // That it is held must not hide that something else is wrong.
    const others = sentenceOf(
      key,
      blocked.filter((b) => b !== held),
    );
    const loss = ready < desired.replicas ? `; ${ready} of ${desired.replicas} ready: ${others}` : '';
    return { phase: 'held', because: held.because + loss };
  }
  if (ready < desired.replicas)
    return { phase: needsPerson ? 'blocked' : 'degraded', because: reason || 'not every replica is ready' };
  const present = m.instances.filter((i) => facts.isSeen(i.host)).length;
  // One that was replaced, on a host that leaves, say, goes once its successor has proved itself; and one that
  // is being stopped, of an earlier commit perhaps, works until it has ended.
  if (present > desired.replicas)
    return {
      phase: needsPerson ? 'blocked' : 'progressing',
      because: reason || `${present - desired.replicas} more than wanted are still to go`,
    };
  if (isMixed)
    return { phase: needsPerson ? 'blocked' : 'progressing', because: reason || 'some run another revision' };
  if (m.instances.some((i) => i.intent === 'run' && !facts.isInFleet(i.host)))
    return {
      phase: needsPerson ? 'blocked' : 'progressing',
      because: reason || 'some are still on a host that has left the fleet',
    };
  // It serves all the while, but not as the commit says: with another limit, or under no name.
  if (blocked.some((b) => b.needs === 'repair'))
    return { phase: needsPerson ? 'blocked' : 'degraded', because: reason };
  return { phase: 'ready', because: reason };
}

/**
 * `unread`: nothing was read from it since the controller started; `needsPerson`: that does not come by
 * itself. `gone`: the configuration does not name it any more.
 */
export type SourceState =
  | { readonly kind: 'read' | 'gone' }
  | { readonly kind: 'unread'; readonly because: string; readonly needsPerson: boolean };

/** Nothing is known of what its commit says, so nothing is changed. */
function leftAlone(
  memory: ServiceMemory | undefined,
  source: Exclude<SourceState, { kind: 'read' }>,
): Condition {
  const why = source.kind === 'unread' ? source.because : 'its source is not configured any more';
  const runs = memory?.instances.filter((i) => i.intent === 'run') ?? [];
  const ready = runs.filter((i) => i.readyAt !== null).length;
  const remembered =
    runs.length === 0 ? '' : `, ${ready} of ${memory?.replicas ?? 0} were ready when last seen`;
  const isWaiting = source.kind === 'unread' && !source.needsPerson;
  return { phase: isWaiting ? 'waiting' : 'held', because: `${why}; left as it is${remembered}` };
}

export interface ServiceFacts {
  readonly key: ServiceKey;
  /** Null: the commits that were read do not want it, or its own was not read. */
  readonly desired: DesiredService | null;
  readonly memory: ServiceMemory | undefined;
  readonly blocked: readonly Blocked[];
  readonly source: SourceState;
  /** Every host answers. */
  readonly isFleetSeen: boolean;
  readonly isSeen: (host: HostId) => boolean;
  readonly isInFleet: (host: HostId) => boolean;
}

function conditionOf(facts: ServiceFacts, ready: number): Condition {
  const { key, desired, memory, blocked, source, isFleetSeen } = facts;
  if (desired !== null) return phaseOf(facts, desired, ready);
  if (source.kind !== 'read') return leftAlone(memory, source);
  const because = sentenceOf(key, blocked) || 'no commit wants it any more';
  if (blocked.some((b) => b.needs === 'release')) return { phase: 'held', because };
  return { phase: isStuck(blocked, isFleetSeen) ? 'blocked' : 'removing', because };
}

/** Null where there is nothing to say: all that is left are stopped containers, kept for their logs. */
export function serviceStatus(facts: ServiceFacts): ServiceStatus | null {
  const { key, desired, memory, source, isSeen } = facts;
  const named = desired ?? memory;
  if (named === undefined) return null;
  const isRead = source.kind === 'read';
  if (desired === null && isRead && memory?.instances.length === 0) return null;
  const ready = memory === undefined ? 0 : readyOn(memory, isSeen);
  const { phase, because } = conditionOf(facts, ready);
  return {
    namespace: named.namespace,
    name: named.name,
    desired: desired?.replicas ?? (isRead ? 0 : (memory?.replicas ?? 0)),
    ready,
    revision: memory?.target ?? null,
    phase,
    because: because === '' ? `all replicas of ${key} are ready` : because,
    waitsForPerson:
      phase === 'progressing' &&
      inSteps(memory?.rollout ?? null) !== null &&
      facts.blocked.some(({ needs }) => needs === 'release'),
  };
}

const NEEDS_PERSON: ReadonlySet<ServicePhase> = new Set(['blocked', 'failed', 'paused']);

/** A service that waits for one which needs a person waits for that person too. */
export function behind(
  status: ServiceStatus,
  blocked: readonly Blocked[],
  dependencies: readonly ServiceStatus[],
): ServiceStatus {
  if (status.phase !== 'waiting' || !blocked.some((b) => b.needs === 'service')) return status;
  const stuck = dependencies.find(({ phase }) => NEEDS_PERSON.has(phase));
  if (stuck === undefined) return status;
  const because = `${status.because}; ${stuck.namespace}/${stuck.name} is ${stuck.phase}`;
  return { ...status, phase: 'blocked', because };
}
