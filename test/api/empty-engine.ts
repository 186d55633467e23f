// A Docker engine with nothing on it, as far as a controller that only looks can tell: for tests of what
// is said, not of what is done. What it would have to do it refuses.

import { once } from 'node:events';
import { createServer } from 'node:http';

const INFO = { ID: 'empty', NCPU: 2, MemTotal: 4 * 1024 ** 3, LiveRestoreEnabled: false, DockerRootDir: '/' };
const EMPTY: Readonly<Record<string, unknown>> = {
  '/version': { Version: '28.1.0', ApiVersion: '1.49', MinAPIVersion: '1.24', Os: 'linux', Arch: 'amd64' },
  '/containers/json': [],
  '/networks': [],
  '/volumes': { Volumes: [] },
  '/images/json': [],
};

/** Listens on the socket; `stop` ends it with all connections. */
export async function startEmptyEngine(socketPath: string): Promise<{ stop: () => void }> {
  const engine = createServer((request, response) => {
    const path = (request.url ?? '').replace(/^\/v[\d.]+/, '').replace(/\?.*$/, '');
    if (path === '/events') {
      response.writeHead(200, { 'content-type': 'application/json' }).flushHeaders();
      return;
    }
    const answer = path === '/info' ? { ...INFO, SystemTime: new Date().toISOString() } : EMPTY[path];
    response
      .writeHead(answer === undefined ? 404 : 200, { 'content-type': 'application/json' })
      .end(JSON.stringify(answer ?? { message: 'refused' }));
  });
  engine.listen(socketPath);
  await once(engine, 'listening');
  return {
    stop: () => {
      engine.closeAllConnections();
      engine.close();
    },
  };
}
