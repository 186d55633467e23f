// Which revision a service should be at: what the commit says, unless that is pinned, quarantined, not
// resolved yet, or has to wait for others.

import type { DesiredService } from '../desired/desired.ts';
import { makeRevision, type Revision } from '../desired/revision.ts';
import type { RevisionId } from '../kernel/ids.ts';
import { instant } from '../kernel/time.ts';
import { explainChange } from './change.ts';
import type { Draft } from './draft.ts';
import { needOf } from './facts.ts';
import { beginRollout, noteQuarantined } from './lifecycle.ts';
import { isActive } from './memory.ts';
import { isUnderTerms, noteProbes } from './terms.ts';

/** A failed look-up of an image is repeated at this pace. */
const IMAGE_RETRY_MS = 60_000;

function resolveImage(draft: Draft): boolean {
  const { desired, facts } = draft.input;
  if (desired === null) return false;
  const reference = desired.container.image;
  if (draft.memory.image?.reference === reference) return true;
  const fact = facts.images.get(desired.key);
  const isCurrent = fact !== undefined && fact.reference === reference;
  if (isCurrent && fact.outcome.ok) {
    const { identity } = fact.outcome;
    draft.set({
      image: {
        reference,
        identity: identity.kind === 'digest' ? identity : { kind: 'local', ids: [...identity.ids] },
        resolvedAt: fact.at,
      },
    });
    return true;
  }
  if (isCurrent && !fact.outcome.ok) {
    const { problem } = fact.outcome;
    draft.block(needOf(problem), `image ${reference}: ${problem.message} (${problem.code})`);
    // Wrong credentials do not become right by asking again, and registries lock accounts that try.
    if (problem.code === 'image/auth') return false;
    const dueAt = instant(fact.at + IMAGE_RETRY_MS);
    draft.wake(dueAt);
    if (draft.now < dueAt) return false;
  } else {
    draft.block('registry', `the digest of ${reference} is being looked up`);
  }
  draft.asks.push({ kind: 'image', service: desired.key, reference });
  return false;
}

/** The revision that the commit asks for; null while its image is not resolved. */
function desiredRevision(draft: Draft): Revision | null {
  const { desired } = draft.input;
  if (desired === null || !resolveImage(draft) || draft.memory.image === null) return null;
  const revision = makeRevision(desired.container, draft.memory.image.identity);
  if (draft.input.revision(revision.id) === null) draft.revisions.push(revision);
  return draft.revision(revision.id);
}

function pinnedRevision(draft: Draft): RevisionId | null {
  const { pin } = draft.memory;
  if (pin === null) return null;
  if (pin.specHash !== draft.input.desired?.specHash || draft.revision(pin.revision) === null) {
    draft.set({ pin: null });
    return null;
  }
  draft.block(
    'release',
    `held at ${pin.revision}: rolled back by ${pin.by}; a changed manifest or \`plimsoll rollout retry\` releases it`,
  );
  return pin.revision;
}

/** Decides the target and begins a run where it changes. */
export function decideTarget(draft: Draft): void {
  const { desired } = draft.input;
  if (desired === null) {
    // Wanted again later, it is deployed anew; what nobody has told to stop by then is part of that.
    draft.set({ target: null, specHash: null });
    return;
  }
  draft.set({ dependsOn: [...desired.dependsOn], source: desired.source });
  const pinned = pinnedRevision(draft);
  const wanted = desiredRevision(draft);
  if (pinned !== null) {
    aim(draft, pinned, 'rollback', () => `rolled back by hand to ${pinned}`);
    return;
  }
  if (wanted === null) return;
  if (draft.memory.target !== null && draft.memory.target !== wanted.id)
    restartHeld(draft, draft.memory.target);
  liftQuarantine(draft, desired, wanted.id);
  const bad = draft.memory.quarantine.find((q) => q.revision === wanted.id);
  if (bad !== undefined) {
    draft.set({ specHash: desired.specHash });
    noteQuarantined(draft, wanted.id, bad.because);
    return;
  }
  aim(draft, wanted.id, 'deploy', () => whyDeployed(draft, wanted));
  if (draft.memory.target === wanted.id) draft.set({ probes: noteProbes(draft.memory, desired, wanted.id) });
}

function whyDeployed(draft: Draft, wanted: Revision): string {
  const { target } = draft.memory;
  const current = target === null ? null : draft.revision(target);
  const isFound = current === null && target !== null;
  return isFound ? 'what runs was found by its labels' : explainChange(current, wanted);
}

/**
 * A revision that failed under other terms gets another chance: who corrects the path of a probe changes
 * nothing about the containers, and still expects the commit to be deployed.
 */
function liftQuarantine(draft: Draft, desired: DesiredService, revision: RevisionId): void {
  const { quarantine, target, stable } = draft.memory;
  const bad = quarantine.find((q) => q.revision === revision);
  if (bad === undefined || isUnderTerms(bad.terms, desired)) return;
  draft.set({ quarantine: quarantine.filter((q) => q !== bad) });
  // Forgetting the target makes a new run begin towards it.
  if (target === revision && stable !== revision && !isActive(draft.memory.rollout))
    draft.set({ target: stable });
}

/** `restart` counts also where the desired revision is held back. */
function restartHeld(draft: Draft, target: RevisionId): void {
  const isHeld = draft.memory.quarantine.length > 0;
  if (isHeld && mustRestart(draft) && !isActive(draft.memory.rollout))
    beginRollout(draft, target, 'restart', 'restart asked for by hand');
}

function mustRestart({ memory }: Draft): boolean {
  const { restartAt, instances } = memory;
  return restartAt !== null && instances.some((i) => i.intent === 'run' && i.plannedAt < restartAt);
}

/** `because` is asked only where the target changes: comparing revisions is dear. */
function aim(draft: Draft, to: RevisionId, kind: 'deploy' | 'rollback', because: () => string): void {
  const { memory, input } = draft;
  if (memory.target === to) {
    draft.set({ specHash: input.desired?.specHash ?? null });
    if (mustRestart(draft) && !isActive(memory.rollout))
      beginRollout(draft, to, 'restart', 'restart asked for by hand');
    return;
  }
  // A rollback by hand is an emergency: it waits for nobody.
  if (input.waitsFor !== null && kind !== 'rollback') {
    draft.block('service', `waits for ${input.waitsFor}`);
    return;
  }
  draft.set({ specHash: input.desired?.specHash ?? null });
  beginRollout(draft, to, kind, because());
}
