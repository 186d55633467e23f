// How a run begins and ends: the only places that change its phase.

import type { RevisionId } from '../kernel/ids.ts';
import { type CanaryState, newCanary, UNJUDGED } from './canary-state.ts';
import type { Draft } from './draft.ts';
import { countedFrom, isActive, type Rollout, type RolloutPhase, type ServiceMemory } from './memory.ts';
import { probesOf, termsOf } from './terms.ts';

type EndPhase = Extract<RolloutPhase, 'succeeded' | 'rolledBack' | 'failed' | 'superseded'>;

export function endRollout(draft: Draft, phase: EndPhase, because: string): void {
  const rollout = draft.memory.rollout;
  if (!isActive(rollout)) return;
  const ended: Rollout = { ...rollout, phase, because, endedAt: draft.now };
  draft.ended.push(ended);
  draft.set({ rollout: ended });
}

/** Of the run that another one takes over from: whose replicas answer requests, as far as they are known to be good. */
function inService({ rollout, stable, target }: ServiceMemory): readonly RevisionId[] {
  const inSteps = rollout?.canary?.isOver === false ? rollout.canary.beside : null;
  const known = inSteps ?? [target];
  return [...new Set([stable, ...known].flatMap((revision) => revision ?? []))];
}

/**
 * Null: it replaces replicas as it can. A first deployment has nothing to be compared with. Whatever takes over from a run
 * in the middle of its steps leaves the revision of these without requests.
 */
function stepsOf(draft: Draft, to: RevisionId, kind: Rollout['kind']): CanaryState | null {
  const { memory, input } = draft;
  const { stable, rollout, quarantine } = memory;
  const { rollout: { steps } = { steps: [] }, replicas = 0 } = input.desired ?? {};
  const isBad = (revision: RevisionId): boolean => quarantine.some((q) => q.revision === revision);
  const known = inService(memory);
  const canary = newCanary(known.filter((revision) => revision !== to && !isBad(revision)));
  // What goes back to a revision that is in service has nothing to find out.
  const goesBySteps = kind === 'deploy' && stable !== null && !known.includes(to);
  // Without anybody who serves there is nothing to go on with meanwhile, and nothing to compare with.
  const isServed = memory.instances.some(
    ({ revision, intent, hasServed }) => intent === 'run' && hasServed && canary.beside.includes(revision),
  );
  if (goesBySteps && steps.length > 0 && replicas > 0 && isServed) return canary;
  return rollout?.canary?.isOver === false ? { ...canary, isOver: true } : null;
}

const FIRST = 'the first revision: there is nothing to compare it with, so its steps are skipped';

export function beginRollout(draft: Draft, to: RevisionId, kind: Rollout['kind'], because: string): void {
  const canary = stepsOf(draft, to, kind);
  const hasSteps = (draft.input.desired?.rollout.steps ?? []).length > 0;
  const isFirst = hasSteps && kind === 'deploy' && draft.memory.stable === null;
  endRollout(draft, 'superseded', `superseded: ${because}`);
  const sequence = draft.memory.sequence + 1;
  draft.set({
    target: to,
    // Another revision replaces every instance anyway.
    restartAt: kind === 'restart' ? draft.memory.restartAt : null,
    sequence,
    rollout: {
      sequence,
      kind,
      from: draft.memory.target,
      to,
      commit: draft.input.commit,
      phase: 'progressing',
      pausedFrom: null,
      because: isFirst ? `${because}; ${FIRST}` : because,
      startedAt: draft.now,
      ...countedFrom(draft.now),
      endedAt: null,
      prepared: false,
      canary,
    },
  });
}

const QUARANTINE_KEPT = 10;

function quarantine(draft: Draft, revision: RevisionId, because: string): void {
  const others = draft.memory.quarantine.filter((q) => q.revision !== revision);
  const { desired } = draft.input;
  // What it was judged by: the probes that it was deployed with, whatever a commit says by now.
  const probes = desired === null ? null : probesOf(draft.memory, desired, revision);
  const terms = desired === null || probes === null ? null : termsOf({ ...desired, probes });
  const entry = { revision, because, at: draft.now, terms };
  draft.set({ quarantine: [...others, entry].slice(-QUARANTINE_KEPT) });
}

/** Why what the commit says is not deployed. */
export function noteQuarantined(draft: Draft, revision: RevisionId, because: string): void {
  const { stable } = draft.memory;
  const held = stable === null ? 'not deployed' : `held at ${stable}`;
  draft.block(
    'release',
    `desired revision ${revision} is quarantined: ${because}; ` +
      `${held} until its container, probes or rollout change or \`plimsoll rollout retry\``,
  );
}

/**
 * What stays of a run that failed without anything to go back to: what has served. It may be ill just now, as
 * all of them are when something that they need is away for a moment, and has to get well again like any other
 * replica. The rest stops.
 */
export function keepServing(memory: ServiceMemory): ServiceMemory {
  const isFresh = memory.instances.every((i) => i.intent === 'retire' || i.revision === memory.target);
  if (!isFresh) return memory;
  const instances = memory.instances.map((i) =>
    i.intent === 'retire' || i.hasServed
      ? i
      : { ...i, intent: 'retire' as const, because: 'its revision failed' },
  );
  return { ...memory, instances };
}

/**
 * The target does not work. It is quarantined, so that the next unrelated commit does not deploy it
 * again, and, unless the service says otherwise, the last stable revision is deployed by the same steps.
 */
export function failRollout(draft: Draft, because: string): void {
  const { rollout, target, stable } = draft.memory;
  if (!isActive(rollout) || target === null) return;
  // A restart that failed is over: asking for it again is up to a person. And what a rollback finds running
  // of the stable revision stays.
  draft.set({ restartAt: null });
  const onFailure = draft.input.desired?.rollout.onFailure ?? 'rollback';
  if (rollout.phase === 'rollingBack' || target === stable) {
    endRollout(draft, 'failed', `${because}; the stable revision does not become ready either`);
    return;
  }
  if (onFailure === 'pause') {
    const { canary } = rollout;
    // Somebody may want to look at it, and nobody has to be answered by it.
    const aside = canary === null ? null : { ...canary, ...UNJUDGED, share: 0, since: null };
    draft.setRollout({ phase: 'paused', pausedFrom: 'progressing', because, failures: 0, canary: aside });
    return;
  }
  quarantine(draft, target, because);
  // A pin on a revision that does not work would aim at it again and again.
  if (draft.memory.pin?.revision === target) draft.set({ pin: null });
  else noteQuarantined(draft, target, because);
  const hasStable = stable !== null && draft.revision(stable) !== null;
  if (onFailure === 'freeze' || !hasStable) {
    const why = onFailure === 'freeze' ? 'frozen' : 'there is no stable revision to go back to';
    endRollout(draft, 'failed', `${because}; ${why}`);
    if (!hasStable) draft.memory = keepServing(draft.memory);
    return;
  }
  draft.set({ target: stable });
  draft.setRollout({
    phase: 'rollingBack',
    because,
    ...countedFrom(draft.now),
    prepared: false,
  });
}

export function succeedRollout(draft: Draft): void {
  const { rollout, target } = draft.memory;
  if (!isActive(rollout) || target === null) return;
  if (rollout.phase === 'rollingBack') {
    endRollout(draft, 'rolledBack', rollout.because);
    return;
  }
  draft.set({ stable: target });
  endRollout(draft, 'succeeded', rollout.because);
}
