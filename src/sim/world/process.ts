// One process of the controller: made from the simulated ports, ended by a crash at any moment. Its
// promises then never settle, and what it had sent may still land.

import type { DesiredHost } from '../../desired/desired.ts';
import type { Problem } from '../../kernel/errors.ts';
import { ControllerId, type ServiceKey } from '../../kernel/ids.ts';
import { invariant } from '../../kernel/invariant.ts';
import type { Result } from '../../kernel/result.ts';
import { Controller } from '../../loop/controller.ts';
import type { ControllerOptions } from '../../loop/options.ts';
import type { ServiceCommand } from '../../plan/commands.ts';
import type { GovernorLimits } from '../../plan/governor.ts';
import type { Clock, Random } from '../../ports/clock.ts';
import type { Host, RegistryCredential } from '../../ports/host.ts';
import type { LoadBalancerDriver } from '../../ports/load-balancer.ts';
import { latencyMs } from '../core/random.ts';
import { SimRemote } from '../git/sim-remote.ts';
import type { SimRepository } from '../git/sim-repository.ts';
import type { Question } from '../link/observer.ts';
import type { BalancerPort, SimLink } from '../link/sim-link.ts';
import { registryPort } from '../registry/registry-port.ts';
import type { SimRegistry } from '../registry/sim-registry.ts';
import { BALANCER_TAG } from '../shop/behaviour.ts';
import type { SimDisk } from '../store/sim-disk.ts';
import { SimStore, type StoreWriteNote } from '../store/sim-store.ts';
import { gatedBalancer, gatedHost } from './gated-host.ts';
import { manifestMemo, resolvedDocuments } from './manifest-memo.ts';
import { ProcessClock } from './process-clock.ts';
import { simulatedAuthority } from './sim-authority.ts';
import type { Folder } from './sources.ts';
import type { Tempo } from './tempo.ts';

/** Every registry and machine of a world knows it. */
export const BALANCER_IMAGE = `registry.test/haproxy:${BALANCER_TAG}`;

/** As sources have it unless their operators say otherwise. */
export const USUAL_GOVERNOR: GovernorLimits = { percent: 20, min: 5 };
export const CONTROLLER = ControllerId.parse('sim');

const STORE_MS = 4;
const FETCH_MS = 120;
const REGISTRY_MS = 80;

/** Everything outside of the process that it can reach. */
export interface Surroundings {
  readonly machine: Clock;
  readonly disk: SimDisk;
  readonly repository: SimRepository;
  readonly folders: readonly Folder[];
  readonly registry: SimRegistry;
  readonly credential: (image: string) => RegistryCredential | null;
  readonly gitOutage: () => Problem | null;
  /** A link from this process to a host, and how it is cut when the process ends. */
  readonly connect: (
    host: DesiredHost,
    process: SimProcess,
  ) => { readonly host: SimLink; readonly kill: () => void };
  readonly tempo: Tempo;
  readonly governor?: GovernorLimits;
  readonly onAsked?: (question: Question, process: SimProcess) => void;
  readonly onStoreWrite: (note: StoreWriteNote, process: SimProcess) => 'go on' | 'crash';
  /** What its operator has set otherwise than worlds have it. */
  readonly operation?: Partial<
    Pick<ControllerOptions, 'id' | 'sources' | 'registry' | 'overrides' | 'settings'>
  >;
}

export class SimProcess {
  readonly name: string;
  readonly clock: ProcessClock;
  readonly controller: Controller;
  readonly #links: (() => void)[] = [];
  readonly #balancers = new WeakMap<Host, BalancerPort>();
  #hasStopped = false;

