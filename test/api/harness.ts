// A real controller with a real store and its API on a real socket. Its source is a directory of the test,
// its host h1 an engine with nothing on it.

import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { systemClock, systemRandom } from '../../src/adapters/clock/system.ts';
import { createDockerHost } from '../../src/adapters/docker/docker-host.ts';
import { createHostAsker } from '../../src/adapters/doctor/ask-host.ts';
import { openDirectory } from '../../src/adapters/git/directory.ts';
import { haproxyDriver } from '../../src/adapters/haproxy/haproxy-driver.ts';
import { createRegistry } from '../../src/adapters/registry/registry.ts';
import { openSqliteStore } from '../../src/adapters/sqlite/open.ts';
import { ControllerClient, unixConnect } from '../../src/api/client.ts';
import { type ApiOptions, type RunningApi, startApi } from '../../src/api/server.ts';
import { CONFIG_DEFAULTS } from '../../src/config/defaults.ts';
import { formatProblem } from '../../src/kernel/errors.ts';
import { ControllerId, SourceId } from '../../src/kernel/ids.ts';
import { Controller } from '../../src/loop/controller.ts';
import type { LoopSettings } from '../../src/loop/settings.ts';
import type { GitRemote } from '../../src/ports/git.ts';
import type { StoreWrite } from '../../src/ports/store.ts';
import { eventually } from '../lab/eventually.ts';
import { testAuthority } from '../lab/test-authority.ts';
import { startEmptyEngine } from './empty-engine.ts';

type Files = Readonly<Record<string, string>>;

export interface HarnessOptions {
  readonly http?: ApiOptions['listen']['http'];
  /** What the store holds before the controller starts: the memory of an earlier run. */
  readonly rows?: readonly StoreWrite[];
  /** In place of the directory of manifests. */
  readonly git?: GitRemote;
}

const ID = ControllerId.parse('test');
export const SOURCE = SourceId.parse('main');

export const service = (name: string, image = `127.0.0.1:1/shop/${name}:1`): string =>
  `apiVersion: plimsoll.dev/v1
kind: Service
metadata: { name: ${name} }
spec: { image: "${image}", mem_limit: 64m }
`;

const SETTINGS: LoopSettings = {
  keepStoppedMs: 60_000,
  housekeepingMs: 300_000,
  resyncMs: 60_000,
  auditMs: 1_000,
  actionsPerHost: 8,
  pullsPerHost: 3,
  leaseMs: 15_000,
};

export class ApiHarness implements AsyncDisposable {
  readonly directory: string;
  readonly manifests: string;
  readonly socketPath: string;
  #controller: Controller | null = null;
  #api: RunningApi | null = null;
  #closeStore: () => Promise<void> = async () => {};
  #engine: { stop: () => void } | null = null;
  readonly #options: HarnessOptions;

  constructor(options: HarnessOptions) {
    this.directory = mkdtempSync(join(tmpdir(), 'plimsoll-api-'));
    this.manifests = join(this.directory, 'manifests');
    this.socketPath = join(this.directory, 'run', 'api.sock');
    this.#options = options;
    mkdirSync(this.manifests);
  }

  get controller(): Controller {
    if (this.#controller === null) throw new Error('the controller does not run');
    return this.#controller;
  }

  get api(): RunningApi {
    if (this.#api === null) throw new Error('the API does not run');
    return this.#api;
  }

  get client(): ControllerClient {
    return new ControllerClient(unixConnect(this.socketPath), 'ada');
  }

  /** Files by their path; null removes one. */
  write(files: Readonly<Record<string, string | null>>): void {
    for (const [path, text] of Object.entries(files)) {
      const file = join(this.manifests, path);
      mkdirSync(dirname(file), { recursive: true });
      if (text === null) rmSync(file);
      else writeFileSync(file, text);
    }
  }

  async start(): Promise<void> {
    const engineSocket = join(this.directory, 'engine.sock');
    this.#engine ??= await startEmptyEngine(engineSocket);
    this.write({
      'hosts.yaml': `apiVersion: plimsoll.dev/v1
kind: Host
metadata: { name: h1, labels: { role: app } }
spec: { address: "unix://${engineSocket}" }
`,
    });
    const store = await openSqliteStore({
      path: join(this.directory, 'store.db'),
      clock: systemClock,
      controllerId: ID,
    });
    if (!store.ok) throw new Error(formatProblem(store.error));
    if (this.#options.rows !== undefined) await store.value.write(this.#options.rows);
    const controller = new Controller({
      id: ID,
      holder: `test ${process.pid}`,
      clock: systemClock,
      random: systemRandom,
      store: store.value,
      registry: createRegistry({ clock: systemClock, registries: [], insecurePrivateAddresses: true }),
      balancer: { driver: haproxyDriver, ...CONFIG_DEFAULTS.loadBalancer },
      authority: testAuthority(ID),
      connectHost: ({ id, address, hostKeys }) =>
        createDockerHost({ id, address, hostKeys, credential: null, clock: systemClock }),
      sources: [
        {
          id: SOURCE,
          fleet: true,
          isDirectory: true,
          git: this.#options.git ?? openDirectory(this.manifests),
          pollMs: 3_600_000,
          forcePush: 'follow',
          prune: 'correct',
          selfHeal: 'correct',
          governor: { percent: 20, min: 5 },
        },
      ],
      credential: () => null,
      overrides: {},
      settings: SETTINGS,
    });
    const started = await controller.start();
    if (!started.ok) throw new Error(formatProblem(started.error));
    this.#controller = controller;
    this.#closeStore = () => store.value.close();
    const api = await startApi({
      controller,
      controllerId: ID,
      version: '0.0.0-test',
      sources: [{ id: SOURCE, url: '/srv/git/fleet.git' }],
      listen: { socketPath: this.socketPath, http: this.#options.http ?? null },
      askHost: createHostAsker({ clock: systemClock, credentialOf: () => null }),
    });
    if (!api.ok) throw new Error(formatProblem(api.error));
    this.#api = api.value;
    await controller.sync(null);
    if (this.#options.git !== undefined) return;
    await eventually('the host has been looked at', { deadlineMs: 5_000 }, () =>
      controller.status().hosts.every((host) => host.state === 'fresh'),
    );
  }

  async stop(): Promise<void> {
    await this.#api?.close();
    await this.#controller?.stop();
    await this.#closeStore();
    this.#api = null;
    this.#controller = null;
    this.#closeStore = async () => {};
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
    this.#engine?.stop();
    rmSync(this.directory, { recursive: true, force: true });
  }
}

/** Started with these manifests, which have been considered, and with a look at the host. */
export async function startApiHarness(files: Files, options: HarnessOptions = {}): Promise<ApiHarness> {
  const harness = new ApiHarness(options);
  try {
    harness.write(files);
    await harness.start();
    return harness;
  } catch (error) {
    await harness[Symbol.asyncDispose]();
    throw error;
  }
}
