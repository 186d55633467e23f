// One step of one service: from what is wanted, remembered and seen to what is remembered next and what
// is to be done. No clock, no waiting: when time must pass, the result says when to ask again.

import type { HostId } from '../kernel/ids.ts';
import { instant } from '../kernel/time.ts';
import { type Assessed, assess } from './assess.ts';
import { advanceCanary } from './canary-steps.ts';
import { takeMeasured } from './comparing.ts';
import { converge } from './converge.ts';
import { chooseDoors } from './doors.ts';
import { Draft, type StepInput, type StepResult } from './draft.ts';
import { effects } from './effects.ts';
import { judgeFailure, judgeSuccess } from './judge.ts';
import { endRollout } from './lifecycle.ts';
import { type Instance, isActive, type Rollout } from './memory.ts';
import { decideScale } from './scale.ts';
import { writersOf } from './single-writer.ts';
import { occupantOf } from './slot.ts';
import { takeOnStrays } from './strays.ts';
import { decideTarget } from './target.ts';
import { isDead } from './under-way.ts';

/** A moment of silence is no farewell: what still runs there would run for ever. */
const GIVE_UP_MS = 60_000;

function isGivenUp(draft: Draft, host: HostId): boolean {
  const view = draft.input.hosts.get(host);
  if (view === undefined) return true;
  if (view.state !== 'unreachable' && view.state !== 'unknown') return false;
  const givenUpAt = instant(view.since + GIVE_UP_MS);
  draft.wake(givenUpAt);
  return givenUpAt <= draft.now;
}

/** What came only since the run began, and not by it, is found and stopped again: the run gets no further by that. */
const isProgress = (rollout: Rollout | null, { plannedAt, revision }: Instance): boolean =>
  isActive(rollout) && (plannedAt <= rollout.startedAt || revision === rollout.to);

/** Rows that are on their way out and whose container has stopped are done with. */
function dropStopped(draft: Draft, assessed: readonly Assessed[]): readonly Assessed[] {
  // Whoever takes a host that does not answer out of the fleet says that nothing will come from it.
  const isForgotten = (a: Assessed): boolean =>
    a.condition === 'unknown' && !draft.isInFleet(a.instance.host) && isGivenUp(draft, a.instance.host);
  const isStopped = (a: Assessed): boolean => a.instance.intent === 'retire' && isDead(draft, a);
  const isDone = (a: Assessed): boolean => isForgotten(a) || isStopped(a);
  const done = assessed.filter(isDone);
  if (done.length === 0) return assessed;
  for (const a of done) {
    const ports = draft.revision(a.instance.revision)?.container.ports ?? [];
    draft.input.load.remove(occupantOf(draft, a.instance, ports));
  }
  const kept = assessed.filter((a) => !isDone(a));
  draft.setInstances(kept.map((a) => a.instance));
  if (done.some(({ instance }) => isProgress(draft.memory.rollout, instance)))
    draft.setRollout({ progressAt: draft.now });
  return kept;
}

/** Containers in no row: what bears our labels under another name is stopped, and what has stopped is kept for a while. */
function sweepStrays(draft: Draft, assessed: readonly Assessed[]): void {
  const known = new Set(assessed.map((a) => a.container?.id));
  const running = new Set(writersOf(draft));
  for (const found of draft.input.found) {
    const { host, container } = found;
    if (known.has(container.id) || draft.input.hosts.get(host)?.state !== 'fresh') continue;
    const { id, name, status } = container;
    if (running.has(found)) {
      draft.act(host, name, 'no replica of its service needs it', {
        kind: 'stopContainer',
        id,
        graceMs: 10_000,
      });
    } else if (status !== 'removing') {
      const stoppedAt = draft.input.hosts.get(host)?.stoppedSince.get(id) ?? draft.now;
      const dueAt = instant(stoppedAt + draft.input.settings.keepStoppedMs);
      if (status === 'created' || dueAt <= draft.now)
        draft.act(host, name, 'stopped and no longer needed', { kind: 'removeContainer', id });
      else draft.wake(dueAt);
    }
  }
}

/** The assessment again after the table changed: rows keep theirs, new ones are absent. */
function reassess(draft: Draft, before: readonly Assessed[]): readonly Assessed[] {
  if (draft.memory.instances.every((i, at) => before[at]?.instance === i)) return before;
  return assess(draft);
}

export function stepService(input: StepInput): StepResult {
  const draft = new Draft(input);
  decideTarget(draft);
  decideScale(draft);
  if (input.desired === null) endRollout(draft, 'superseded', 'no commit wants the service any more');
  takeOnStrays(draft);
  chooseDoors(draft);
  let assessed = dropStopped(draft, assess(draft));
  takeMeasured(draft);
  judgeFailure(draft, assessed);
  decideScale(draft);
  advanceCanary(draft, assessed);
  converge(draft, assessed);
  assessed = reassess(draft, assessed);
  judgeSuccess(draft, assessed);
  effects(draft, assessed);
  sweepStrays(draft, assessed);
  return {
    memory: draft.memory,
    gone: input.desired === null && draft.memory.instances.length === 0 && input.found.length === 0,
    actions: [...draft.actions.values()],
    blocked: draft.blocked,
    asks: draft.asks,
    revisions: draft.revisions,
    ended: draft.ended,
    volumeHosts: draft.volumeHosts,
    wakeAt: draft.wakeAt,
  };
}
