// A whole controller against real hosts: the lab's engines over SSH, its Git server, its registry, a store
// on disk. Tests push commits and look at the engines themselves.

import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type Docker from 'dockerode';
import { systemClock, systemRandom } from '../../src/adapters/clock/system.ts';
import { createDockerHost } from '../../src/adapters/docker/docker-host.ts';
import { openGitRemote } from '../../src/adapters/git/remote.ts';
import { haproxyDriver } from '../../src/adapters/haproxy/haproxy-driver.ts';
import { createRegistry } from '../../src/adapters/registry/registry.ts';
import { openSqliteStore } from '../../src/adapters/sqlite/open.ts';
import { CONFIG_DEFAULTS } from '../../src/config/defaults.ts';
import { formatProblem } from '../../src/kernel/errors.ts';
import { ControllerId, ServiceKey, SourceId } from '../../src/kernel/ids.ts';
import { Sealed } from '../../src/kernel/sealed.ts';
import { Controller } from '../../src/loop/controller.ts';
import type { ControllerEvent } from '../../src/loop/events.ts';
import type { LoopSettings } from '../../src/loop/settings.ts';
import type { ControllerStatus, ServiceStatus } from '../../src/loop/status.ts';
import type { RegistryCredential } from '../../src/ports/host.ts';
import { runCommand } from '../lab/command.ts';
import type { LabRepository } from '../lab/git-repository.ts';
import type { HostOptions } from '../lab/host.ts';
import { type Lab, startLab } from '../lab/lab.ts';
import { testAuthority } from '../lab/test-authority.ts';

export interface SystemOptions {
  readonly hosts?: number | readonly HostOptions[];
  readonly settings?: Partial<LoopSettings>;
  /** Keeps the controller's files on a memory disk of this size. */
  readonly controllerDiskMiB?: number;
}

/** Deadline for what takes seconds; a test that needs longer says so. */
const EVENTUALLY_MS = 60_000;
const LOOK_AGAIN_MS = 50;

/** As in plimsoll.yaml, but stopped containers go at once. */
const SETTINGS: LoopSettings = {
  keepStoppedMs: 0,
  housekeepingMs: 300_000,
  resyncMs: 60_000,
  auditMs: 1_000,
  actionsPerHost: 8,
  pullsPerHost: 3,
  leaseMs: 15_000,
};

const CONTROLLER_ID = ControllerId.parse('lab');

export class System implements AsyncDisposable {
  readonly lab: Lab;
  readonly repository: LabRepository;
  readonly settings: LoopSettings;
  #controller: Controller | null = null;
  #closeStore: () => Promise<void> = async () => {};
  readonly events: ControllerEvent[] = [];
  /** Whether the configuration has the password of the private registry. */
  knowsPassword = false;
  /** Of HAProxy; nothing pulls it unless services connect to each other. */
  balancerImage = 'registry.invalid/haproxy:2.6';

  constructor(lab: Lab, repository: LabRepository, settings: LoopSettings) {
    this.lab = lab;
    this.repository = repository;
    this.settings = settings;
  }

  /** Where the controller keeps its files. */
  get directory(): string {
    return join(this.lab.directory, 'controller');
  }

  get controller(): Controller {
    if (this.#controller === null) throw new Error('the controller does not run');
    return this.#controller;
  }

  async start(): Promise<void> {
    const { directory } = this;
    mkdirSync(directory, { recursive: true });
    const store = await openSqliteStore({
      path: join(directory, 'store.db'),
      clock: systemClock,
      controllerId: CONTROLLER_ID,
    });
    if (!store.ok) throw new Error(formatProblem(store.error));
    const source = SourceId.parse('main');
    const credential = {
      kind: 'key' as const,
      privateKey: new Sealed(this.lab.ssh.key.privateKey),
      passphrase: null,
    };
    const controller = new Controller({
      id: CONTROLLER_ID,
      holder: `test ${process.pid}`,
      clock: systemClock,
      random: systemRandom,
      store: store.value,
      registry: createRegistry({ clock: systemClock, registries: [], insecurePrivateAddresses: true }),
      balancer: {
        driver: haproxyDriver,
        image: this.balancerImage,
        meshPorts: CONFIG_DEFAULTS.loadBalancer.meshPorts,
      },
      authority: testAuthority(CONTROLLER_ID),
      connectHost: (host) =>
        createDockerHost({
          id: host.id,
          address: host.address,
          hostKeys: host.hostKeys,
          credential,
          clock: systemClock,
        }),
      sources: [
        {
          id: source,
          fleet: true,
          isDirectory: false,
          git: openGitRemote({
            id: source,
            url: this.repository.path,
            ref: { kind: 'branch', name: 'main' },
            path: '',
            cacheDir: join(directory, 'git'),
            credential: null,
            allowFile: true,
          }),
          pollMs: 1_000,
          forcePush: 'hold',
          prune: 'correct',
          selfHeal: 'correct',
          governor: { percent: 20, min: 5 },
        },
      ],
      credential: (image) => this.#credentialFor(image),
      overrides: {},
      settings: this.settings,
    });
    controller.events.subscribe((event) => this.events.push(event));
    const started = await controller.start();
    if (!started.ok) throw new Error(formatProblem(started.error));
    this.#controller = controller;
    this.#closeStore = () => store.value.close();
  }

  /** The configuration's look-up by registry, for the one private registry of the lab. */
  #credentialFor(image: string): RegistryCredential | null {
    const { address, credentials } = this.lab.privateRegistry;
    if (credentials === undefined || !this.knowsPassword || !image.startsWith(`${address}/`)) return null;
    const { username, password } = credentials;
    return { registry: address, username, password: new Sealed(password) };
  }

