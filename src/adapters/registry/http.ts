// One HTTP exchange with bounds on everything: time, size, redirects. Node's own client is used and not
// `fetch`, because `fetch` cannot be given a certificate authority for one registry alone.

import http from 'node:http';
import https from 'node:https';
import { getCACertificates } from 'node:tls';

export interface Answer {
  readonly status: number;
  readonly headers: http.IncomingHttpHeaders;
  readonly body: Buffer;
  /** Where the answer came from: not the first address where it was redirected. */
  readonly origin: string;
}

export interface Exchange {
  readonly method: 'GET' | 'HEAD';
  readonly url: URL;
  readonly headers: Readonly<Record<string, string>>;
  readonly maxBytes: number;
  readonly signal: AbortSignal;
}

/** What the other side did was against the rules; the message says what. */
export class ProtocolError extends Error {
  override readonly name = 'ProtocolError';
}

const SOCKETS_PER_HOST = 8;
const MAX_REDIRECTS = 5;
const AGENT_OPTIONS = { keepAlive: true, maxSockets: SOCKETS_PER_HOST, scheduling: 'lifo' } as const;

/** Connections to one registry; `ca` is trusted besides what Node brings along. */
export class HttpClient {
  readonly #plain = new http.Agent(AGENT_OPTIONS);
  readonly #tls: https.Agent;

  constructor(ca: string | null) {
    this.#tls = new https.Agent({
      ...AGENT_OPTIONS,
      ...(ca === null ? {} : { ca: [...getCACertificates('default'), ca] }),
    });
  }

  /** Rejects with a ProtocolError, an error of the network, or the signal's reason. */
  exchange(request: Exchange): Promise<Answer> {
    const { method, url, headers, signal } = request;
    const client = url.protocol === 'http:' ? http : https;
    const agent = url.protocol === 'http:' ? this.#plain : this.#tls;
    return new Promise((resolve, reject) => {
      const outgoing = client.request(url, { method, headers, signal, agent }, (incoming) => {
        readBody(incoming, request.maxBytes).then(
          (body) =>
            resolve({
              status: incoming.statusCode ?? 0,
              headers: incoming.headers,
              body,
              origin: url.origin,
            }),
          reject,
        );
      });
      outgoing.on('error', reject);
      outgoing.end();
    });
  }

  /**
   * Follows redirects, never from https to http. Beyond the first origin no authorization is sent: it
   * was meant for the registry alone.
   */
  async exchangeFollowing(request: Exchange): Promise<Answer> {
    let { url, headers } = request;
    for (let hop = 0; hop <= MAX_REDIRECTS; hop += 1) {
      const answer = await this.exchange({ ...request, url, headers });
      const location = answer.headers.location;
      if (answer.status < 300 || answer.status > 399 || location === undefined) return answer;
      const next = URL.parse(location, url);
      if (next === null || (next.protocol !== 'https:' && next.protocol !== url.protocol)) {
        throw new ProtocolError('it redirects to an address that is not https');
      }
      if (next.origin !== url.origin) headers = without(headers, 'authorization');
      url = next;
    }
    throw new ProtocolError(`it redirects more than ${MAX_REDIRECTS} times`);
  }
}

function without(headers: Readonly<Record<string, string>>, name: string): Record<string, string> {
  return Object.fromEntries(Object.entries(headers).filter(([key]) => key !== name));
}

async function readBody(incoming: http.IncomingMessage, maxBytes: number): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let sizeBytes = 0;
  for await (const chunk of incoming) {
    const bytes = Buffer.from(chunk);
    sizeBytes += bytes.length;
    // Leaving the loop destroys the connection: the rest is never read.
    if (sizeBytes > maxBytes) throw new ProtocolError(`its answer is larger than ${maxBytes / 1024} KiB`);
    chunks.push(bytes);
  }
  return Buffer.concat(chunks);
}
