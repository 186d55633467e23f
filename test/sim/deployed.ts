// A small shop that is deployed, and ways to forge what checks look at: effects, writes and containers.

import { expect } from 'vitest';
import type { ContainerRequest } from '../../src/action/container-request.ts';
import { instant } from '../../src/kernel/time.ts';
import type { AuditEntry, StoreWrite } from '../../src/ports/store.ts';
import { ServiceMemory } from '../../src/rollout/memory.ts';
import { Checks } from '../../src/sim/checks/checks.ts';
import { shortcoming } from '../../src/sim/checks/outcome.ts';
import { Violation } from '../../src/sim/checks/violation.ts';
import type { SimContainer } from '../../src/sim/engine/container.ts';
import type { EffectKind } from '../../src/sim/link/observer.ts';
import type { SimService, SimShop } from '../../src/sim/shop/shop.ts';
import type { SimProcess } from '../../src/sim/world/process.ts';
import { World } from '../../src/sim/world/world.ts';
import { pass } from './pass.ts';
import { service, shopOf } from './plain-shop.ts';
import { actingIn, hostIn } from './present.ts';

export const MINUTE_MS = 60_000;
const KNOWN_WITHIN_MS = 10_000;

/** Which action sends an effect of another name. */
const ACTIONS: Partial<Record<EffectKind, readonly string[]>> = {
  pullImage: ['pullImage'],
  createContainer: ['runContainer'],
  stopContainer: ['stopContainer'],
  removeContainer: ['removeContainer'],
  updateContainer: ['updateContainer'],
};

export const entry = (event: string, object: string, details: object = {}): AuditEntry => ({
  at: instant(0),
  actor: 'controller',
  event,
  object,
  because: 'it is forged',
  details: JSON.stringify(details),
});

export const WEB = service('web', { replicas: 2, check: 'none', config: 'colour = blue' });
export const DB: SimService = { ...WEB, name: 'db', replicas: 1, hasVolume: true, config: null };
export const SHOP = shopOf(2, WEB, DB);
export class Deployed {
  readonly world: World;
  /** What they find in the world itself is told by its failure; what is forged here is thrown. */
  readonly checks: Checks;

  constructor(shop: SimShop) {
    this.world = new World({ seed: 1, shop, isTold: false });
    this.checks = new Checks(this.world);
    this.world.onlooker = this.checks;
  }

  static async shop(shop = SHOP): Promise<Deployed> {
    const deployed = new Deployed(shop);
    deployed.world.boot(0);
    await pass(deployed.world, 1);
    // They know who acts before it connects to anything.
    deployed.checks.afterEvent();
    // They see what is found well, and that it has been for a while.
    await pass(deployed.world, MINUTE_MS - KNOWN_WITHIN_MS);
    deployed.checks.afterEvent();
    await pass(deployed.world, KNOWN_WITHIN_MS);
    expect(shortcoming(deployed.world)).toBeNull();
    deployed.checks.afterEvent();
    return deployed;
  }

  get process(): SimProcess {
    return actingIn(this.world);
  }

  container(service: string): { readonly host: string; readonly container: SimContainer } {
    for (const { id, engine } of this.world.hosts.values())
      for (const container of engine.machine.containers.values())
        if (container.name.startsWith(`shop.${service}.`)) return { host: id, container };
    throw new Error(`no container of ${service}`);
  }

  /** Somebody runs another container beside one of ours, with our labels and whatever is said. */
  twin(service: string, change: Partial<ContainerRequest> = {}): { host: string; object: string } {
    const { host, container } = this.container(service);
    const { made } = container;
    const { people } = this.host(host).engine;
    const name = `shop.${service}.twin`;
    const run = people.run({
      name,
      labels: made.labels,
      image: made.reference,
      spec: made.spec,
      hostPorts: [],
      networks: [],
      sharesNetworkOf: null,
      hosts: [],
      volumes: made.mounts.map(({ volume }) => volume),
      ...change,
    });
    expect(run.ok).toBe(true);
    return { host, object: name };
  }

  /** Where a replica of `web` is found by its name. */
  networks(): ContainerRequest['networks'] {
    return [{ name: 'plimsoll.shop.web', aliases: ['web'], address: null }];
  }

  /** A commit comes into force, as far as the disk tells. */
  accept(shop: SimShop, what: string): void {
    this.world.commit(shop, what);
    const row: object = JSON.parse(this.world.disk.get('source/main')?.value ?? '{}');
    const value = JSON.stringify({ ...row, accepted: this.world.repository.head });
    this.write([{ kind: 'put', key: 'source/main', value }]);
  }

  /** The row of a service becomes another one; `command`: since a person gave it. */
  rewrite(name: string, change: (row: ServiceMemory) => Partial<ServiceMemory>, command?: string): void {
    this.#rewrite(name, change, command === undefined ? null : `command/${command}`);
  }

  /** … with containers that were found by their labels. */
  adopt(name: string, change: (row: ServiceMemory) => Partial<ServiceMemory>): void {
    this.#rewrite(name, change, 'store/adopted');
  }

  #rewrite(
    name: string,
    change: (row: ServiceMemory) => Partial<ServiceMemory>,
    audited: string | null,
  ): void {
    const key = `service/shop/${name}`;
    const row = ServiceMemory.parse(JSON.parse(this.world.disk.get(key)?.value ?? ''));
    const audit = audited === null ? [] : [entry(audited, row.key)];
    this.write([{ kind: 'put', key, value: JSON.stringify({ ...row, ...change(row) }) }], audit);
  }

  host(id: string) {
    return hostIn(this.world, id);
  }

  effect(kind: EffectKind, { host, object }: { host: string; object: string }) {
    return { kind, host: this.host(host).id, object, at: this.world.clock.now(), number: 0 };
  }

  /** A process sends something that it has written down. */
  issue(kind: EffectKind, where: { host: string; object: string }, process = this.process): void {
    if (this.world.disk.leaseNow('controller')?.holder === process.name)
      for (const action of ACTIONS[kind] ?? [])
        this.write([], [entry(`action/${action}`, where.object, where)], process);
    const message = `${kind} ${where.object} on ${where.host}: it is forged`;
    this.checks.said({ kind: 'action/started', message, host: this.host(where.host).id }, process);
    this.send(kind, where, process);
  }

  /** … or that it has not. */
  send(kind: EffectKind, where: { host: string; object: string }, process = this.process): void {
    this.checks.issued(this.effect(kind, where), process);
  }

  /** Something comes to be on the disk, and the checks hear of it. */
  write(writes: readonly StoreWrite[], audit: readonly AuditEntry[] = [], process = this.process): void {
    expect(this.world.disk.write(writes, audit, undefined).ok).toBe(true);
    this.checks.written({ stage: 'durable', keys: writes.map(({ key }) => key) }, process);
  }

  land(kind: EffectKind, where: { host: string; object: string }): void {
    this.checks.landed(this.effect(kind, where), 'ok', this.process);
  }
}

/** The invariant that is broken, and what is said about it. */
export function words(act: () => void): string {
  try {
    act();
  } catch (error) {
    if (error instanceof Violation) return `${error.invariant} ${error.message}`;
    throw error;
  }
  return 'nothing';
}

export function broken(act: () => void): string {
  try {
    act();
  } catch (error) {
    if (error instanceof Violation) return error.invariant;
    throw error;
  }
  return 'nothing';
}

export const at = (world: Deployed, service: string): { host: string; object: string } => {
  const { host, container } = world.container(service);
  return { host, object: container.name };
};
