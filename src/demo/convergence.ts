// Waits for the controller to make the machine what a commit says, with the progress in view.

import { setTimeout as sleep } from 'node:timers/promises';
import type { ControllerClient } from '../api/client.ts';
import { type Ending, followConvergence, printEnding } from '../cli/follow.ts';
import { formatDuration } from '../kernel/time.ts';
import { failed } from './command.ts';
import type { Narrator } from './narrator.ts';

const SEEN_MS = 30_000;
const CONVERGED_MS = 240_000;
const LOOK_AGAIN_MS = 100;
const EVENTS_TOLD = 25;

export interface Watch {
  readonly client: ControllerClient;
  readonly narrator: Narrator;
  readonly signal: AbortSignal;
}

/** Resolves when the controller has read the commit. */
async function commitSeen({ client, signal }: Watch, commit: string): Promise<void> {
  const giveUpAt = performance.now() + SEEN_MS;
  for (;;) {
    const status = await client.ask('status', {}, signal);
    if (status.sources.some(({ head }) => head?.commit === commit)) return;
    if (performance.now() > giveUpAt) {
      const within = formatDuration(SEEN_MS);
      throw failed(`the controller has not seen commit ${commit.slice(0, 12)} within ${within}`);
    }
    await sleep(LOOK_AGAIN_MS, undefined, { signal });
  }
}

/** Shows the progress until everything stands still, and prints how it ended. */
export async function showConvergence({ client, narrator, signal }: Watch): Promise<Ending> {
  const { terminal } = narrator;
  const { position: since } = await client.ask('events', {}, signal);
  const ending = await followConvergence({ client, terminal, signal, deadlineMs: CONVERGED_MS, since });
  if (ending.kind !== 'cancelled') printEnding(terminal, ending, CONVERGED_MS);
  return ending;
}

/** Resolves when everything is as the newest commit says, which must be `commit`. Rejects where it does not become so. */
export async function converged(watch: Watch, commit: string): Promise<void> {
  await commitSeen(watch, commit);
  const ending = await showConvergence(watch);
  watch.signal.throwIfAborted();
  if (ending.kind !== 'converged') throw failed('the shop does not become what the commit says');
}

/** The last things that the controller told, for somebody who looks for the reason of a failure. */
export async function lastEvents(client: ControllerClient): Promise<readonly string[]> {
  const { events } = await client.ask('events');
  return events
    .slice(-EVENTS_TOLD)
    .map(({ level, kind, service, host, message }) => `${level} ${kind} ${service ?? host ?? ''} ${message}`);
}
