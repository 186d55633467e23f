// An HTTP server on 127.0.0.1 that answers by a script: for what a well-behaved registry never does.
// Every request is recorded, so that a test can say what was sent to whom.

import { createHash } from 'node:crypto';
import { once } from 'node:events';
import http from 'node:http';
import { onTestFinished } from 'vitest';

export interface Received {
  readonly method: string;
  /** Path and query. */
  readonly url: string;
  readonly authorization: string | undefined;
  readonly accept: string | undefined;
}

export interface Scripted {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Buffer;
}

export interface LocalServer {
  /** `127.0.0.1:PORT`. */
  readonly address: string;
  readonly received: readonly Received[];
}

/** `answer` null: the connection is cut; undefined: no answer ever comes. */
export async function localServer(
  answer: (request: Received) => Scripted | null | undefined,
): Promise<LocalServer> {
  const received: Received[] = [];
  const server = http.createServer((request, response) => {
    const { method = '', url = '', headers } = request;
    const seen = { method, url, authorization: headers.authorization, accept: headers.accept };
    received.push(seen);
    const scripted = answer(seen);
    if (scripted === undefined) return;
    if (scripted === null) {
      request.socket.destroy();
      return;
    }
    response.writeHead(scripted.status, { ...scripted.headers });
    response.end(method === 'HEAD' ? undefined : scripted.body);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('the server has no port');
  return { address: `127.0.0.1:${address.port}`, received };
}

export const digestOf = (text: string): string => `sha256:${createHash('sha256').update(text).digest('hex')}`;
