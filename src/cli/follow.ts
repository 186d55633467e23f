// Watches a controller until everything stands still, or until one service is where it was sent, and says
// how it ended.

import { setTimeout as sleep } from 'node:timers/promises';
import type { ControllerClient, ServicePlace, ServiceStatusAnswer, StatusAnswer } from '../api/client.ts';
import { formatDuration } from '../kernel/time.ts';
import { ProgressView } from './progress.ts';
import { shortcomings } from './shortcomings.ts';
import { harmless, type Terminal } from './terminal.ts';
import { plural, shortCommit } from './wording.ts';

const LOOK_MS = 250;
/** How long a host may be unknown before nobody waits for its first answer any more. */
const FIRST_LOOK_MS = 20_000;
/** A state must be seen this often in a row: between two passes a controller looks idle for a moment. */
const CALM_LOOKS = 3;
/** So many more for a service that was just sent somewhere: it may not have begun to move. */
const SETTLING_LOOKS = 8;
/** What shells give for a program that Ctrl-C ended. */
const CANCELLED = 130;

/** What goes on by itself; everything else waits for a person, or is as it should be. */
const MOVING: ReadonlySet<ServiceStatusAnswer['phase']> = new Set([
  'progressing',
  'rollingBack',
  'waiting',
  'removing',
  'degraded',
]);

/** One service that was told to do something: the others do not count then. */
export interface Goal {
  readonly service: ServicePlace;
  /** Where it was sent; null: where the commit wants it. */
  readonly revision: string | null;
  /** Held at this revision it is where it should be; null: held, it is not. */
  readonly heldAt: string | null;
  /** In which phase it was asked to be. */
  readonly phase: 'ready' | 'paused';
  /** A step of its rollout that waits for a person is as good: nothing goes on by itself from there. */
  readonly orAsked: boolean;
}

export interface FollowOptions {
  readonly client: ControllerClient;
  readonly terminal: Terminal;
  readonly signal: AbortSignal;
  readonly deadlineMs: number;
  /** Where in the events to begin; without it only what happens from now on is told. */
  readonly since?: string;
  readonly goal?: Goal;
}

/** A service whose newest revision failed, and what it runs since. */
export interface RolledBack {
  readonly service: string;
  readonly revision: string | null;
  readonly image: string | null;
  readonly because: string;
}

interface Shortfall {
  readonly status: StatusAnswer;
  readonly rolledBack: readonly RolledBack[];
  readonly goal: Goal | null;
}

export type Ending =
  | { readonly kind: 'converged'; readonly status: StatusAnswer }
  | { readonly kind: 'reached'; readonly status: StatusAnswer; readonly goal: Goal }
  /** A step of the rollout waits for a person, and says so. */
  | { readonly kind: 'asked'; readonly goal: Goal; readonly because: string }
  /** It stands still, and not where it should. */
  | ({ readonly kind: 'short' } & Shortfall)
  | ({ readonly kind: 'late' } & Shortfall)
  | { readonly kind: 'cancelled' };

const keyOf = ({ namespace, name }: ServicePlace): string => `${namespace}/${name}`;

function isCalm(status: StatusAnswer, waitedMs: number, goal: Goal | undefined): boolean {
  if (status.phase === 'starting') return false;
  if (status.phase === 'reportOnly') return true;
  const isLooking = status.hosts.some((host) => host.state === 'unknown') && waitedMs < FIRST_LOOK_MS;
  if (isLooking) return false;
  const concerned =
    goal === undefined ? status.services : status.services.filter((s) => keyOf(s) === keyOf(goal.service));
  // Where all that is left waits for a person nothing goes on by itself.
  const isAsked = status.services.some((s) => s.waitsForPerson);
  const isIdle = goal !== undefined || status.phase !== 'progressing' || isAsked;
  return isIdle && !concerned.some((s) => MOVING.has(s.phase) && !s.waitsForPerson);
}

const concernedBy = (goal: Goal, status: StatusAnswer): ServiceStatusAnswer | undefined =>
  status.services.find((s) => keyOf(s) === keyOf(goal.service));

function isAt(goal: Goal, status: StatusAnswer): boolean {
  const found = concernedBy(goal, status);
  if (found === undefined) return false;
  if (goal.phase === 'paused') return found.phase === 'paused';
  if (goal.revision !== null && found.revision !== goal.revision) return false;
  if (found.ready < found.desired) return false;
  return found.phase === 'ready' || (found.phase === 'held' && found.revision === goal.heldAt);
}

/**
 * How many calm looks tell that it is there. What was just asked for may not have begun: the service still
 * looks as it did before, unless it was seen on its way, or at a revision that it was not at.
 */
const looksFor = (goal: Goal | undefined, hasMoved: boolean): number =>
  goal === undefined || goal.revision !== null || hasMoved ? CALM_LOOKS : CALM_LOOKS + SETTLING_LOOKS;

/** Whether everything is as the newest commit wants it. */
function isFulfilled(status: StatusAnswer): boolean {
  return status.phase === 'converged' && status.services.every((s) => s.phase === 'ready');
}

/** Events go to the view until the signal; a break ends them, the status goes on. */
async function feedEvents(options: FollowOptions, view: ProgressView, signal: AbortSignal): Promise<void> {
  const since = options.since ?? (await options.client.ask('events')).position;
  for await (const event of options.client.events({ since, signal })) view.note(event);
}

