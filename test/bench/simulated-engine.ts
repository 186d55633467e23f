// The tables of an engine that exists only in memory, and the events that changes of them cause. It answers at
// once and never fails: what is left to measure is the controller.

import type { ContainerRequest } from '../../src/action/container-request.ts';
import { PlimsollError, problem } from '../../src/kernel/errors.ts';
import { instant } from '../../src/kernel/time.ts';
import type {
  EngineEvent,
  ObservedContainer,
  ObservedImage,
  ObservedNetwork,
  ObservedVolume,
} from '../../src/observed/report.ts';

type Labels = Readonly<Record<string, string>>;

export class SimulatedEngine {
  readonly containers = new Map<string, ObservedContainer>();
  readonly networks = new Map<string, ObservedNetwork>();
  readonly volumes = new Map<string, ObservedVolume>();
  readonly images: readonly ObservedImage[];
  readonly #listeners = new Set<(event: EngineEvent) => void>();
  #lastId = 0;

  /** `images`: references that are on the host. */
  constructor(images: readonly string[]) {
    this.images = images.map((digest) => ({
      id: `sha256:${digest.slice(-64)}`,
      tags: [],
      digests: [digest],
      createdAt: instant(0),
      sizeBytes: 1_000_000,
    }));
  }

  listen(listener: (event: EngineEvent) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  find(idOrName: string): ObservedContainer | undefined {
    return this.containers.get(idOrName) ?? this.containers.values().find((c) => c.name === idOrName);
  }

  create({ name, labels, spec, network }: ContainerRequest): string {
    if (this.find(name) !== undefined)
      throw new PlimsollError(problem('engine/conflict', `the name ${name} is taken`));
    const id = this.#newId();
    const aliases = network?.aliases ?? [];
    this.containers.set(id, {
      id,
      name,
      labels: { ...spec.labels, ...labels },
      imageId: this.images[0]?.id ?? '',
      status: 'created',
      health: 'none',
      startedAt: null,
      finishedAt: null,
      exitCode: null,
      outOfMemory: false,
      restartCount: 0,
      restartPolicy: spec.restart,
      networks: network === null ? {} : { [network.name]: { address: null, aliases } },
      hostPorts: [],
      volumes: [],
      limits: spec.limits,
    });
    this.#tell('container', 'create', id);
    return id;
  }

  change(id: string, action: string, change: Partial<ObservedContainer>): void {
    const before = this.find(id);
    if (before === undefined)
      throw new PlimsollError(problem('engine/not-found', `there is no container ${id}`));
    this.containers.set(before.id, { ...before, ...change });
    this.#tell('container', action, before.id);
  }

  remove(id: string): void {
    const container = this.find(id);
    if (container === undefined) return;
    this.#tell('container', 'destroy', container.id);
    this.containers.delete(container.id);
  }

  createNetwork(name: string, labels: Labels): ObservedNetwork {
    const network = this.networks.get(name) ?? { id: this.#newId(), name, labels };
    this.networks.set(name, network);
    this.#tell('network', 'create', network.id);
    return network;
  }

  createVolume(name: string, labels: Labels): ObservedVolume {
    const volume = this.volumes.get(name) ?? { name, labels };
    this.volumes.set(name, volume);
    this.#tell('volume', 'create', name);
    return volume;
  }

  #newId(): string {
    this.#lastId += 1;
    return this.#lastId.toString(16).padStart(64, '0');
  }

  #tell(type: EngineEvent['type'], action: string, object: string): void {
    const labels = this.containers.get(object)?.labels ?? {};
    const event = { type, action, object, container: null, labels, at: instant(Date.now()) };
    for (const listener of this.#listeners) listener(event);
  }
}
