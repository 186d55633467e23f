// How a replica leaves without a request being lost: nobody is led to it any more, what it is answering is answered,
// and only then it is told to stop.

import { formatDuration, type Instant, instant } from '../kernel/time.ts';
import type { Assessed } from './assess.ts';
import type { Draft } from './draft.ts';
import type { Instance } from './memory.ts';
import type { Routing } from './routing.ts';

/** Requests that were on their way when the rules changed have arrived by then. */
const SETTLE_MS = 1_000;
/** A load balancer that cannot be told anything must not keep a replica for ever. */
const GIVE_UP_MS = 60_000;
/** Of a service of which nothing is known but its containers. */
const DEFAULT_DRAIN_MS = 30_000;

/** What is not answered by then is cut. */
const drainMsOf = ({ input, memory }: Draft): number =>
  (input.desired?.rollout ?? memory.rules)?.drainMs ?? DEFAULT_DRAIN_MS;

const whyLedTo = (routing: Routing, instance: Instance): string | null =>
  routing.whyStillNamed(instance) ??
  (routing.isAddressed(instance) ? 'it has the address of another one, which requests are sent to' : null);

/** It was never ready, so requests come to it only where it got the address of one that was. */
const isUnheardOf = (routing: Routing, instance: Instance): boolean =>
  !instance.hasServed &&
  instance.leavingSince === null &&
  !routing.isAddressed(instance) &&
  (routing.sessions(instance)?.count ?? 0) === 0;

/**
 * Since when no rules lead to it any more, or as long as anybody waits for that; a reason while they do. A load balancer
 * may come back with older rules, and then it begins anew.
 */
function drainingSince(draft: Draft, a: Assessed, routing: Routing, leavingSince: Instant): Instant | string {
  const giveUpAt = instant(leavingSince + GIVE_UP_MS);
  const named = draft.now < giveUpAt ? whyLedTo(routing, a.instance) : null;
  if (named === null) return a.instance.drainingSince ?? draft.now;
  draft.wake(giveUpAt);
  return named;
}

function whyNotDrained(draft: Draft, a: Assessed, routing: Routing, since: Instant): string | null {
  const settledAt = instant(since + SETTLE_MS);
  const drainMs = drainMsOf(draft);
  const overAt = instant(since + drainMs);
  const sessions = routing.sessions(a.instance);
  const isCounted = sessions !== null && sessions.at >= settledAt;
  if (draft.now >= overAt || (isCounted && sessions.count === 0)) return null;
  draft.wake(draft.now < settledAt ? settledAt : overAt);
  if (!isCounted) return 'what it is answering is being counted';
  const answering = `${sessions.count} ${sessions.count === 1 ? 'request is' : 'requests are'} being answered`;
  return `${answering}; it is told to stop ${formatDuration(drainMs)} after the last one was sent to it`;
}

/** Why it is not told to stop yet; null: it may be. How far it is is noted in its row. */
export function whyDraining(draft: Draft, a: Assessed): string | null {
  const { routing } = draft.input;
  const { instance } = a;
  if (routing === null || instance.toldToStop || isUnheardOf(routing, instance)) return null;
  const leavingSince = instance.leavingSince ?? draft.now;
  const since = drainingSince(draft, a, routing, leavingSince);
  const isDraining = typeof since !== 'string';
  const row = { ...instance, leavingSince, drainingSince: isDraining ? since : null };
  draft.setInstances(draft.memory.instances.map((i) => (i === instance ? row : i)));
  return isDraining ? whyNotDrained(draft, a, routing, since) : since;
}
