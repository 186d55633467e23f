// Since when nothing stands in the way of a controller that looks at a host: neither the network nor the
// engine nor its own process. Whatever it shows is held against it only then.

import type { HostId } from '../../kernel/ids.ts';
import type { LinkConditions } from '../link/conditions.ts';
import type { SimHost } from '../world/fleet.ts';
import type { SimProcess } from '../world/process.ts';
import type { Check } from './check.ts';
import type { Scene } from './scene.ts';

/** Whatever follows from a change has been seen by then. */
const QUIET_MS = 120_000;
/** An event is delivered and the look that it causes is answered within this time; actions that hang are at an end. */
const SETTLED_MS = 12_000;
/** A call that got no answer ends after 20 s, then it is dialled again after 5 s at most, and that may take 8 s. */
export const RECOVERED_MS = 40_000;

/** How much of a picture must be right: by events everything; by lists what they show; by the audit all of our own. */
export type Depth = 'everything' | 'lists' | 'audited';

/** Moments, on the scheduler's clock. */
export interface HostCalm {
  readonly host: SimHost;
  /** Since when every request and every answer gets through, and the engine works at its pace. */
  clearMs: number;
  /** Since when no event is lost. */
  toldMs: number;
  /** Since when nothing on the machine has changed. */
  quietMs: number;
  /** When the process that acts has last connected to it. */
  connectedMs: number;
}

interface Noted {
  readonly calm: HostCalm;
  conditions: LinkConditions;
  isOpen: boolean;
  losesEvents: boolean;
  version: number;
}

/** Whether everything gets through as it usually does. */
function isOpen(conditions: LinkConditions, usual: LinkConditions): boolean {
  const { way, requestLost, answerLost, answerLate, requestDoubled, readStale } = conditions;
  return (
    way === 'open' &&
    requestLost + answerLost + answerLate + requestDoubled === 0 &&
    readStale <= usual.readStale
  );
}

const noted = (host: SimHost): Noted => ({
  calm: { host, clearMs: 0, toldMs: 0, quietMs: 0, connectedMs: Number.POSITIVE_INFINITY },
  conditions: host.conditions,
  isOpen: isOpen(host.conditions, host.usual),
  losesEvents: host.conditions.eventLost > 0,
  version: -1,
});

/** Stands first among the checks: the others ask it. */
export class Calm implements Check {
  readonly #scene: Scene;
  readonly #hosts: ReadonlyMap<string, Noted>;
  /** The same: asked after every event, going through a map costs more than what is asked. */
  readonly #all: readonly Noted[];
  #process: SimProcess | null = null;
  #processMs = 0;

  constructor(scene: Scene) {
    this.#scene = scene;
    this.#hosts = new Map([...scene.world.hosts].map(([id, host]) => [id, noted(host)]));
    this.#all = [...this.#hosts.values()];
  }

  /** The process that acts, and since when it does so without having been stopped. */
  get process(): { readonly process: SimProcess; readonly sinceMs: number } | null {
    return this.#process === null ? null : { process: this.#process, sinceMs: this.#processMs };
  }

  of(host: string): HostCalm | null {
    return this.#hosts.get(host)?.calm ?? null;
  }

  /** What the process that acts must know by now of a host; null: nobody can ask that of it yet. */
  depthOf({ host, clearMs, toldMs, quietMs, connectedMs }: HostCalm): Depth | null {
    const { nowMs, world } = this.#scene;
    if (nowMs - quietMs < SETTLED_MS) return null;
    const { resyncMs, auditMs } = world.tempo.settings;
    const turnsMs = (host.engine.machine.containers.size + 2) * auditMs;
    const isFollowed = connectedMs >= Math.max(clearMs, toldMs, this.#processMs);
    // When it connects it looks at everything, whatever it knew before.
    if (isFollowed) return nowMs - connectedMs < SETTLED_MS ? null : 'everything';
    // What happened before events came again was not told; where none ever comes nothing is.
    const untoldMs = toldMs === nowMs ? quietMs : toldMs;
    const listedMs = Math.max(clearMs, untoldMs, this.#processMs) + resyncMs + RECOVERED_MS;
    if (nowMs < listedMs) return null;
    return nowMs < listedMs + turnsMs ? 'lists' : 'audited';
  }

  /** How long checks may wait until they look again: while nothing happens there is less to be seen. */
  pauseMs(usualMs: number): number {
    return this.#scene.nowMs - this.quietSinceMs > QUIET_MS ? 3 * usualMs : usualMs;
  }

  /** Since when nothing has happened to any host or to the process that acts; infinite: one is not connected. */
  get quietSinceMs(): number {
    let sinceMs = this.#processMs;
    for (const { calm } of this.#all)
      sinceMs = Math.max(sinceMs, calm.clearMs, calm.quietMs, calm.connectedMs);
    return sinceMs;
  }

  /** Whether the process that acts must know by now what runs on every host. */
  get knowsAll(): boolean {
    for (const { calm } of this.#all) if (this.depthOf(calm) === null) return false;
    return this.#process !== null;
  }

  connected(host: HostId, process: SimProcess): void {
    const calm = this.of(host);
    if (calm !== null && process === this.#process) calm.connectedMs = this.#scene.nowMs;
  }

  afterEvent(): void {
    const { nowMs, world } = this.#scene;
    const { active } = world;
    if (active !== this.#process) {
      this.#process = active;
      this.#processMs = nowMs;
      for (const { calm } of this.#all) calm.connectedMs = Number.POSITIVE_INFINITY;
    }
    for (const of of this.#all) note(of, nowMs);
  }
}

function note(of: Noted, nowMs: number): void {
  const { calm } = of;
  const { conditions, engine } = calm.host;
  const { machine } = engine;
  if (conditions !== of.conditions) {
    of.conditions = conditions;
    of.isOpen = isOpen(conditions, calm.host.usual);
    of.losesEvents = conditions.eventLost > 0;
    // What was on its way while they changed met neither.
    calm.clearMs = nowMs;
    calm.toldMs = nowMs;
  }
  const isWell =
    of.isOpen &&
    machine.daemon === 'up' &&
    machine.isPowered &&
    !machine.isDiskFull &&
    machine.slowness === 1;
  if (!isWell) calm.clearMs = nowMs;
  if (of.losesEvents) calm.toldMs = nowMs;
  if (of.version !== engine.version) {
    of.version = engine.version;
    calm.quietMs = nowMs;
  }
}
