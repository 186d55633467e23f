// Looks on while a world runs: every effect when it is sent and when it lands, every word that is said, and
// the machines after every event. Whatever must never be ends the world.

import { LABEL } from '../../kernel/owner.ts';
import type { SimContainer } from '../engine/container.ts';
import type { Effect, EffectOutcome } from '../link/observer.ts';
import type { SimHost } from '../world/fleet.ts';
import { CONTROLLER, type SimProcess } from '../world/process.ts';
import { type Onlooker, SECRET, type World } from '../world/world.ts';
import { allowanceOf } from './recent-shops.ts';
import { isServing, serviceOf } from './truth.ts';
import { Violation } from './violation.ts';

/** How long a controller may not know yet that a container has failed: a report of every host is taken each minute. */
const UNAWARE_MS = 75_000;
const REPEATS_PER_MINUTE = 40;
const MINUTE_MS = 60_000;
/** What was decided before a store broke is still played. */
const DAMAGE_GRACE_MS = 60_000;

const TOUCHES_CONTAINER: ReadonlySet<Effect['kind']> = new Set([
  'startContainer',
  'restartContainer',
  'stopContainer',
  'removeContainer',
  'updateContainer',
  'connectNetwork',
]);

/** Writing the same files into a volume named by their content does the same whoever does it. */
const FILLS_CONFIG: ReadonlySet<Effect['kind']> = new Set(['createFiller', 'putArchive', 'removeFiller']);

interface Place {
  readonly host: SimHost;
  readonly container: SimContainer;
}

export class Checks implements Onlooker {
  readonly #world: World;
  /** Containers that some process has told to stop. */
  readonly #stopped = new Set<string>();
  /** When containers last ceased to serve without having been told to. */
  readonly #failedAtMs = new Map<string, { readonly service: string; readonly atMs: number }>();
  #serving = new Map<string, string>();
  /** Services that had all that they may not do without at least once: before that nobody can miss any. */
  readonly #established = new Set<string>();
  readonly #repeats = new Map<string, { sinceMs: number; count: number }>();
  #seenVersion = -1;
  #damagedAtMs: number | null = null;

  constructor(world: World) {
    this.#world = world;
  }

