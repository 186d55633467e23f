// A command in a running container, with its input and output, and a terminal on request.

import type { Duplex } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import type { ExecRequest, ExecSession } from '../../ports/host.ts';
import type { Engine } from './engine.ts';
import { Created, ExecState } from './engine-answers.ts';
import { chunksOf } from './logs.ts';

const execPath = (id: string, verb: string): string => `/exec/${encodeURIComponent(id)}/${verb}`;

/** Creates the command; it runs when it is started. Returns its id. */
export async function createExec(engine: Engine, container: string, request: ExecRequest): Promise<string> {
  const created = await engine.read(
    {
      method: 'POST',
      path: `/containers/${encodeURIComponent(container)}/exec`,
      body: {
        Cmd: request.command,
        AttachStdin: request.stdin,
        AttachStdout: true,
        AttachStderr: true,
        Tty: request.tty,
        // From API 1.42 on the terminal has its size before the command runs; older engines ignore this.
        ...(request.size === null ? {} : { ConsoleSize: [request.size.rows, request.size.columns] }),
      },
      attempt: `cannot run a command in container ${container}`,
    },
    Created,
  );
  return created.Id;
}

/** Starts the command; its input and output are the stream. */
export function startExec(engine: Engine, exec: string, tty: boolean): Promise<Duplex> {
  const attempt = 'cannot start the command';
  const body = { Detach: false, Tty: tty };
  return engine.upgrade({ method: 'POST', path: execPath(exec, 'start'), body, attempt });
}

export function resizeExec(engine: Engine, exec: string, columns: number, rows: number): Promise<void> {
  return engine.send({
    method: 'POST',
    path: execPath(exec, 'resize'),
    query: { w: columns, h: rows },
    attempt: 'cannot resize the terminal',
  });
}

/** The output may end a moment before the engine knows the exit code. */
export async function exitCodeOf(engine: Engine, exec: string): Promise<number> {
  for (;;) {
    const attempt = 'cannot read the exit code of the command';
    const state = await engine.read({ method: 'GET', path: execPath(exec, 'json'), attempt }, ExecState);
    if (!state.Running && typeof state.ExitCode === 'number') return state.ExitCode;
    await sleep(20);
  }
}

/** What an ExecSession needs from the host that it runs on. */
export interface ExecCalls {
  resize(columns: number, rows: number): Promise<void>;
  exitCode(): Promise<number>;
  /** The error to throw for one that broke the stream. */
  explain(error: unknown): Promise<Error>;
}

async function* outputOf(stream: Duplex, tty: boolean, isKilled: () => boolean, calls: ExecCalls) {
  try {
    yield* chunksOf(stream, tty);
  } catch (error) {
    if (!isKilled()) throw await calls.explain(error);
  }
}

/** Resolves when the stream takes more, or takes nothing any more. */
function written(stream: Duplex, data: Uint8Array): Promise<void> {
  if (stream.destroyed || stream.write(data)) return Promise.resolve();
  return new Promise((resolve) => {
    const done = (): void => {
      stream.off('drain', done);
      stream.off('close', done);
      resolve();
    };
    stream.once('drain', done);
    stream.once('close', done);
  });
}

/**
 * The stream of a started command as a session. The exit code comes after the output has been read to its
 * end. Docker offers no way to kill the command itself: `kill` closes its input and drops its output.
 */
export function execSession(stream: Duplex, tty: boolean, calls: ExecCalls): ExecSession {
  // The reader of the output sees a broken stream as its end or its error; nobody else has to.
  stream.on('error', () => {});
  const exitCode = new Promise<void>((resolve) => stream.once('close', () => resolve())).then(() =>
    calls.exitCode(),
  );
  exitCode.catch(() => {});
  let isKilled = false;
  return {
    output: outputOf(stream, tty, () => isKilled, calls),
    write: (data) => written(stream, data),
    closeInput: () => void stream.end(),
    resize: (columns, rows) => calls.resize(columns, rows),
    exitCode,
    kill: () => {
      isKilled = true;
      stream.destroy();
    },
  };
}
