// Containers by hand, straight on an engine: for tests of the lab itself, and for what tests want to find on a
// host that the product did not put there.

import type Docker from 'dockerode';
import { eventually } from './eventually.ts';
import type { LabHost } from './host.ts';
import type { Credentials } from './push.ts';

export interface RunOptions {
  /** The host's port for the container's 8080; needed by get() and status(). */
  readonly port?: number;
  readonly env?: readonly string[];
  readonly command?: readonly string[];
  readonly name?: string;
}

export interface RunningContainer extends AsyncDisposable {
  readonly handle: Docker.Container;
  /** The body of an answer; waits until the server listens. */
  get(path: string): Promise<string>;
  status(path: string): Promise<number>;
  /** Waits for this state of the image's health check. */
  reaches(health: 'healthy' | 'unhealthy'): Promise<void>;
  execute(command: readonly string[]): Promise<void>;
  /** Stops it and tells how long that took. */
  stopMs(graceS: number): Promise<number>;
}

export async function pull(host: LabHost, ref: string, credentials?: Credentials): Promise<void> {
  const { docker } = host;
  const options = credentials === undefined ? {} : { authconfig: { ...credentials, serveraddress: '' } };
  const progress = await docker.pull(ref, options);
  await new Promise<void>((resolve, reject) => {
    docker.modem.followProgress(progress, (error) => (error ? reject(error) : resolve()));
  });
}

export async function run(host: LabHost, image: string, options: RunOptions = {}): Promise<RunningContainer> {
  const { port, env = [], command, name } = options;
  await pull(host, image);
  const handle = await host.docker.createContainer({
    Image: image,
    Env: [...env],
    ...(name === undefined ? {} : { name }),
    ...(command === undefined ? {} : { Cmd: [...command] }),
    HostConfig: port === undefined ? {} : { PortBindings: { '8080/tcp': [{ HostPort: String(port) }] } },
  });
  await handle.start();
  const fetchFrom = (path: string) =>
    eventually(`an answer to ${path} of ${image}`, { deadlineMs: 15_000, intervalMs: 50 }, () =>
      fetch(`http://${host.address}:${port}${path}`, { signal: AbortSignal.timeout(10_000) }),
    );
  return {
    handle,
    get: async (path) => (await fetchFrom(path)).text(),
    status: async (path) => (await fetchFrom(path)).status,
    async reaches(health) {
      await eventually(`${image} to be ${health}`, { deadlineMs: 20_000, intervalMs: 100 }, async () => {
        const { State } = await handle.inspect();
        return State.Health?.Status === health;
      });
    },
    async execute(command) {
      const exec = await handle.exec({ Cmd: [...command] });
      await exec.start({ Detach: true });
    },
    async stopMs(graceS) {
      const startedAt = performance.now();
      await handle.stop({ t: graceS });
      return performance.now() - startedAt;
    },
    [Symbol.asyncDispose]: () => handle.remove({ force: true }),
  };
}
