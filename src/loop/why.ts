// Why a service is as it is: the chain from the commit over the rollout to each container. The sentences
// are those of whoever decided; here they are only put in their order.

import type { DesiredService } from '../desired/desired.ts';
import type { ServiceKey } from '../kernel/ids.ts';
import { formatDuration, type Instant } from '../kernel/time.ts';
import type { HostView } from '../observed/host-view.ts';
import type { ObservedContainer } from '../observed/report.ts';
import type { StoredAuditEntry } from '../ports/store.ts';
import type { ActionFailure, Blocked, ImageFact, ProbeVerdict } from '../rollout/facts.ts';
import type { Instance, Rollout, ServiceMemory } from '../rollout/memory.ts';
import { ownSteps, standing, stepsOfRun } from './run-view.ts';
import type { SourceStatus } from './source-status.ts';

/** One ground for what follows it. */
export interface Link {
  readonly link:
    | 'commit'
    | 'source'
    | 'image'
    | 'rollout'
    | 'step'
    | 'verdict'
    | 'pin'
    | 'quarantine'
    | 'instance'
    | 'container'
    | 'host'
    | 'probe'
    | 'failure'
    | 'blocked';
  readonly object: string;
  readonly at: Instant | null;
  readonly because: string;
}

export interface InstanceEvidence {
  readonly instance: Instance;
  readonly name: string;
  readonly container: ObservedContainer | null;
  readonly view: HostView | null;
  readonly probe: ProbeVerdict | null;
}

export interface Evidence {
  readonly key: ServiceKey;
  readonly desired: DesiredService | null;
  readonly memory: ServiceMemory | null;
  readonly source: SourceStatus | null;
  /** The audit's entry of the commit in force. */
  readonly accepted: StoredAuditEntry | null;
  /** Why nothing was read from the source since the controller started; null: it was read. */
  readonly unread: string | null;
  readonly image: ImageFact | null;
  readonly instances: readonly InstanceEvidence[];
  readonly failures: readonly { readonly action: string; readonly failure: ActionFailure }[];
  readonly blocked: readonly Blocked[];
}

const link = (kind: Link['link'], object: string, because: string, at: Instant | null = null): Link => ({
  link: kind,
  object,
  at,
  because,
});

/** What the commit in force says of the service. */
function statementOf({ key, desired, unread }: Evidence): string {
  if (unread !== null) return `${key} is left as it is`;
  if (desired === null) return `does not define ${key}: it is removed`;
  const where = desired.span === null ? '' : `, ${desired.span.file}:${desired.span.line}`;
  return `defines ${key} with ${desired.replicas} replica${desired.replicas === 1 ? '' : 's'}${where}`;
}

function commitLinks(evidence: Evidence): Link[] {
  const { memory, source, accepted, unread } = evidence;
  const links: Link[] = [];
  const id = source?.id ?? memory?.source ?? 'unknown';
  if (source === null) links.push(link('source', id, 'the configuration has no such source any more'));
  if (source !== null && source.commit !== null) {
    const who = accepted === null ? '' : `: ${accepted.because} (${accepted.actor})`;
    const inForce =
      unread === null ? `in force from source ${id}` : `was in force from source ${id} when it was last read`;
    const because = `${inForce}${who}; ${statementOf(evidence)}`;
    links.push(link('commit', source.commit.slice(0, 12), because, accepted?.at ?? null));
  }
  return [...links, ...(unread === null ? newerCommitLinks(id, source) : [link('source', id, unread)])];
}

/** Why a newer commit is not in force. */
function newerCommitLinks(id: string, source: SourceStatus | null): Link[] {
  const { held = null, problems = [] } = source ?? {};
  const links = problems.map((found) => link('source', id, `${found.message} (${found.code})`));
  if (held === null) return links;
  const because = `commit ${held.commit.slice(0, 12)} is held: ${held.because}`;
  return [link('source', id, because, held.at), ...links];
}

function imageLink({ image }: Evidence): Link[] {
  if (image === null) return [];
  const because = image.outcome.ok
    ? image.outcome.identity.kind === 'digest'
      ? `is ${image.outcome.identity.digest}`
      : 'is an image without a digest, imported by hand'
    : `${image.outcome.problem.message} (${image.outcome.problem.code})`;
  return [link('image', image.reference, because, image.at)];
}

