// One engine behind one transport: requests through dockerode's modem, answers checked, refusals told in
// the words of the catalogue. The modem is used below dockerode's own methods, since those put whole bodies
// (with the environment) into the URL and never settle when an answer breaks off in the middle. A broken
// connection throws Node's error; the session explains it.

import { IncomingMessage } from 'node:http';
import { Duplex } from 'node:stream';
import Docker from 'dockerode';
import pLimit from 'p-limit';
import { z } from 'zod';
import { PlimsollError, problem } from '../../kernel/errors.ts';
import { EngineAgent } from './engine-agent.ts';
import { ErrorAnswer } from './engine-answers.ts';
import { engineProblem } from './engine-problem.ts';
import type { Transport } from './transport.ts';

export interface EngineRequest {
  readonly method: 'GET' | 'POST' | 'PUT' | 'DELETE';
  readonly path: string;
  /** Objects are sent as JSON. */
  readonly query?: Readonly<Record<string, string | number | boolean | object>>;
  readonly body?: object;
  /** A tar archive, sent in place of a body. */
  readonly archive?: Buffer;
  /** Value of `X-Registry-Auth`. */
  readonly registryAuth?: string;
  /** The start of the sentence for when it fails: `cannot start api`. */
  readonly attempt: string;
  readonly isPull?: boolean;
  /** Takes as long as a container takes to stop: then it must not keep short calls waiting. */
  readonly isLong?: boolean;
  /** Further statuses that count as success: 304 where it is so already, 404 where it is gone. */
  readonly alsoFine?: readonly number[];
}

/** Requests of one call; all of them end when the call's signal aborts. */
export interface Engine {
  /** The JSON answer, checked. */
  read<T>(request: EngineRequest, answer: z.ZodType<T>): Promise<T>;
  /** For requests whose answer says nothing. */
  send(request: EngineRequest): Promise<void>;
  /** An answer that comes in pieces, for as long as it lasts. Not counted as one of the short calls. */
  stream(request: EngineRequest): Promise<IncomingMessage>;
  /** Turns the connection into a plain two-way stream. Not counted as one of the short calls. */
  upgrade(request: EngineRequest): Promise<Duplex>;
}

type Modem = Docker['modem'];

const MAX_ANSWER_BYTES = 64 * 1024 * 1024;
/** Every status goes to us: the modem's own errors lose the engine's words. */
const ANY_STATUS = Object.fromEntries(Array.from({ length: 500 }, (_, index) => [index + 100, true]));

export interface EngineClient {
  /** Engine calls under `signal`; `apiVersion` null for the one request that finds it out. */
  at(signal: AbortSignal, apiVersion: string | null): Engine;
  close(): void;
}

export function engineClient(transport: Transport): EngineClient {
  const agent = new EngineAgent(transport);
  const limit = pLimit(transport.maxCalls);
  const modems = new Map<string | null, Modem>();
  const modemFor = (apiVersion: string | null): Modem => {
    const modem = modems.get(apiVersion) ?? newModem(agent, apiVersion);
    modems.set(apiVersion, modem);
    return modem;
  };
  return {
    at(signal, apiVersion) {
      const modem = modemFor(apiVersion);
      const dial = (request: EngineRequest, isUpgrade = false) =>
        dialEngine(modem, request, signal, isUpgrade);
      const answer = (request: EngineRequest): Promise<string> => {
        const ask = async (): Promise<string> => {
          signal.throwIfAborted();
          return collect(await expectMessage(request, await dial(request)));
        };
        return request.isLong === true ? ask() : limit(ask);
      };
      return {
        read: async (request, schema) => parseAnswer(request, await answer(request), schema),
        send: async (request) => void (await answer(request)),
        stream: async (request) => expectMessage(request, await dial(request)),
        upgrade: async (request) => expectUpgrade(request, await dial(request, true)),
      };
    },
    close: () => agent.destroy(),
  };
}

function newModem(agent: EngineAgent, apiVersion: string | null): Modem {
  // Everything is set, so that DOCKER_HOST and its kin in our environment have no say. The path only
  // keeps the modem from asking DNS: the agent alone decides where connections go.
  const options = {
    agent,
    socketPath: '/engine',
    host: undefined,
    protocol: 'http' as const,
    ca: undefined,
    cert: undefined,
    key: undefined,
    version: apiVersion === null ? undefined : `v${apiVersion}`,
  };
  return new Docker(options).modem;
}

function dialEngine(
  modem: Modem,
  request: EngineRequest,
  signal: AbortSignal,
  isUpgrade: boolean,
): Promise<IncomingMessage | Duplex> {
  const { promise, resolve, reject } = Promise.withResolvers<IncomingMessage | Duplex>();
  const dialOptions = {
    path: request.query === undefined ? request.path : `${request.path}?`,
    method: request.method,
    options: { _query: request.query, _body: request.body ?? {} },
    ...(request.archive === undefined ? {} : { file: request.archive }),
    ...(request.registryAuth === undefined ? {} : { authconfig: { base64: request.registryAuth } }),
    hijack: isUpgrade,
    isStream: true,
    statusCodes: ANY_STATUS,
    abortSignal: signal,
  };
  modem.dial(dialOptions, (error, answer) => {
    if (answer instanceof IncomingMessage || answer instanceof Duplex) resolve(answer);
    else reject(error ?? new Error('no answer'));
  });
  return promise;
}

async function expectMessage(
  request: EngineRequest,
  answer: IncomingMessage | Duplex,
): Promise<IncomingMessage> {
  if (answer instanceof Duplex) throw new PlimsollError(notUnderstood(request, 'an upgraded connection'));
  const status = answer.statusCode ?? 0;
  if ((status >= 200 && status < 300) || request.alsoFine?.includes(status)) return answer;
  const text = await collect(answer).catch(() => '');
  const isPull = request.isPull ?? false;
  throw new PlimsollError(
    engineProblem({ status, message: refusalText(text), attempt: request.attempt, isPull }),
  );
}

async function expectUpgrade(request: EngineRequest, answer: IncomingMessage | Duplex): Promise<Duplex> {
  if (answer instanceof Duplex) return answer;
  await expectMessage(request, answer);
  answer.destroy();
  throw new PlimsollError(notUnderstood(request, 'no upgrade of the connection'));
}

async function collect(message: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of message) {
    bytes += chunk.length;
    if (bytes > MAX_ANSWER_BYTES) throw new Error(`the answer is longer than ${MAX_ANSWER_BYTES} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString();
}

const notUnderstood = (request: EngineRequest, what: string) =>
  problem('engine/failed', `${request.attempt}: the engine gave an answer that is not understood (${what})`);

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function parseAnswer<T>(request: EngineRequest, text: string, schema: z.ZodType<T>): T {
  const parsed = schema.safeParse(parseJson(text));
  if (parsed.success) return parsed.data;
  throw new PlimsollError(notUnderstood(request, z.prettifyError(parsed.error).replaceAll('\n', ' ')));
}

function refusalText(text: string): string {
  const answer = ErrorAnswer.safeParse(parseJson(text));
  return answer.success ? answer.data.message : text;
}
