// What a controller that begins makes of the rows of the one before it. Nobody watched in between, and the
// clock may have been set: instants that lie in the future would let replicas wait for a day, or let
// `restart` replace them again and again.

import { type Instant, instant } from '../kernel/time.ts';
import type { CanaryState } from './canary-state.ts';
import { type Instance, isActive, type ServiceMemory } from './memory.ts';

const earlier = (at: Instant | null, now: Instant): Instant | null =>
  at === null ? null : instant(Math.min(at, now));

function resumedInstance(instance: Instance, restartAt: Instant | null, now: Instant): Instance {
  const isBeforeRestart = restartAt !== null && instance.plannedAt < restartAt;
  // Whether it was planned before or after a `restart` must stay as it is.
  const latest = isBeforeRestart && restartAt > now ? instant(now - 1) : now;
  return {
    ...instance,
    plannedAt: instant(Math.min(instance.plannedAt, latest)),
    seenAt: earlier(instance.seenAt, now),
    readyAt: earlier(instance.readyAt, now),
    retryAt: earlier(instance.retryAt, now),
    // Nobody told the load balancers anything meanwhile: they have all the time again that they are given.
    leavingSince: instance.drainingSince === null ? null : earlier(instance.leavingSince, now),
    drainingSince: earlier(instance.drainingSince, now),
  };
}

function resumedCanary(canary: CanaryState | null, now: Instant): CanaryState | null {
  if (canary === null) return null;
  const measured = canary.measured.map((one) => ({ ...one, at: instant(Math.min(one.at, now)) }));
  const done = canary.done.map((one) => ({ ...one, at: instant(Math.min(one.at, now)) }));
  return { ...canary, since: earlier(canary.since, now), measured, done };
}

/** A row as it holds from `now` on: no instant in the future, deadlines counted from the beginning. */
export function resumed(row: ServiceMemory, now: Instant): ServiceMemory {
  const { rollout, restartAt } = row;
  return {
    ...row,
    instances: row.instances.map((instance) => resumedInstance(instance, restartAt, now)),
    restartAt: earlier(restartAt, now),
    rollout:
      rollout === null
        ? null
        : {
            ...rollout,
            startedAt: instant(Math.min(rollout.startedAt, now)),
            // The deadline of a rollout under way counts anew.
            progressAt: isActive(rollout) ? now : instant(Math.min(rollout.progressAt, now)),
            canary: resumedCanary(rollout.canary, now),
          },
  };
}