  constructor(name: string, surroundings: Surroundings, random: (stream: string) => Random) {
    this.name = name;
    const { machine, disk, repository, folders, registry, credential, gitOutage, tempo } = surroundings;
    this.clock = new ProcessClock(machine);
    const { clock } = this;
    const isAlive = (): boolean => clock.isAlive;
    const asked = (question: Question): void => surroundings.onAsked?.(question, this);
    const slow = (stream: string, typicalMs: number): (() => number) => {
      const chance = random(`${name}/${stream}`);
      return () => (tempo.isSteady ? typicalMs : latencyMs(chance, typicalMs));
    };
    this.controller = new Controller({
      id: CONTROLLER,
      holder: name,
      clock,
      random: random(`${name}/controller`),
      store: new SimStore({
        disk,
        clock,
        delayMs: slow('store', STORE_MS),
        onWrite: (note) => surroundings.onStoreWrite(note, this),
        isAlive,
      }),
      registry: registryPort({
        registry,
        clock,
        delayMs: slow('registry', REGISTRY_MS),
        isAlive,
        onAsked: (object) => asked({ kind: 'look', at: 'the registry', object }),
      }),
      connectHost: (desired) => {
        const { host, kill } = surroundings.connect(desired, this);
        this.#links.push(kill);
        const gated = gatedHost(host, clock);
        this.#balancers.set(gated, gatedBalancer(host.balancer, clock));
        return gated;
      },
      balancer: this.#simulatedBalancers(),
      authority: simulatedAuthority,
      sources: folders.map(({ source, path, isFleet, localCopy }) => ({
        id: source,
        fleet: isFleet,
        git: new SimRemote({
          repository,
          clock,
          localCopy,
          path,
          delayMs: slow('git', FETCH_MS),
          outage: gitOutage,
          isAlive,
          onAsked: () => asked({ kind: 'fetch', at: 'the Git server', object: source }),
          onRead: (blob) => asked({ kind: 'read', at: 'the local copy', object: blob }),
        }),
        path,
        isDirectory: false,
        pollMs: tempo.pollMs,
        forcePush: 'hold',
        prune: 'correct',
        selfHeal: 'correct',
        governor: surroundings.governor ?? USUAL_GOVERNOR,
        memo: manifestMemo,
      })),
      credential,
      overrides: { hosts: {}, images: {} },
      // A dry run has directories of its own, and names them in what it tells.
      ...(surroundings.operation === undefined ? { resolved: resolvedDocuments } : {}),
      settings: tempo.settings,
      ...surroundings.operation,
    });
  }

  #simulatedBalancers(): ControllerOptions['balancer'] {
    const on: LoadBalancerDriver['on'] = (connected) => {
      const balancer = this.#balancers.get(connected);
      invariant(balancer !== undefined, `the load balancer of ${connected.id} is simulated`);
      return balancer;
    };
    return {
      image: BALANCER_IMAGE,
      meshPorts: { http: 4_433, tcp: 4_434 },
      driver: { command: ['balance'], user: '0:0', directory: '/rules', on },
    };
  }

  get isAlive(): boolean {
    return this.clock.isAlive;
  }

  start(): Promise<Result<void, Problem>> {
    return this.controller.start();
  }

  /** SIGTERM: resolves when nothing is left to be done; then the process may be ended. */
  async stop(): Promise<void> {
    await this.controller.stop();
    this.#hasStopped = true;
  }

  get hasStopped(): boolean {
    return this.#hasStopped;
  }

  /** What a person commands; the outcome in words. */
  async give(
    service: ServiceKey,
    kind: 'restart' | 'rollback' | 'pause' | 'resume' | 'promote' | 'abort' | 'retry',
  ): Promise<string> {
    const done = await this.controller.command(service, this.#commandOf(service, kind), 'user:ada');
    return done.ok ? 'done' : done.error.message;
  }

  #commandOf(service: ServiceKey, kind: ServiceCommand['kind']): ServiceCommand {
    switch (kind) {
      case 'restart':
        return { kind, pull: false };
      case 'rollback':
        return { kind, to: null, specHash: this.controller.specHashOf(service) };
      case 'promote':
        return { kind, full: false };
      default:
        return { kind };
    }
  }

  /** SIGKILL, or the loss of power. */
  crash(): void {
    this.clock.end();
    for (const kill of this.#links) kill();
  }
}