function rolloutLinks({ key, memory }: Evidence): Link[] {
  if (memory === null) return [link('rollout', key, 'nothing has been decided yet')];
  const links: Link[] = [];
  const { pin, rollout, quarantine } = memory;
  if (pin !== null)
    links.push(link('pin', pin.revision, `chosen by ${pin.by} with \`plimsoll rollback\``, pin.at));
  for (const bad of quarantine)
    links.push(link('quarantine', bad.revision, `not deployed again: ${bad.because}`, bad.at));
  if (rollout !== null) {
    const from = rollout.from === null ? '' : ` from ${rollout.from}`;
    const because = `${rollout.kind}${from} to ${rollout.to} is ${rollout.phase}: ${rollout.because}`;
    links.push(link('rollout', `${key}#${rollout.sequence}`, because, rollout.endedAt ?? rollout.startedAt));
    links.push(...stepLinks(memory, rollout));
  }
  return links;
}

/** Where a run by steps is, and what was found out about the new revision. */
function stepLinks(memory: ServiceMemory, rollout: Rollout): readonly Link[] {
  const canary = ownSteps(rollout);
  if (canary === null) return [];
  const object = `${memory.key}#${rollout.sequence}`;
  const { verdict, since } = canary;
  const links = [link('step', object, standing(rollout, canary, stepsOfRun(rollout, memory)), since)];
  if (verdict !== null)
    links.push(link('verdict', object, `${verdict.verdict}: ${verdict.because}`, verdict.at));
  return links;
}

function conditionOf(container: ObservedContainer): string {
  const health = container.health === 'none' ? '' : `, ${container.health}`;
  const exit =
    container.status === 'exited' && container.exitCode !== null ? ` with code ${container.exitCode}` : '';
  const memory = container.outOfMemory ? ', out of memory' : '';
  const restarts =
    container.restartCount === 0 ? '' : `, restarted ${container.restartCount} times by the engine`;
  return `${container.status}${exit}${health}${memory}${restarts}`;
}

const readiness = (ready: boolean | null): string =>
  ready === null ? 'not known to be ready yet' : ready ? 'ready' : 'not ready';

function instanceLinks({ instance, name, container, view, probe }: InstanceEvidence): Link[] {
  const placed =
    instance.intent === 'run' ? `wanted on ${instance.host}` : `to be removed from ${instance.host}`;
  const links = [link('instance', name, `${placed}: ${instance.because}`, instance.plannedAt)];
  if (view === null) links.push(link('host', instance.host, 'is not in the fleet any more'));
  else if (view.state !== 'fresh')
    links.push(link('host', instance.host, `${view.state}: ${view.because}`, view.since));
  const isPast = view !== null && view.state !== 'fresh';
  const seen = isPast ? 'when it was last seen: ' : '';
  if (container !== null)
    links.push(
      link('container', name, `${seen}${conditionOf(container)}`, isPast ? view.seenAt : container.startedAt),
    );
  else if (view?.state === 'fresh') links.push(link('container', name, `is not on ${instance.host}`));
  if (probe !== null) {
    const verdict = !probe.alive ? 'not alive' : readiness(probe.ready);
    links.push(link('probe', name, `${seen}${verdict}: ${probe.because}`));
  }
  return links;
}

export function explain(evidence: Evidence): readonly Link[] {
  return [
    ...commitLinks(evidence),
    ...imageLink(evidence),
    ...rolloutLinks(evidence),
    ...evidence.instances.flatMap(instanceLinks),
    ...evidence.failures.map(({ action, failure }) => {
      const again =
        failure.retryAt === null
          ? 'it is not tried again by itself'
          : `tried again ${formatDuration(failure.retryAt - failure.at)} later`;
      const because = `failed ${failure.count === 1 ? 'once' : `${failure.count} times`}: ${failure.problem.message} (${failure.problem.code}); ${again}`;
      return link('failure', action, because, failure.at);
    }),
    ...evidence.blocked.map((b) => link('blocked', b.object, b.because)),
  ];
}
