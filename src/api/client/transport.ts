// HTTP over whatever leads to a controller: a local socket, or a channel of an SSH connection to it.

import { type ClientRequest, request as httpRequest, type IncomingMessage } from 'node:http';
import { createConnection } from 'node:net';
import type { Duplex } from 'node:stream';
import { text } from 'node:stream/consumers';
import { PlimsollError, problem } from '../../kernel/errors.ts';
import { formatDuration } from '../../kernel/time.ts';
import { ErrorAnswer } from '../contract/fields.ts';

/** A way to the controller's socket. */
export interface Connect {
  /** For messages: the path of the socket, or `user@host:path`. */
  readonly where: string;
  /** Rejects with a PlimsollError. */
  open(): Promise<Duplex>;
}

const MAX_ANSWER_BYTES = 64 * 1024 * 1024;

const codeOf = (error: unknown): string =>
  error instanceof Error && 'code' in error ? String(error.code) : '';

/** The controller of this machine. */
export function unixConnect(socketPath: string): Connect {
  return {
    where: socketPath,
    open: () =>
      new Promise((resolve, reject) => {
        const socket = createConnection(socketPath);
        socket.once('connect', () => resolve(socket));
        socket.once('error', (error) => reject(noController(socketPath, error)));
      }),
  };
}

function noController(socketPath: string, error: Error): PlimsollError {
  const code = codeOf(error);
  if (code === 'EACCES' || code === 'EPERM') {
    const hint = 'Run it as the user that the controller runs as.';
    return new PlimsollError(
      problem('command/no-controller', `you may not use the controller's socket ${socketPath}`, { hint }),
    );
  }
  const reason =
    code === 'ENOENT'
      ? 'there is no such socket'
      : code === 'ECONNREFUSED'
        ? 'nobody answers'
        : error.message;
  return new PlimsollError(
    problem('command/no-controller', `no controller runs at ${socketPath}: ${reason}`),
    error,
  );
}

export interface Ask {
  readonly method: 'GET' | 'POST';
  /** With `:name` for parameters. */
  readonly path: string;
  readonly params: Readonly<Record<string, string>>;
  readonly query: Readonly<Record<string, unknown>>;
  /** Sent as JSON; null: no body. */
  readonly body: unknown;
  readonly actor: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly signal?: AbortSignal;
}

function addressOf({ path, params, query }: Pick<Ask, 'path' | 'params' | 'query'>): string {
  const filled = path.replaceAll(/:(\w+)/g, (_, name: string) => encodeURIComponent(params[name] ?? ''));
  const search = new URLSearchParams();
  for (const [key, value] of Object.entries(query)) if (value !== undefined) search.set(key, String(value));
  return search.size === 0 ? filled : `${filled}?${search}`;
}

/** The request, with its headers sent and its body not yet. */
export async function openRequest(connect: Connect, ask: Ask): Promise<ClientRequest> {
  const stream = await connect.open();
  // Errors belong to the request; one that comes before it listens must not end the process.
  stream.on('error', () => {});
  return httpRequest({
    createConnection: () => stream,
    method: ask.method,
    path: addressOf(ask),
    headers: {
      host: 'plimsoll',
      connection: 'close',
      'x-plimsoll-actor': ask.actor,
      ...(ask.body === null ? {} : { 'content-type': 'application/json' }),
      ...ask.headers,
    },
    ...(ask.signal === undefined ? {} : { signal: ask.signal }),
  });
}

export function broken(where: string, error: unknown): PlimsollError {
  if (error instanceof PlimsollError) return error;
  const reason = error instanceof Error ? error.message : String(error);
  return new PlimsollError(
    problem('command/no-controller', `the connection to the controller at ${where} broke off: ${reason}`),
    error,
  );
}

/** The head of the answer. Rejects where there is none. */
export async function responseOf(connect: Connect, ask: Ask): Promise<IncomingMessage> {
  const request = await openRequest(connect, ask);
  return new Promise((resolve, reject) => {
    request.once('response', resolve);
    request.once('error', (error) => reject(broken(connect.where, error)));
    request.end(ask.body === null ? undefined : JSON.stringify(ask.body));
  });
}

async function readAll(response: IncomingMessage): Promise<string> {
  let bytes = 0;
  response.on('data', (chunk: Buffer) => {
    bytes += chunk.length;
    if (bytes > MAX_ANSWER_BYTES) response.destroy(new Error('the answer is too large'));
  });
  return text(response);
}

function parseJson(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch {
    return undefined;
  }
}

/** Throws what an answer that is no success says. */
export async function refuseFailure(where: string, response: IncomingMessage): Promise<void> {
  const status = response.statusCode ?? 0;
  if (status >= 200 && status < 300) return;
  const answer = ErrorAnswer.safeParse(parseJson(await readAll(response)));
  if (answer.success) throw new PlimsollError(answer.data.problem);
  throw new PlimsollError(
    problem('command/no-controller', `what answers at ${where} is no controller (${status})`),
  );
}

/** The JSON of the answer, within the deadline. Rejects with a PlimsollError. */
export async function ask(connect: Connect, wish: Ask & { readonly deadlineMs: number }): Promise<unknown> {
  const deadline = AbortSignal.timeout(wish.deadlineMs);
  const signal = wish.signal === undefined ? deadline : AbortSignal.any([deadline, wish.signal]);
  try {
    const response = await responseOf(connect, { ...wish, signal });
    await refuseFailure(connect.where, response);
    return parseJson(await readAll(response));
  } catch (error) {
    if (deadline.aborted) {
      const message = `the controller at ${connect.where} did not answer within ${formatDuration(wish.deadlineMs)}`;
      throw new PlimsollError(problem('command/no-controller', message));
    }
    if (wish.signal?.aborted) throw new PlimsollError(problem('command/cancelled', 'cancelled'));
    throw broken(connect.where, error);
  }
}
