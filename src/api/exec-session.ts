// A command in a container over one upgraded connection: frames of input come in, frames of output go out.

import { once } from 'node:events';
import type { Duplex } from 'node:stream';
import { PlimsollError, type Problem, problem, toProblem } from '../kernel/errors.ts';
import type { ServiceKey } from '../kernel/ids.ts';
import type { Inspection, LocatedContainer } from '../loop/inspection.ts';
import { ExecResize, ExecStart } from './contract/streams.ts';
import { presentable } from './failures.ts';
import { encodeFrames, encodeJsonFrame, FRAME, type Frame, FrameReader, frameJson } from './frames.ts';

const START_MS = 30_000;
const FAREWELL_MS = 500;

type Session = Awaited<ReturnType<LocatedContainer['host']['exec']>>;

function chooseContainer(inspect: Inspection, key: ServiceKey, ordinal: number | null): LocatedContainer {
  const running = inspect.containers(key).filter(({ container }) => container.status === 'running');
  const reachable = running.find(({ host }) => inspect.answers(host.id));
  const chosen =
    ordinal === null ? (reachable ?? running[0]) : running.find((c) => c.identity.ordinal === ordinal);
  if (chosen !== undefined) return chosen;
  const which = ordinal === null ? 'no container' : `no container with the ordinal ${ordinal}`;
  const hint = 'See `plimsoll describe` for what runs.';
  throw new PlimsollError(problem('command/refused', `${which} of ${key} runs`, { hint }));
}

/** The frames that a client sends, one after the other. */
async function* framesOf(connection: Duplex, head: Buffer): AsyncGenerator<Frame> {
  const reader = new FrameReader();
  yield* reader.push(head);
  for await (const data of connection) yield* reader.push(data);
}

async function startOf(frames: AsyncGenerator<Frame>): Promise<ExecStart> {
  const first = await frames.next();
  const parsed = ExecStart.safeParse(
    first.done === true || first.value.type !== FRAME.start ? undefined : frameJson(first.value),
  );
  if (parsed.success) return parsed.data;
  throw new PlimsollError(problem('command/usage', 'the first frame does not say what to run'));
}

async function feedInput(frames: AsyncGenerator<Frame>, session: Session): Promise<void> {
  for await (const frame of frames) {
    if (frame.type === FRAME.input) await session.write(frame.content);
    else if (frame.type === FRAME.inputEnd) session.closeInput();
    else if (frame.type === FRAME.resize) {
      const size = ExecResize.safeParse(frameJson(frame));
      // A terminal of the wrong size is no reason to end the command.
      if (size.success) await session.resize(size.data.columns, size.data.rows).catch(() => {});
    }
  }
}

/** Resolves when more may be written, or when nobody reads any more. */
async function drained(connection: Duplex): Promise<void> {
  if (connection.destroyed) return;
  const over = new AbortController();
  const { signal } = over;
  await Promise.race([once(connection, 'drain', { signal }), once(connection, 'close', { signal })]);
  over.abort();
}

async function sendOutput(connection: Duplex, session: Session): Promise<void> {
  for await (const { stream, data } of session.output) {
    for (const frame of encodeFrames(stream === 'stdout' ? FRAME.stdout : FRAME.stderr, data)) {
      if (!connection.write(frame)) await drained(connection);
    }
  }
}

async function converse(
  connection: Duplex,
  head: Buffer,
  inspect: Inspection,
  key: ServiceKey,
  onStart: (container: string, start: ExecStart) => Promise<void>,
): Promise<number> {
  const frames = framesOf(connection, head);
  const start = await startOf(frames);
  const { host, container } = chooseContainer(inspect, key, start.ordinal);
  const { command, tty, stdin, size } = start;
  await onStart(container.name, start);
  const session = await host.exec(container.id, { command, tty, stdin, size }, { deadlineMs: START_MS });
  try {
    connection.write(encodeJsonFrame(FRAME.started, { container: container.name, host: host.id }));
    // The client's end of the connection is the end of the command's input and output.
    void feedInput(frames, session)
      .catch(() => {})
      .then(() => session.kill());
    await sendOutput(connection, session);
    return await session.exitCode;
  } finally {
    session.kill();
  }
}

/**
 * Serves one upgraded connection to its end. `onStart` is told what is about to run, and may refuse by
 * rejecting. Never rejects itself.
 */
export async function serveExec(
  connection: Duplex,
  head: Buffer,
  inspect: Inspection,
  key: ServiceKey,
  onStart: (container: string, start: ExecStart) => Promise<void>,
): Promise<void> {
  connection.on('error', () => {});
  let last: Uint8Array;
  try {
    const code = await converse(connection, head, inspect, key, onStart);
    last = encodeJsonFrame(FRAME.exit, { code });
  } catch (error) {
    const found: Problem = toProblem(error);
    last = encodeJsonFrame(FRAME.problem, presentable(found));
  }
  if (connection.destroyed) return;
  // Input that nobody reads any more would keep the connection open.
  connection.end(last, () => setTimeout(() => connection.destroy(), FAREWELL_MS).unref());
}