  get #nowMs(): number {
    return this.#world.scheduler.nowMs;
  }

  issued(effect: Effect, process: SimProcess): void {
    const { disk } = this.#world;
    const holder = disk.holderOf('controller');
    if (holder !== '' && holder !== process.name && !FILLS_CONFIG.has(effect.kind))
      throw new Violation(
        'I9',
        `${process.name} sends ${effect.kind} ${effect.object} while ${holder} holds the lease`,
      );
    const damagedMs = this.#damagedAtMs === null ? 0 : this.#nowMs - this.#damagedAtMs;
    if (damagedMs > DAMAGE_GRACE_MS)
      throw new Violation('I10', `${effect.kind} ${effect.object} with a store that is damaged`);
    this.#mustBeOurs(effect);
    this.#mustBeRare(effect, process);
    const target = this.#find(effect);
    if (target === null) return;
    if (effect.kind === 'stopContainer' || effect.kind === 'removeContainer') this.#mustSpare(target);
    if (effect.kind === 'stopContainer') this.#stopped.add(target.container.id);
    if (effect.kind === 'startContainer') this.#stopped.delete(target.container.id);
  }

  landed(effect: Effect, outcome: EffectOutcome, _process: SimProcess): void {
    if (outcome !== 'ok') return;
    if (effect.kind === 'createContainer') this.#mustBeWanted(effect);
    if (effect.kind === 'startContainer') this.#mustNotBeTooMany(effect);
    if (effect.kind === 'removeVolume') this.#mustBeConfig(effect);
  }

  said(message: string, process: SimProcess): void {
    if (message.includes(SECRET)) throw new Violation('I11', `${process.name} says a password: ${message}`);
  }

  /** The machines as they are now. */
  afterEvent(): void {
    const { damage } = this.#world.disk;
    if (damage === null) this.#damagedAtMs = null;
    else this.#damagedAtMs ??= this.#nowMs;
    let version = 0;
    for (const { engine } of this.#world.hosts.values()) version += engine.version;
    if (version === this.#seenVersion) return;
    this.#seenVersion = version;
    this.#oneWriter();
    this.#noteFailures();
  }

  *#ours(): Generator<Place & { readonly service: string }> {
    for (const host of this.#world.hosts.values()) {
      for (const container of host.engine.machine.containers.values()) {
        const service = serviceOf(container, CONTROLLER);
        if (service !== null) yield { host, container, service };
      }
    }
  }

  #find({ host, object }: Effect): Place | null {
    const found = this.#world.hosts.get(host);
    const container = found?.engine.machine.names.get(object);
    return found === undefined || container === undefined ? null : { host: found, container };
  }

  /** I3: what does not carry our labels is left alone. */
  #mustBeOurs(effect: Effect): void {
    const machine = this.#world.hosts.get(effect.host)?.engine.machine;
    if (machine === undefined) return;
    const labels = TOUCHES_CONTAINER.has(effect.kind)
      ? machine.names.get(effect.object)?.made.labels
      : effect.kind === 'removeVolume' || effect.kind === 'putArchive'
        ? machine.volumes.get(effect.object)?.observed.labels
        : undefined;
    if (labels !== undefined && labels[LABEL.controller] !== CONTROLLER && !isFiller(labels))
      throw new Violation(
        'I3',
        `${effect.kind} on ${effect.host}: ${effect.object}, which is somebody else's`,
      );
  }

  /** I12: the same thing is not tried again and again without a pause. */
  #mustBeRare(effect: Effect, process: SimProcess): void {
    const key = `${process.name} ${effect.host} ${effect.kind} ${effect.object}`;
    const known = this.#repeats.get(key);
    if (known === undefined || this.#nowMs - known.sinceMs > MINUTE_MS) {
      this.#repeats.set(key, { sinceMs: this.#nowMs, count: 1 });
      return;
    }
    known.count += 1;
    if (known.count > REPEATS_PER_MINUTE)
      throw new Violation(
        'I12',
        `${effect.kind} ${effect.object} on ${effect.host} ${known.count} times a minute`,
      );
  }

  /** I4: no container that does its work is taken away where its service cannot spare it. */
  #mustSpare({ container }: Place): void {
    const service = serviceOf(container, CONTROLLER);
    if (service === null || this.#world.isAmnesic || this.#stopped.has(container.id)) return;
    if (!this.#established.has(service)) return;
    const { fewest, check } = allowanceOf(this.#world, service);
    if (fewest === 0 || !isServing(container, check, this.#nowMs)) return;
    let serving = 0;
    for (const other of this.#ours())
      if (other.service === service && !this.#stopped.has(other.container.id))
        serving += isServing(other.container, check, this.#nowMs) ? 1 : 0;
    let excused = 0;
    for (const failure of this.#failedAtMs.values())
      if (failure.service === service && this.#nowMs - failure.atMs < UNAWARE_MS) excused += 1;
    if (serving - 1 + excused < fewest)
      throw new Violation(
        'I4',
        `${container.name} is stopped, which leaves ${serving - 1} of at least ${fewest} of ${service} (${excused} failed a moment ago)`,
      );
  }

  /** I7: a new container belongs to a commit. */
  #mustBeWanted(effect: Effect): void {
    const container = this.#find(effect)?.container;
    const service = container === undefined ? null : serviceOf(container, CONTROLLER);
    if (container === undefined || service === null) return;
    const image = this.#world.registry.imageOf(container.made.reference);
    const shops = [...this.#world.shops.values()];
    if (image === null || !shops.some((shop) => shop.services.get(service)?.tag === image.tag))
      throw new Violation('I7', `${container.name} runs ${container.made.reference}, which no commit names`);
  }

  /** I4 and I14: no more run than a rollout may have, those on hosts that do not answer counted in. */
  #mustNotBeTooMany(effect: Effect): void {
    const started = this.#find(effect)?.container;
    const service = started === undefined ? null : serviceOf(started, CONTROLLER);
    if (service === null || this.#world.isAmnesic) return;
    const { most } = allowanceOf(this.#world, service);
    const names: string[] = [];
    for (const { host, container, service: its } of this.#ours())
      if (its === service && container.run !== null && !this.#stopped.has(container.id))
        names.push(`${host.id}: ${container.name} ${container.status}`);
    if (names.length > most)
      throw new Violation(
        'I4',
        `${names.length} of ${service} run where ${most} are allowed: ${names.join(', ')}`,
      );
  }

  /** I6: data are never removed. */
  #mustBeConfig(effect: Effect): void {
    if (!effect.object.startsWith('plimsoll.config.'))
      throw new Violation('I6', `the volume ${effect.object} on ${effect.host} was removed`);
  }

  /** I6: at most one living process writes into a volume of one name. */
  #oneWriter(): void {
    const writers = new Map<string, string>();
    for (const { host, container } of this.#ours()) {
      if (container.run === null) continue;
      for (const { volume, readOnly } of container.made.mounts) {
        if (readOnly || volume.startsWith('plimsoll.config.')) continue;
        const other = writers.get(volume);
        const self = `${host.id}: ${container.name}`;
        if (other !== undefined) throw new Violation('I6', `${volume} has two writers: ${other} and ${self}`);
        writers.set(volume, self);
      }
    }
  }

  /** Containers that served and do not any more, without having been told to stop. */
  #noteFailures(): void {
    const serving = new Map<string, string>();
    const counts = new Map<string, number>();
    for (const { container, service } of this.#ours())
      if (isServing(container, allowanceOf(this.#world, service).check, this.#nowMs)) {
        serving.set(container.id, service);
        counts.set(service, (counts.get(service) ?? 0) + 1);
      }
    for (const [service, count] of counts)
      if (count >= allowanceOf(this.#world, service).fewest) this.#established.add(service);
    for (const [id, service] of this.#serving)
      if (!serving.has(id) && !this.#stopped.has(id))
        this.#failedAtMs.set(id, { service, atMs: this.#nowMs });
    this.#serving = serving;
  }
}

/** The container through which a config volume is filled carries the volume's labels. */
const isFiller = (labels: Readonly<Record<string, string>>): boolean => labels[LABEL.kind] === 'config';
