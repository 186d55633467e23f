// The engine's HTTP interface over its local socket, as far as the demo itself uses it: to import images
// before the controller starts, and to look at and clear away what was there.

import { request as httpRequest, type IncomingMessage } from 'node:http';
import { createInterface } from 'node:readline';
import { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { pipeline } from 'node:stream/promises';
import { z } from 'zod';
import { formatDuration } from '../../kernel/time.ts';
import { failed } from '../command.ts';

export interface ApiCall {
  readonly method: 'GET' | 'POST' | 'PUT' | 'DELETE';
  readonly path: string;
  readonly query?: Readonly<Record<string, string | readonly string[]>>;
  /** Sent as JSON. */
  readonly body?: unknown;
  /** Sent as it is, a tar archive. */
  readonly archive?: AsyncIterable<Uint8Array>;
  readonly deadlineMs?: number;
  /** Statuses that are as good as success: 404 for something to be removed. */
  readonly alsoFine?: readonly number[];
}

const ANSWER_MS = 20_000;
const Refusal = z.object({ message: z.string() });
/** One line of the answer to a pull or an import. */
const ProgressLine = z.object({
  status: z.string().optional(),
  error: z.string().optional(),
  id: z.string().optional(),
  progressDetail: z.object({ current: z.number().optional(), total: z.number().optional() }).optional(),
});
export type ProgressLine = z.output<typeof ProgressLine>;

function queryText(query: ApiCall['query'] = {}): string {
  const search = new URLSearchParams();
  for (const [key, value] of Object.entries(query)) {
    for (const one of typeof value === 'string' ? [value] : value) search.append(key, one);
  }
  return search.size === 0 ? '' : `?${search}`;
}

export class DockerApi {
  readonly socketPath: string;

  constructor(socketPath: string) {
    this.socketPath = socketPath;
  }

  /** The engine's answer as JSON that has the shape. Rejects with what the engine says. */
  async read<T>(call: ApiCall, shape: z.ZodType<T>): Promise<T> {
    const body = await this.#exchange(call, text);
    const parsed = shape.safeParse(JSON.parse(body));
    if (parsed.success) return parsed.data;
    throw failed(`${call.method} ${call.path}: an unexpected answer of the engine: ${parsed.error.message}`);
  }

  async send(call: ApiCall): Promise<void> {
    await this.#exchange(call, text);
  }

  /** For pulls and imports: the engine answers 200 first, and an error may come as a later line. */
  async sendWithProgress(call: ApiCall, onLine: (line: ProgressLine) => void): Promise<void> {
    await this.#exchange(call, async (response) => {
      for await (const line of createInterface({ input: response })) {
        if (line.trim() === '') continue;
        const parsed = ProgressLine.parse(JSON.parse(line));
        if (parsed.error !== undefined) throw failed(`the engine says: ${parsed.error}`);
        onLine(parsed);
      }
    });
  }

  async #exchange<T>(call: ApiCall, consume: (response: IncomingMessage) => Promise<T>): Promise<T> {
    const { deadlineMs = ANSWER_MS, alsoFine = [] } = call;
    const signal = AbortSignal.timeout(deadlineMs);
    try {
      const response = await this.#send(call, signal);
      const status = response.statusCode ?? 0;
      if ((status >= 200 && status < 300) || alsoFine.includes(status)) return await consume(response);
      const body = await text(response);
      const refusal = Refusal.safeParse(parseJson(body));
      throw failed(
        `${call.method} ${call.path}: ${refusal.success ? refusal.data.message : `status ${status}`}`,
      );
    } catch (error) {
      if (!signal.aborted) throw error;
      throw failed(`${call.method} ${call.path}: no answer within ${formatDuration(deadlineMs)}`);
    }
  }

  #send(call: ApiCall, signal: AbortSignal): Promise<IncomingMessage> {
    const { method, path, body, archive } = call;
    const type = archive === undefined ? 'application/json' : 'application/x-tar';
    const request = httpRequest({
      socketPath: this.socketPath,
      method,
      path: `${path}${queryText(call.query)}`,
      headers: {
        host: 'docker',
        ...(body === undefined && archive === undefined ? {} : { 'content-type': type }),
      },
      agent: false,
      signal,
    });
    return new Promise((resolve, reject) => {
      request.once('response', resolve);
      request.once('error', reject);
      if (archive === undefined) request.end(body === undefined ? undefined : JSON.stringify(body));
      // An engine that refuses early closes the connection; its answer says more than the broken pipe.
      else pipeline(Readable.from(archive), request).catch(reject);
    });
  }
}

function parseJson(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch {
    return undefined;
  }
}
