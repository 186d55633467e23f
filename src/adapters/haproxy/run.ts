// A command in the container of a load balancer, from its first call to its last byte.

import { PlimsollError, problem } from '../../kernel/errors.ts';
import type { CallOptions, ExecSession, Host, LogChunk } from '../../ports/host.ts';

export interface Ended {
  readonly code: number;
  readonly output: string;
  readonly errors: string;
}

/** Of what HAProxy says about rules that it refuses, the beginning is what matters. */
const MOST_TOLD = 600;

async function ended(session: ExecSession): Promise<Ended> {
  const said: Record<LogChunk['stream'], Uint8Array[]> = { stdout: [], stderr: [] };
  for await (const { stream, data } of session.output) said[stream].push(data);
  const text = (chunks: readonly Uint8Array[]): string => Buffer.concat(chunks).toString();
  // Asked of the engine: of a command that was given up it says that it runs.
  return { code: await session.exitCode, output: text(said.stdout), errors: text(said.stderr) };
}

/** Within the deadline, from the first call to the last byte. */
export async function run(
  host: Host,
  container: string,
  command: readonly string[],
  input: Uint8Array | null,
  options: CallOptions,
): Promise<Ended> {
  const request = { command, tty: false, stdin: input !== null, size: null };
  const session = await host.exec(container, request, options);
  const overdue = AbortSignal.timeout(options.deadlineMs);
  const signal = options.signal === undefined ? overdue : AbortSignal.any([options.signal, overdue]);
  const stop = (): void => session.kill();
  signal.addEventListener('abort', stop);
  // It may have been called off while the command was being started.
  if (signal.aborted) stop();
  try {
    if (input !== null) {
      await session.write(input);
      session.closeInput();
    }
    return await ended(session);
  } catch (error) {
    if (!overdue.aborted) throw error;
    const late = `the load balancer on ${host.id} has not answered within ${options.deadlineMs} ms`;
    throw new PlimsollError(problem('host/timeout', late), error);
  } finally {
    signal.removeEventListener('abort', stop);
  }
}

/** What it printed, for people. */
export const toldIn = ({ output, errors }: Ended): string => `${errors}${output}`.trim().slice(0, MOST_TOLD);
