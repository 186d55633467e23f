// Which commits a service may follow at the moment: the one in force, as the disk has it, and those before it
// back to the last one as which the service came to rest, since its containers and what is still under way may
// stem from any of these. A commit that was never accepted counts for nothing.

import { NamespaceName } from '../../kernel/ids.ts';
import { volumeName } from '../../kernel/owner.ts';
import { isActive } from '../../rollout/memory.ts';
import { mayRunOn, namespaceOf, roomFor, type SimService, type SimShop, serviceSays } from '../shop/shop.ts';
import type { Check } from './check.ts';
import { madeOf } from './content.ts';
import type { Ledger } from './ledger.ts';
import type { Scene } from './scene.ts';

export class InForce implements Check {
  readonly #scene: Scene;
  readonly #ledger: Ledger;
  /** The commits that came into force, the present one last. */
  readonly #accepted: SimShop[] = [];
  /** By service: the first of them that still counts; absent: all do. */
  readonly #since = new Map<string, number>();
  #commit: string | null = null;
  readonly #everAccepted = new Set<string>();
  /** Grows whenever other commits count. */
  version = 0;

  constructor(scene: Scene, ledger: Ledger) {
    this.#scene = scene;
    this.#ledger = ledger;
    this.#look();
  }

  durable(): void {
    this.#look();
  }

  afterChange(): void {
    this.#leaveBehind();
  }

  /** What the commits in force say of a service, the newest last; null: that it is not wanted. */
  of(name: string): readonly (SimService | null)[] {
    return this.#shopsOf(name).map(({ services }) => services.get(name) ?? null);
  }

  /** Whether hosts have room for all replicas, by every commit that the service may follow. */
  hasRoomFor(name: string): boolean {
    return this.#shopsOf(name).every((shop) => {
      const service = shop.services.get(name);
      if (service === undefined) return true;
      const there = service.hasVolume ? this.#hostOfVolume(service) : null;
      return there === null ? roomFor(shop, service) >= service.replicas : mayRunOn(shop, service, there);
    });
  }

  /** Data stay where they are. */
  #hostOfVolume(service: SimService): string | null {
    const name = volumeName(NamespaceName.parse(namespaceOf(service)), `${service.name}-data`);
    for (const { id, engine } of this.#scene.world.hosts.values())
      if (engine.machine.volumes.has(name)) return id;
    return null;
  }

  #shopsOf(name: string): readonly SimShop[] {
    return this.#accepted.slice(this.#since.get(name) ?? 0);
  }

  /** Whether a commit was ever in force. */
  has(commit: string): boolean {
    return this.#everAccepted.has(commit);
  }

  #look(): void {
    const commit = this.#ledger.source?.accepted ?? null;
    if (commit === null || commit === this.#commit) return;
    this.#commit = commit;
    this.#everAccepted.add(commit);
    for (const [id, shop] of this.#scene.world.shops) if (id === commit) this.#accepted.push(shop);
    this.version += 1;
    this.#leaveBehind();
  }

  #leaveBehind(): void {
    const last = this.#accepted.length - 1;
    const shop = this.#accepted[last];
    if (shop === undefined) return;
    for (const [name, service] of shop.services) {
      if ((this.#since.get(name) ?? 0) === last || !this.#isAtRest(service, shop)) continue;
      this.#since.set(name, last);
      this.version += 1;
    }
  }

  /** All of it and nothing else runs as the commit says and where it may, and nothing is to become different. */
  #isAtRest(service: SimService, { hosts }: SimShop): boolean {
    const row = this.#ledger.service(service.name);
    if (row === null || isActive(row.rollout) || row.replicas !== service.replicas) return false;
    // Told to leave by a commit before it, some may be going already, whatever still runs.
    if (row.instances.some(({ intent }) => intent !== 'run')) return false;
    const wanted = serviceSays(service);
    let running = 0;
    for (const place of this.#scene.ours) {
      if (place.service !== service.name || place.container.run === null) continue;
      if (!hosts.includes(place.host.id) || madeOf(place, this.#scene.world) !== wanted) return false;
      running += 1;
    }
    return running === service.replicas && row.instances.length === service.replicas;
  }
}
