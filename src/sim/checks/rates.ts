// What costs somebody something is done at a bounded pace, whatever goes wrong: connections, questions to
// engines, to the registry and to the Git server, and words to people (I12). Each bound is what the product
// says of its own periods and back-offs, with room for a busy minute.

import type { SimContainer } from '../engine/container.ts';
import type { Question, QuestionKind } from '../link/observer.ts';
import type { SaidEvent } from '../world/onlooker.ts';
import { CONTROLLER, type SimProcess } from '../world/process.ts';
import type { World } from '../world/world.ts';
import type { Check } from './check.ts';
import type { Scene } from './scene.ts';
import { serviceOf } from './truth.ts';
import { Violation } from './violation.ts';

const MINUTE_MS = 60_000;

/** In a minute, by what is asked for the same thing or at the same place. */
type Bounds = Readonly<Record<Exclude<QuestionKind, 'inspect'> | 'word', number>>;

const perMinute = (periodMs: number): number => Math.ceil(MINUTE_MS / periodMs);

/** Probes of simulated services come this often. */
const PROBE_MS = 3_000;

function boundsOf({ tempo }: World): Bounds {
  const { resyncMs } = tempo.settings;
  return {
    // A connection that fails is tried again after 250 ms at first and after 2.5 s at least later.
    connect: 40,
    // One when connecting, one after each look that failed, at the pace of connections at most.
    report: perMinute(resyncMs) + 10,
    // A burst of events is one list.
    list: 30,
    // From the answer to the next one a whole period passes; a restart begins anew.
    probe: perMinute(PROBE_MS) + 10,
    // Polls come early by a quarter of their period; where people and hooks ask besides there is a pause in between.
    fetch: perMinute(tempo.pollMs * 0.75) + 20,
    // What was read once is remembered; only what configs refer to is read again for each commit.
    read: perMinute(tempo.pollMs * 0.75) + 20,
    // Once a minute where it fails, and whenever people ask.
    look: 8,
    // Four for each of some dozen actions, and as many for what becomes of them.
    word: 400,
  };
}

/** What is counted by place: how much a host bears. The rest is counted by what it is about. */
const BY_PLACE: ReadonlySet<QuestionKind> = new Set(['connect', 'report']);

interface Minute {
  sinceMs: number;
  count: number;
  /** How many it was asked of under one name, the most of them at once. */
  asked: number;
}

/** So long it may not be heard that a container is gone whose address is another one's by now. */
const UNHEARD_MS = 75_000;

const isOurs = (container: SimContainer): boolean => serviceOf(container, CONTROLLER) !== null;

/** Which containers had an address of a host, each until when: whoever does not know better probes all of them. */
class Owners {
  readonly #world: World;
  readonly #seenMs = new Map<string, Map<string, number>>();

  constructor(world: World) {
    this.#world = world;
  }

  /** How many had it until a moment ago. `object` names what is probed: `http 172.18.0.2:8080/ready`. */
  note(at: string, object: string, nowMs: number): number {
    const address = object.slice(object.indexOf(' ') + 1, object.indexOf(':'));
    const container = this.#world.hosts.get(at)?.engine.machine.addresses.get(address);
    const owner = container === undefined || !isOurs(container) ? undefined : container.id;
    const key = `${at} ${address}`;
    const seenMs = this.#seenMs.get(key) ?? new Map<string, number>();
    this.#seenMs.set(key, seenMs);
    if (owner !== undefined) seenMs.set(owner, nowMs);
    for (const [id, ms] of seenMs) if (nowMs - ms > UNHEARD_MS) seenMs.delete(id);
    return Math.max(1, seenMs.size);
  }
}

export class Rates implements Check {
  readonly #scene: Scene;
  readonly #bounds: Bounds;
  readonly #owners: Owners;
  readonly #minutes = new Map<SimProcess, Map<string, Minute>>();

  constructor(scene: Scene) {
    this.#scene = scene;
    this.#bounds = boundsOf(scene.world);
    this.#owners = new Owners(scene.world);
  }

  asked({ kind, at, object }: Question, process: SimProcess): void {
    // How often is right depends on what happens: see the pace of looks.
    if (kind === 'inspect') return;
    const what = BY_PLACE.has(kind) ? `${kind} ${at}` : `${kind} ${at} ${object}`;
    const asked = kind === 'probe' ? this.#owners.note(at, object, this.#scene.nowMs) : 1;
    this.#count(kind, what, process, asked);
  }

  said(_: SaidEvent, process: SimProcess): void {
    this.#count('word', 'word', process);
  }

  /** `asked`: how many it may be asked of under one name. */
  #count(kind: keyof Bounds, what: string, process: SimProcess, asked = 1): void {
    const { nowMs } = this.#scene;
    let minutes = this.#minutes.get(process);
    if (minutes === undefined) {
      minutes = new Map();
      this.#minutes.set(process, minutes);
    }
    const minute = minutes.get(what);
    if (minute === undefined) {
      minutes.set(what, { sinceMs: nowMs, count: 1, asked });
      return;
    }
    if (nowMs - minute.sinceMs > MINUTE_MS) {
      minute.sinceMs = nowMs;
      minute.count = 0;
      minute.asked = 1;
    }
    minute.count += 1;
    minute.asked = Math.max(minute.asked, asked);
    if (minute.count > minute.asked * this.#bounds[kind])
      throw new Violation('I12', `${process.name}: ${what}: ${minute.count} times a minute`);
  }
}
