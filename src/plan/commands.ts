// What a person can tell the controller about one service. Each command changes the service's memory and
// nothing else; what follows from it for the hosts, the next reconcile decides.

import { type Problem, problem } from '../kernel/errors.ts';
import type { RevisionId } from '../kernel/ids.ts';
import { err, ok, type Result } from '../kernel/result.ts';
import type { Instant } from '../kernel/time.ts';
import { keepServing } from '../rollout/lifecycle.ts';
import { countedFrom, inSteps, isActive, type Rollout, type ServiceMemory } from '../rollout/memory.ts';

export type ServiceCommand =
  | { readonly kind: 'pause' }
  | { readonly kind: 'resume' }
  /** Goes on with a paused rollout, or with the next step; `full`: all steps that are left are skipped. */
  | { readonly kind: 'promote'; readonly full: boolean }
  /** Gives the revision up and goes back to the stable one; wins from every state. */
  | { readonly kind: 'abort' }
  /** Lifts the quarantine and tries again. */
  | { readonly kind: 'retry' }
  /** `to` null: to the stable revision before the present one; `specHash` null: its source is not read. */
  | { readonly kind: 'rollback'; readonly to: RevisionId | null; readonly specHash: string | null }
  | { readonly kind: 'restart'; readonly pull: boolean };

export interface CommandContext {
  readonly by: string;
  readonly now: Instant;
  /** Revisions that succeeded before, newest first. */
  readonly history: readonly RevisionId[];
}

type Outcome = Result<ServiceMemory, Problem>;

const refused = (memory: ServiceMemory, why: string): Outcome =>
  err(problem('command/refused', `${memory.key}: ${why}`));

function withRollout(memory: ServiceMemory, change: Partial<Rollout>): Outcome {
  return memory.rollout === null ? ok(memory) : ok({ ...memory, rollout: { ...memory.rollout, ...change } });
}

function pause(memory: ServiceMemory, context: CommandContext): Outcome {
  const { rollout } = memory;
  if (!isActive(rollout)) return refused(memory, 'there is no rollout to pause');
  if (rollout.phase === 'paused') return ok(memory);
  return withRollout(memory, {
    phase: 'paused',
    pausedFrom: rollout.phase === 'rollingBack' ? 'rollingBack' : 'progressing',
    because: `paused by ${context.by}`,
  });
}

function resume(memory: ServiceMemory, context: CommandContext): Outcome {
  const { rollout } = memory;
  if (!isActive(rollout) || rollout.phase !== 'paused') return refused(memory, 'no paused rollout');
  return withRollout(memory, {
    phase: rollout.pausedFrom ?? 'progressing',
    pausedFrom: null,
    because: `resumed by ${context.by}`,
    ...countedFrom(context.now),
  });
}

/** What is paused goes on where it was: letting go of a step as well is asked for once more. */
function promote(memory: ServiceMemory, full: boolean, context: CommandContext): Outcome {
  const { rollout } = memory;
  const canary = inSteps(rollout);
  const promoted = canary === null ? null : { ...canary, isConfirmed: true, isOver: full };
  if (isActive(rollout) && rollout.phase === 'paused') {
    const resumed = resume(memory, context);
    return full && resumed.ok ? withRollout(resumed.value, { canary: promoted }) : resumed;
  }
  if (promoted === null) return refused(memory, 'no rollout that waits for anybody');
  if (promoted.since === null && !full)
    return refused(
      memory,
      `step ${promoted.step + 1} is not in force yet: it waits for replicas or load balancers, and for no person`,
    );
  return withRollout(memory, { canary: promoted });
}

function abort(memory: ServiceMemory, context: CommandContext): Outcome {
  const { rollout, target, stable } = memory;
  if (!isActive(rollout) || target === null) return refused(memory, 'there is no rollout to abort');
  const because = `aborted by ${context.by}`;
  if (rollout.kind === 'restart') {
    // Its revision is good: what was not replaced stays as it is.
    return withRollout(
      { ...memory, restartAt: null },
      { phase: 'superseded', because, endedAt: context.now },
    );
  }
  const quarantine = [
    ...memory.quarantine.filter((q) => q.revision !== rollout.to),
    { revision: rollout.to, because, at: context.now, terms: null },
  ];
  const aborted = { ...memory, pin: null, quarantine };
  if (stable === null)
    return withRollout(keepServing(aborted), { phase: 'failed', because, endedAt: context.now });
  return withRollout(
    { ...aborted, target: stable },
    {
      phase: 'rollingBack',
      pausedFrom: null,
      because,
      ...countedFrom(context.now),
    },
  );
}

function retry(memory: ServiceMemory, context: CommandContext): Outcome {
  const isStuck = memory.rollout?.phase === 'failed' && memory.target !== memory.stable;
  return ok({
    ...memory,
    quarantine: [],
    pin: null,
    // Forgetting the target makes the next step begin a new run towards it.
    target: isStuck ? memory.stable : memory.target,
    image: null,
    instances: memory.instances.map((i) => ({ ...i, faults: 0, retryAt: null })),
    rollout:
      memory.rollout !== null && memory.rollout.endedAt !== null
        ? { ...memory.rollout, startedAt: context.now }
        : memory.rollout,
  });
}

function rollback(
  memory: ServiceMemory,
  command: Extract<ServiceCommand, { kind: 'rollback' }>,
  context: CommandContext,
): Outcome {
  const to = command.to ?? context.history.find((revision) => revision !== memory.target) ?? null;
  if (to === null) return refused(memory, 'there is no earlier revision to go back to');
  if (!context.history.includes(to)) return refused(memory, `revision ${to} never succeeded here`);
  // It holds against what was decided on last: a source that is read again and says the same releases nothing.
  const specHash = command.specHash ?? memory.specHash;
  return ok({ ...memory, pin: { revision: to, specHash, by: context.by, at: context.now } });
}

export function applyCommand(
  memory: ServiceMemory,
  command: ServiceCommand,
  context: CommandContext,
): Outcome {
  switch (command.kind) {
    case 'pause':
      return pause(memory, context);
    case 'resume':
      return resume(memory, context);
    case 'promote':
      return promote(memory, command.full, context);
    case 'abort':
      return abort(memory, context);
    case 'retry':
      return retry(memory, context);
    case 'rollback':
      return rollback(memory, command, context);
    case 'restart':
      return ok({ ...memory, restartAt: context.now, image: command.pull ? null : memory.image });
    default:
      return command satisfies never;
  }
}
