// What runs on the machines of a world, read once per change: checks look at it after every event.

import type { SimContainer } from '../engine/container.ts';
import type { SimEngine } from '../engine/sim-engine.ts';
import type { Effect } from '../link/observer.ts';
import type { SimHost } from '../world/fleet.ts';
import { CONTROLLER, type SimProcess } from '../world/process.ts';
import type { World } from '../world/world.ts';
import { serviceOf } from './truth.ts';

export interface Place {
  readonly host: SimHost;
  readonly container: SimContainer;
}

/** One of our containers. */
export interface OwnPlace extends Place {
  readonly service: string;
}

/** The longest time that such a container may run. */
const UNDO_MS = 75_000;

export class Scene {
  readonly world: World;
  /** Containers that some process has told to stop, and not to start again since. */
  readonly stopped = new Set<string>();
  readonly #startedLateMs = new Map<string, number>();
  #readAt = -1;
  #ours: readonly OwnPlace[] = [];

  /** Asked after every event: going through a map costs more than what is asked. */
  readonly #engines: readonly SimEngine[];

  constructor(world: World) {
    this.world = world;
    this.#engines = [...world.hosts.values()].map(({ engine }) => engine);
  }

  get nowMs(): number {
    return this.world.scheduler.nowMs;
  }

  /**
   * What a process had sent before it died may land when others have gone on: nobody can call it back. It has to
   * be undone as soon as it is seen.
   */
  noteLanded({ kind, host, object }: Effect, process: SimProcess): void {
    const id = this.findOwn(host, object)?.container.id;
    if (kind !== 'startContainer' || id === undefined) return;
    if (process.isAlive) this.#startedLateMs.delete(id);
    else this.#startedLateMs.set(id, this.nowMs);
  }

  /** Started by a process that was dead by then, a moment ago. */
  isStartedLate(id: string): boolean {
    return this.nowMs - (this.#startedLateMs.get(id) ?? Number.NEGATIVE_INFINITY) < UNDO_MS;
  }

  /** A container that was told to stop is not counted on any more, until it is told to start. */
  noteOrder({ kind, host, object }: Effect): void {
    const id = this.findOwn(host, object)?.container.id;
    if (id === undefined) return;
    if (kind === 'stopContainer') this.stopped.add(id);
    if (kind === 'startContainer') this.stopped.delete(id);
  }

  /** Another one whenever something on some machine has changed. */
  get version(): number {
    let version = 0;
    for (const engine of this.#engines) version += engine.version;
    return version;
  }

  /** Our containers on all machines, in whatever state. */
  get ours(): readonly OwnPlace[] {
    const { version } = this;
    if (version !== this.#readAt) this.#ours = [...this.#find()];
    this.#readAt = version;
    return this.#ours;
  }

  *#find(): Generator<OwnPlace> {
    for (const host of this.world.hosts.values())
      for (const container of host.engine.machine.containers.values()) {
        const service = serviceOf(container, CONTROLLER);
        if (service !== null) yield { host, container, service };
      }
  }

  /** The container of that name, ours or not. */
  find(host: string, name: string): Place | null {
    const found = this.world.hosts.get(host);
    const container = found?.engine.machine.names.get(name);
    return found === undefined || container === undefined ? null : { host: found, container };
  }

  /** Null where it is none of ours. */
  findOwn(host: string, name: string): OwnPlace | null {
    const place = this.find(host, name);
    const service = place === null ? null : serviceOf(place.container, CONTROLLER);
    return place === null || service === null ? null : { ...place, service };
  }
}
