// Watches a controller until everything stands still, and says how it ended.

import { setTimeout as sleep } from 'node:timers/promises';
import type { ControllerClient, ServiceStatusAnswer, StatusAnswer } from '../api/client.ts';
import { formatDuration } from '../kernel/time.ts';
import { ProgressView } from './progress.ts';
import { harmless, type Terminal } from './terminal.ts';
import { plural } from './wording.ts';

const LOOK_MS = 250;
/** How long a host may be unknown before nobody waits for its first answer any more. */
const FIRST_LOOK_MS = 20_000;
/** A state must be seen this often in a row: between two passes a controller looks idle for a moment. */
const CALM_LOOKS = 3;
/** What shells give for a program that Ctrl-C ended. */
const CANCELLED = 130;

const MOVING: ReadonlySet<ServiceStatusAnswer['phase']> = new Set([
  'progressing',
  'rollingBack',
  'waiting',
  'removing',
  'degraded',
]);

export interface FollowOptions {
  readonly client: ControllerClient;
  readonly terminal: Terminal;
  readonly signal: AbortSignal;
  readonly deadlineMs: number;
  /** Where in the events to begin; without it only what happens from now on is told. */
  readonly since?: string;
}

export type Ending =
  | { readonly kind: 'converged'; readonly status: StatusAnswer }
  /** It stands still, and not where it should. */
  | { readonly kind: 'short'; readonly status: StatusAnswer }
  | { readonly kind: 'late'; readonly status: StatusAnswer }
  | { readonly kind: 'cancelled' };

function isCalm(status: StatusAnswer, waitedMs: number): boolean {
  if (status.phase === 'starting') return false;
  const isLooking = status.hosts.some((host) => host.state === 'unknown') && waitedMs < FIRST_LOOK_MS;
  return !isLooking && status.phase !== 'progressing' && !status.services.some((s) => MOVING.has(s.phase));
}

/** Whether everything is as the newest commit wants it. */
function isFulfilled(status: StatusAnswer): boolean {
  return status.phase === 'converged' && status.services.every((s) => s.phase === 'ready');
}

/** Events go to the view until the signal; a break ends them, the status goes on. */
async function feedEvents(options: FollowOptions, view: ProgressView, signal: AbortSignal): Promise<void> {
  const since = options.since ?? (await options.client.ask('events')).position;
  for await (const event of options.client.events({ since, signal })) view.note(event);
}

async function watch(options: FollowOptions, view: ProgressView): Promise<Ending> {
  const { client, signal, deadlineMs } = options;
  const startedMs = performance.now();
  let calmLooks = 0;
  for (;;) {
    const status = await client.ask('status');
    view.update(status);
    const waitedMs = performance.now() - startedMs;
    calmLooks = isCalm(status, waitedMs) ? calmLooks + 1 : 0;
    if (calmLooks >= CALM_LOOKS) return { kind: isFulfilled(status) ? 'converged' : 'short', status };
    if (waitedMs > deadlineMs) return { kind: 'late', status };
    await sleep(LOOK_MS, undefined, { signal }).catch(() => {});
    if (signal.aborted) return { kind: 'cancelled' };
  }
}

/** Shows the progress until everything stands still, the deadline is over, or the person asks for an end. */
export async function followConvergence(options: FollowOptions): Promise<Ending> {
  const view = new ProgressView(options.terminal);
  const over = new AbortController();
  const signal = AbortSignal.any([options.signal, over.signal]);
  const feeding = feedEvents(options, view, signal).catch(() => {});
  try {
    return await watch(options, view);
  } catch (error) {
    if (options.signal.aborted) return { kind: 'cancelled' };
    throw error;
  } finally {
    over.abort();
    await feeding;
    view.end();
  }
}

/** What stands in the way, one line each. */
function shortcomings(status: StatusAnswer): readonly string[] {
  return [
    ...status.problems.map((p) => `${p.message} (${p.code})`),
    ...status.sources.flatMap(({ id, held, problems }) => [
      ...(held === null
        ? []
        : [
            `source ${id}: commit ${held.commit.slice(0, 12)} is held: ${held.because}; \`plimsoll approve\` lets it through`,
          ]),
      ...problems.map((p) => `source ${id}: ${p.message} (${p.code})`),
    ]),
    ...status.services
      .filter((s) => s.phase !== 'ready')
      .map((s) => `${s.namespace}/${s.name} is ${s.phase}: ${s.because}`),
  ].map(harmless);
}

/** Prints how it ended; the exit code. */
export function printEnding(terminal: Terminal, ending: Ending, deadlineMs: number): number {
  if (ending.kind === 'cancelled') {
    terminal.note('stopped watching; what was begun goes on where a controller runs');
    return CANCELLED;
  }
  const { services } = ending.status;
  if (ending.kind === 'converged') {
    terminal.print(
      terminal.paint(
        'green',
        `converged: ${plural(services.length, 'service')} as commit ${ending.status.commit?.slice(0, 12) ?? '–'} says`,
      ),
    );
    return 0;
  }
  const first =
    ending.kind === 'late'
      ? `not there after ${formatDuration(deadlineMs)}:`
      : 'not as the newest commit says:';
  terminal.note(terminal.paintError('red', first));
  for (const line of shortcomings(ending.status)) terminal.note(`  ${line}`);
  return 1;
}
