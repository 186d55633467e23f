// Counts what really happened to each object on the machines, read from the engines' own events: a request
// that found its work done already counts for nothing.

import type { EngineEvent } from '../../../src/observed/report.ts';
import { BAD_TAGS, WRITTEN_TAGS } from '../../../src/sim/shop/behaviour.ts';
import type { SimHost } from '../../../src/sim/world/fleet.ts';
import type { World } from '../../../src/sim/world/world.ts';

const COUNTED: Readonly<Record<EngineEvent['type'], ReadonlySet<string>>> = {
  container: new Set(['create', 'start', 'die', 'destroy']),
  network: new Set(['create', 'destroy', 'connect', 'disconnect']),
  volume: new Set(['create', 'destroy']),
  // Pulling what is there already is told as well: images are compared at the end.
  image: new Set(),
};
const LIFE: ReadonlySet<string> = new Set(['start', 'die', 'connect', 'disconnect']);
const BAD: ReadonlySet<string> = new Set([...BAD_TAGS, ...WRITTEN_TAGS]);

/** How often what happened to which object, by `host what object`. */
export class Tally {
  readonly counts = new Map<string, number>();
  readonly #world: World;
  readonly #names = new Map<string, string>();

  constructor(world: World) {
    this.#world = world;
    for (const host of world.hosts.values())
      host.engine.machine.events.follow(0, (event) => this.#note(host, event));
  }

  #note(host: SimHost, event: EngineEvent): void {
    const { type, action, container } = event;
    if (!COUNTED[type].has(action)) return;
    // What exits by itself or is restarted for being sick does so as often as its time allows.
    if (LIFE.has(action) && this.#isBad(host, container ?? event.object)) return;
    const name = this.#nameOf(host, event);
    // Writing the same files into a config volume once more is how a volume is filled that may not be full.
    if (name.endsWith('.fill')) return;
    const who = container === null ? '' : ` ${this.#names.get(container) ?? container}`;
    const key = `${host.id} ${type} ${action} ${name}${who}`;
    this.counts.set(key, (this.counts.get(key) ?? 0) + 1);
  }

  #isBad({ engine }: SimHost, id: string): boolean {
    const container = engine.machine.find(id);
    const image = container === undefined ? null : this.#world.registry.imageOf(container.made.reference);
    return image !== null && BAD.has(image.tag);
  }

  #nameOf({ engine }: SimHost, { type, object }: EngineEvent): string {
    const { machine } = engine;
    const now = type === 'network' ? machine.networks.get(object)?.observed.name : machine.find(object)?.name;
    if (now !== undefined) this.#names.set(object, now);
    return this.#names.get(object) ?? object;
  }
}
