// An HTTP server before a registry, as providers have one: it passes everything on, or answers 429 to all.

import { once } from 'node:events';
import http from 'node:http';

export interface RegistryFront {
  /** `127.0.0.1:PORT`. */
  readonly address: string;
  isLimited: boolean;
  close(): Promise<void>;
}

export async function openFront(registryAddress: string): Promise<RegistryFront> {
  const agent = new http.Agent();
  const server = http.createServer((request, response) => {
    if (front.isLimited) {
      response.writeHead(429, { 'retry-after': '30' });
      response.end('{"errors":[{"code":"TOOMANYREQUESTS"}]}');
      return;
    }
    const { method = 'GET', url = '/', headers } = request;
    const onward = http.request(`http://${registryAddress}${url}`, { method, headers, agent }, (answer) => {
      response.writeHead(answer.statusCode ?? 502, answer.headers);
      answer.pipe(response);
    });
    // A registry that is down behind its front: the client sees its connection end.
    onward.on('error', () => request.socket.destroy());
    response.on('close', () => onward.destroy());
    request.pipe(onward);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('the front has no port');
  const front: RegistryFront = {
    address: `127.0.0.1:${address.port}`,
    isLimited: false,
    async close() {
      const closed = once(server, 'close');
      server.close();
      server.closeAllConnections();
      agent.destroy();
      await closed;
    },
  };
  return front;
}
