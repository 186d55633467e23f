// The engine's API over its unix socket with as little in between as possible: Node's HTTP client, kept
// connections, no checks. What Plimsoll is measured against, and how the benchmark tidies up.

import { Agent, request as httpRequest, type IncomingMessage } from 'node:http';
import { json, text } from 'node:stream/consumers';

const API = '/v1.41';

export class DirectEngine implements Disposable {
  readonly #socketPath: string;
  readonly #agent: Agent;

  /** `parallel`: connections at most; further requests wait. */
  constructor(socketPath: string, parallel: number) {
    this.#socketPath = socketPath;
    this.#agent = new Agent({ keepAlive: true, maxSockets: parallel });
  }

  /** The JSON answer, undefined where there is none; an error quotes the engine. */
  async send(method: string, path: string, body?: object): Promise<unknown> {
    const response = await this.#answer(method, path, body);
    const { statusCode = 0, headers } = response;
    if (statusCode >= 400) throw new Error(`${method} ${path}: ${statusCode} ${await text(response)}`);
    if (headers['content-type']?.startsWith('application/json') === true) return json(response);
    await text(response);
    return undefined;
  }

  /** An answer that goes on; it has a connection of its own. */
  stream(path: string): Promise<IncomingMessage> {
    return this.#answer('GET', path, undefined, false);
  }

  #answer(method: string, path: string, body?: object, agent: Agent | false = this.#agent) {
    const payload = body === undefined ? '' : JSON.stringify(body);
    return new Promise<IncomingMessage>((resolve, reject) => {
      const request = httpRequest({
        socketPath: this.#socketPath,
        agent,
        method,
        path: API + path,
        headers: {
          'content-length': Buffer.byteLength(payload),
          ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        },
      });
      request.once('response', resolve);
      request.once('error', reject);
      request.end(payload);
    });
  }

  [Symbol.dispose](): void {
    this.#agent.destroy();
  }
}