/** Services that went back by themselves: of those that are held it has to be asked. */
async function rolledBackOf(client: ControllerClient, status: StatusAnswer): Promise<readonly RolledBack[]> {
  const held = status.services.filter((s) => s.phase === 'held');
  const found = await Promise.all(
    held.map(({ namespace, name }) =>
      client.ask('describe', { params: { namespace, name } }).then(
        (service) => [service],
        // It may have been removed since; how the wait ended is told all the same.
        () => [],
      ),
    ),
  );
  return found
    .flat()
    .flatMap(({ namespace, name, revision, image, rollout }) =>
      rollout?.phase === 'rolledBack'
        ? [{ service: `${namespace}/${name}`, revision, image, because: rollout.because }]
        : [],
    );
}

/** What a step of the rollout waits for a person with; null: it does not. */
async function whatIsAsked(
  client: ControllerClient,
  goal: Goal,
  phase: ServiceStatusAnswer['phase'] | undefined,
): Promise<string | null> {
  if (!goal.orAsked || phase !== 'progressing') return null;
  const { rollout } = await client.ask('describe', { params: { ...goal.service } });
  return rollout?.canary?.waitsForPerson === true ? rollout.canary.because : null;
}

async function watch(options: FollowOptions, view: ProgressView): Promise<Ending> {
  const { client, signal, deadlineMs, goal } = options;
  const startedMs = performance.now();
  let calmLooks = 0;
  let hasMoved = false;
  for (;;) {
    const status = await client.ask('status');
    view.update(status);
    const waitedMs = performance.now() - startedMs;
    calmLooks = isCalm(status, waitedMs, goal) ? calmLooks + 1 : 0;
    const phase = goal === undefined ? undefined : concernedBy(goal, status)?.phase;
    hasMoved ||= phase !== undefined && MOVING.has(phase);
    const asked = goal === undefined ? null : await whatIsAsked(client, goal, phase);
    if (goal !== undefined && asked !== null) return { kind: 'asked', goal, because: asked };
    const isDone = calmLooks >= looksFor(goal, hasMoved);
    if (isDone && goal !== undefined && isAt(goal, status)) return { kind: 'reached', status, goal };
    if (isDone && goal === undefined && isFulfilled(status)) return { kind: 'converged', status };
    const isOver = goal === undefined ? isDone : calmLooks >= CALM_LOOKS + SETTLING_LOOKS;
    if (isOver || waitedMs > deadlineMs) {
      const rolledBack = await rolledBackOf(client, status);
      return { kind: isOver ? 'short' : 'late', status, rolledBack, goal: goal ?? null };
    }
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

/** What is said of the one service that was sent somewhere. */
function goalLines(goal: Goal, status: StatusAnswer): readonly string[] {
  const { service, revision } = goal;
  const key = keyOf(service);
  const found = concernedBy(goal, status);
  if (found === undefined) return [`${key} is not there any more`];
  const { ready, desired, phase, because } = found;
  const at = revision === null || found.revision === revision ? '' : ` at revision ${found.revision ?? '–'}`;
  return [harmless(`${key} is ${phase}${at}, ${ready} of ${desired} ready: ${because}`)];
}

function printShortfall(terminal: Terminal, heading: string, { status, rolledBack, goal }: Shortfall): void {
  terminal.note(terminal.paintError('red', heading));
  for (const line of goal === null ? shortcomings(status) : goalLines(goal, status))
    terminal.note(`  ${line}`);
  for (const { service, revision, image, because } of rolledBack) {
    if (goal !== null && service !== keyOf(goal.service)) continue;
    const what = `${image ?? 'what ran before'} again (revision ${revision ?? '–'})`;
    const line = `rolled back: ${service} runs ${what}, since the new revision failed: ${because}`;
    terminal.note(terminal.paintError('red', harmless(line)));
  }
}

function headingOf(goal: Goal | null): string {
  if (goal === null) return 'not as the newest commit says:';
  const state = goal.revision === null ? `not ${goal.phase}` : `not at revision ${goal.revision}`;
  return `${state}, and nothing moves:`;
}

/** Prints how it ended; the exit code. */
export function printEnding(terminal: Terminal, ending: Ending, deadlineMs: number): number {
  switch (ending.kind) {
    case 'cancelled':
      terminal.note('stopped watching; what was begun goes on where a controller runs');
      return CANCELLED;
    case 'converged': {
      const { services, commit } = ending.status;
      const what = `${plural(services.length, 'service')} as commit ${shortCommit(commit)} says`;
      terminal.print(terminal.paint('green', `converged: ${what}`));
      return 0;
    }
    case 'reached': {
      const { service, revision, phase } = ending.goal;
      const state = revision === null ? `is ${phase}` : `runs revision ${revision}`;
      terminal.print(terminal.paint('green', `${keyOf(service)} ${state}`));
      return 0;
    }
    case 'asked':
      terminal.print(harmless(`${keyOf(ending.goal.service)} waits for a person: ${ending.because}`));
      return 0;
    case 'late':
      printShortfall(terminal, `not there after ${formatDuration(deadlineMs)}:`, ending);
      return 1;
    case 'short': {
      printShortfall(terminal, headingOf(ending.goal), ending);
      return 1;
    }
    default:
      return ending satisfies never;
  }
}
