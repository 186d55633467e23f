// Probes, logs and commands over a simulated link.

import { ok } from '../../kernel/result.ts';
import { formatDuration } from '../../kernel/time.ts';
import type { CallOptions, LogChunk, LogsQuery, ProbeOutcome, ProbeTarget } from '../../ports/host.ts';
import { type Answer, noSuchContainer } from '../engine/answer.ts';
import type { Machine } from '../engine/machine.ts';
import { linesOf, type WrittenLine } from '../engine/output.ts';
import { type Reached, reach } from '../engine/reach.ts';
import type { Caller } from './call.ts';
import { type CallContext, Pending } from './pending.ts';
import type { Session } from './session.ts';
import type { Recipient, WireRequest } from './transit.ts';

/** How long a connection to an address that nobody has is tried. */
const NO_ROUTE_MS = 3_000;
/** How often followed logs are looked at. */
const FOLLOW_MS = 100;
const READ_LOGS_MS = 20_000;

const probing = (machine: Machine, target: ProbeTarget): WireRequest<Reached> => ({
  takes: 'read',
  effect: null,
  direct: true,
  work: (reply) => {
    const reached = reach(machine, target);
    if (reached.kind === 'unreachable') machine.clock.after(NO_ROUTE_MS, () => reply(ok(reached)));
    else if (reached.kind !== 'silent') reply(ok(reached));
    return undefined;
  },
});

class PendingProbe extends Pending<ProbeOutcome> implements Recipient<Reached> {
  readonly #beganMs = this.context.clock.monotonicMs();

  take(answer: Answer<Reached>): void {
    if (answer.ok) this.#conclude(wordsOf(answer.value));
  }

  /** Silence is an answer as well. */
  override onDeadline(deadlineMs: number): void {
    this.#conclude(`no answer within ${formatDuration(deadlineMs)}`);
  }

  #conclude(because: string | null): void {
    const tookMs = this.context.clock.monotonicMs() - this.#beganMs;
    this.resolve(because === null ? { ok: true, tookMs } : { ok: false, tookMs, because });
  }
}

/** Silence until the deadline is a failed probe; the loss of the connection or of the caller rejects. */
export function probe(
  caller: Caller,
  context: CallContext,
  machine: Machine,
  target: ProbeTarget,
  how: CallOptions,
): Promise<ProbeOutcome> {
  const attempt = `cannot probe ${target.address}:${target.port}`;
  const begin = (pending: PendingProbe): void => pending.send(probing(machine, target), pending);
  return caller.begin<ProbeOutcome, PendingProbe>(
    how,
    (session) => new PendingProbe(context, session, attempt),
    begin,
  );
}

/** Null where the target is fine. */
function wordsOf(reached: Reached): string | null {
  if (reached.kind === 'failed') return reached.because;
  return reached.kind === 'unreachable' ? 'No route to host' : null;
}

interface Written {
  readonly lines: readonly WrittenLine[];
  readonly readAtMs: number;
  readonly isOver: boolean;
}

const readingLines = (machine: Machine, id: string, afterMs: number): WireRequest<Written> => ({
  takes: 'read',
  effect: null,
  work: (reply) => {
    const container = machine.find(id);
    const readAtMs = machine.clock.monotonicMs();
    const isOver = container === undefined || container.run === null;
    if (container === undefined) reply(noSuchContainer(id));
    else reply(ok({ lines: linesOf(container, afterMs, readAtMs), readAtMs, isOver }));
    return undefined;
  },
});

/** Resolves when the time has come, the caller wants no more or the session ends. */
function pause(context: CallContext, session: Session, signal: AbortSignal, delayMs: number): Promise<void> {
  return new Promise((resolve) => {
    const waiting = { end: () => wake(), abandon: () => {} };
    const wake = (): void => {
      cancel();
      session.leave(waiting);
      signal.removeEventListener('abort', wake);
      if (!context.wire.isDead) resolve();
    };
    const cancel = context.clock.after(delayMs, wake);
    session.enter(waiting);
    signal.addEventListener('abort', wake);
  });
}

export async function* readLogs(
  caller: Caller,
  context: CallContext,
  session: Session,
  machine: Machine,
  id: string,
  query: LogsQuery,
  signal: AbortSignal,
): AsyncGenerator<LogChunk> {
  const attempt = `cannot read the logs of container ${id}`;
  const read = (afterMs: number) =>
    caller.one(attempt, { deadlineMs: READ_LOGS_MS }, readingLines(machine, id, afterMs));
  const encoder = new TextEncoder();
  const chunkOf = ({ stream, text, atMs }: WrittenLine): LogChunk => {
    const writtenAt = new Date(machine.now() - (machine.clock.monotonicMs() - atMs)).toISOString();
    return { stream, data: encoder.encode(`${query.timestamps ? `${writtenAt} ` : ''}${text}\n`) };
  };
  const beginMs =
    query.sinceMs === null ? Number.NEGATIVE_INFINITY : machine.clock.monotonicMs() - query.sinceMs;
  let written = await read(beginMs);
  const { lines } = written;
  const begun = query.tail === null ? lines : lines.slice(lines.length - Math.min(query.tail, lines.length));
  for (const line of begun) yield chunkOf(line);
  while (query.follow && !written.isOver && !signal.aborted) {
    await pause(context, session, signal, FOLLOW_MS);
    if (signal.aborted) return;
    written = await read(written.readAtMs);
    for (const line of written.lines) yield chunkOf(line);
  }
}