  async stop(): Promise<void> {
    await this.#controller?.stop();
    await this.#closeStore();
    this.#controller = null;
    this.#closeStore = async () => {};
  }

  /** Commits and waits until the controller has read it. */
  async push(files: Parameters<LabRepository['commit']>[0], message = 'a change'): Promise<string> {
    const commit = await this.repository.commit(files, message);
    await this.controller.sync(null);
    return commit;
  }

  /** The Host manifests of the lab, by file name. */
  hostManifests(): Record<string, string> {
    return Object.fromEntries(
      this.lab.hosts.map((host) => [
        `hosts/${host.name}.yaml`,
        [
          'apiVersion: plimsoll.dev/v1',
          'kind: Host',
          `metadata: { name: ${host.name}, labels: { host: ${host.name} } }`,
          `spec: { address: "${host.url}", hostKey: "${host.hostKey.split(' ').slice(0, 2).join(' ')}" }`,
          '',
        ].join('\n'),
      ]),
    );
  }

  service(name: string): ServiceStatus {
    const found = this.status().services.find((s) => s.name === name);
    if (found === undefined) throw new Error(`no service ${name}`);
    return found;
  }

  status(): ControllerStatus {
    return this.controller.status();
  }

  key(name: string): ServiceKey {
    return ServiceKey.parse(`default/${name}`);
  }

  async converged(deadlineMs = EVENTUALLY_MS): Promise<void> {
    await this.until('the fleet has converged', () => this.status().phase === 'converged', deadlineMs);
  }

  /** Waits for something to become true of the world; on failure the tail of events says what happened. */
  async until(
    what: string,
    holds: () => boolean | Promise<boolean>,
    deadlineMs = EVENTUALLY_MS,
  ): Promise<void> {
    const deadline = performance.now() + deadlineMs;
    while (!(await holds())) {
      if (performance.now() > deadline)
        throw new Error(`not within ${deadlineMs} ms: ${what}\n${this.#explain()}`);
      await new Promise((resolve) => setTimeout(resolve, LOOK_AGAIN_MS));
    }
  }

  #explain(): string {
    const events = this.events.slice(-40).map((e) => `  ${e.kind} ${e.service ?? e.host ?? ''} ${e.message}`);
    return [...events, JSON.stringify(this.#controller?.status(), null, 1)].join('\n');
  }

  /** What the engines really run, past the controller: containers of all hosts. */
  async containers(all = false): Promise<readonly (Docker.ContainerInfo & { host: string })[]> {
    const lists = await Promise.all(
      this.lab.hosts.map(async (host) =>
        (await host.docker.listContainers({ all })).map((container) => ({ ...container, host: host.name })),
      ),
    );
    return lists.flat();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop().catch(() => {});
    await this.lab.stop();
  }
}

export async function startSystem(options: SystemOptions = {}): Promise<System> {
  const lab = await startLab({ hosts: options.hosts ?? 3 });
  const repository = await lab.git.createRepository('fleet');
  const directory = join(lab.directory, 'controller');
  mkdirSync(directory);
  if (options.controllerDiskMiB !== undefined)
    await runCommand('mount', [
      '--types',
      'tmpfs',
      '--options',
      `size=${options.controllerDiskMiB}m`,
      'tmpfs',
      directory,
    ]);
  return new System(lab, repository, { ...SETTINGS, ...options.settings });
}

export interface ServiceWords {
  readonly image: string;
  readonly replicas?: number;
  /** Further lines below `spec:`, indented by two spaces. */
  readonly spec?: string;
}

export function serviceManifest(name: string, words: ServiceWords): string {
  return `apiVersion: plimsoll.dev/v1
kind: Service
metadata: { name: ${name} }
spec:
  image: ${words.image}
  replicas: ${words.replicas ?? 1}
  mem_limit: 64m
${words.spec ?? '  rollout: { minHealthy: 0s }'}
`;
}
