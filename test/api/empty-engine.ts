// A Docker engine with nothing on it, as far as a controller that only looks can tell: for tests of what
// is said, not of what is done. What it would have to do it refuses.

import { once } from 'node:events';
import { createServer } from 'node:http';

const INFO = { ID: 'empty', NCPU: 2, MemTotal: 4 * 1024 ** 3, LiveRestoreEnabled: false, DockerRootDir: '/' };
const EMPTY: Readonly<Record<string, unknown>> = {
  '/version': { Version: '28.1.0', ApiVersion: '1.49', MinAPIVersion: '1.24', Os: 'linux', Arch: 'amd64' },
  '/networks': [],
  '/volumes': { Volumes: [] },
  '/images/json': [],
};

/** A container that runs there from the beginning, and can be removed. */
export interface PresentContainer {
  readonly id: string;
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
}

const inspected = ({ id, name, labels }: PresentContainer) => ({
  Id: id,
  Name: `/${name}`,
  Image: `sha256:${'1'.repeat(64)}`,
  RestartCount: 0,
  State: { Status: 'running', Running: true, OOMKilled: false, ExitCode: 0, StartedAt: '', FinishedAt: '' },
  Config: { Labels: labels, Tty: false },
  HostConfig: {
    RestartPolicy: { Name: 'no', MaximumRetryCount: 0 },
    PortBindings: {},
    Memory: 0,
    MemoryReservation: 0,
    NanoCpus: 0,
    CpuQuota: 0,
    CpuPeriod: 0,
    PidsLimit: null,
  },
  NetworkSettings: { Ports: {}, Networks: {} },
  Mounts: [],
});

/** What the engine says to a request about its containers; undefined to any other. */
function aboutContainers(present: Map<string, PresentContainer>, method: string, path: string): unknown {
  if (path === '/containers/json')
    return [...present.values()].map(({ id, name }) => ({
      Id: id,
      Names: [`/${name}`],
      State: 'running',
      Status: 'Up',
      Ports: [],
    }));
  const [, , id = '', verb] = path.split('/');
  const container = present.get(id);
  if (container === undefined) return undefined;
  if (verb === 'json') return inspected(container);
  if (method === 'DELETE' || verb === 'stop') present.delete(id);
  return {};
}

/** Listens on the socket; `stop` ends it with all connections. */
export async function startEmptyEngine(
  socketPath: string,
  containers: readonly PresentContainer[] = [],
): Promise<{ readonly present: ReadonlyMap<string, PresentContainer>; stop: () => void }> {
  const present = new Map(containers.map((container) => [container.id, container]));
  const engine = createServer((request, response) => {
    const path = (request.url ?? '').replace(/^\/v[\d.]+/, '').replace(/\?.*$/, '');
    if (path === '/events') {
      response.writeHead(200, { 'content-type': 'application/json' }).flushHeaders();
      return;
    }
    const general = path === '/info' ? { ...INFO, SystemTime: new Date().toISOString() } : EMPTY[path];
    const answer = aboutContainers(present, request.method ?? '', path) ?? general;
    response
      .writeHead(answer === undefined ? 404 : 200, { 'content-type': 'application/json' })
      .end(JSON.stringify(answer ?? { message: 'refused' }));
  });
  engine.listen(socketPath);
  await once(engine, 'listening');
  return {
    present,
    stop: () => {
      engine.closeAllConnections();
      engine.close();
    },
  };
}
