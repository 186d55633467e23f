// What a process may send at all: with the lease, with a sound store, to our own objects, and not again
// and again (I3, I9, I10, I12).

import { LABEL } from '../../kernel/owner.ts';
import type { Effect } from '../link/observer.ts';
import { CONTROLLER, type SimProcess } from '../world/process.ts';
import type { Check } from './check.ts';
import type { Scene } from './scene.ts';
import { Violation } from './violation.ts';

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
  'disconnectNetwork',
]);

/** The container through which a config volume is filled carries the volume's labels. */
const isFiller = (labels: Readonly<Record<string, string>>): boolean => labels[LABEL.kind] === 'config';

export class Permission implements Check {
  readonly #scene: Scene;
  readonly #repeats = new Map<string, { sinceMs: number; count: number }>();
  #damagedAtMs: number | null = null;

  constructor(scene: Scene) {
    this.#scene = scene;
  }

  issued(effect: Effect, process: SimProcess): void {
    this.#mustHoldTheLease(effect, process);
    const damagedMs = this.#damagedAtMs === null ? 0 : this.#scene.nowMs - this.#damagedAtMs;
    if (damagedMs > DAMAGE_GRACE_MS)
      throw new Violation('I10', `${effect.kind} ${effect.object} with a store that is damaged`);
    this.#mustBeOurs(effect);
    this.#mustBeRare(effect, process);
  }

  afterEvent(): void {
    if (this.#scene.world.disk.damage === null) this.#damagedAtMs = null;
    else this.#damagedAtMs ??= this.#scene.nowMs;
  }

  #mustHoldTheLease(effect: Effect, process: SimProcess): void {
    const lease = this.#scene.world.disk.leaseNow('controller');
    if (lease === null) return;
    const what = `${process.name} sends ${effect.kind} ${effect.object}`;
    if (lease.holder !== process.name)
      throw new Violation('I9', `${what} while ${lease.holder} holds the lease`);
    if (lease.leftMs <= 0) throw new Violation('I9', `${what} ${-lease.leftMs} ms after its lease has ended`);
  }

  #mustBeOurs({ host, kind, object }: Effect): void {
    const machine = this.#scene.world.hosts.get(host)?.engine.machine;
    const labels = TOUCHES_CONTAINER.has(kind)
      ? machine?.names.get(object)?.made.labels
      : kind === 'removeVolume' || kind === 'putArchive'
        ? machine?.volumes.get(object)?.observed.labels
        : undefined;
    if (labels !== undefined && labels[LABEL.controller] !== CONTROLLER && !isFiller(labels))
      throw new Violation('I3', `${kind} on ${host}: ${object}, which is somebody else's`);
  }

  #mustBeRare({ host, kind, object }: Effect, process: SimProcess): void {
    const { nowMs } = this.#scene;
    const key = `${process.name} ${host} ${kind} ${object}`;
    const known = this.#repeats.get(key);
    if (known === undefined || nowMs - known.sinceMs > MINUTE_MS) {
      this.#repeats.set(key, { sinceMs: nowMs, count: 1 });
      return;
    }
    known.count += 1;
    if (known.count > REPEATS_PER_MINUTE)
      throw new Violation('I12', `${kind} ${object} on ${host} ${known.count} times a minute`);
  }
}
