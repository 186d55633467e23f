// No more replicas than a rollout may have, those on hosts that do not answer counted in (I4, I14). What nobody can
// know of is not counted: what an engine has started by itself, and what a host that comes back turns out to run.

import { instanceName } from '../../rollout/memory.ts';
import type { Effect, EffectOutcome } from '../link/observer.ts';
import type { Check } from './check.ts';
import { hasBeenOut } from './hosts.ts';
import { instanceIn, type Ledger, type ServiceChange, type Written } from './ledger.ts';
import type { RecentShops } from './recent-shops.ts';
import type { OwnPlace, Scene } from './scene.ts';
import { Violation } from './violation.ts';

/** How long a controller may not know yet that a container runs: a report of every host is taken each minute. */
const UNAWARE_MS = 75_000;

export class Crowd implements Check {
  readonly #scene: Scene;
  readonly #ledger: Ledger;
  readonly #recent: RecentShops;
  /** Since when containers run that were in no row when they began to: an engine has started them by its policy. */
  #unknown: ReadonlyMap<string, number> = new Map();
  /** What ran at the last change, each with the beginning of its run. */
  #begun: ReadonlySet<string> = new Set();
  /** When rows were written for containers that had none, by host and name; and when starts were last sent. */
  readonly #foundMs = new Map<string, number>();
  readonly #sentMs = new Map<string, number>();

  constructor(scene: Scene, ledger: Ledger, recent: RecentShops) {
    this.#scene = scene;
    this.#ledger = ledger;
    this.#recent = recent;
  }

  durable({ services }: Written): void {
    for (const change of services) this.#noteFound(change);
  }

  issued({ kind, host, object }: Effect): void {
    if (kind === 'startContainer') this.#sentMs.set(`${host} ${object}`, this.#scene.nowMs);
  }

  landed(effect: Effect, outcome: EffectOutcome): void {
    if (effect.kind === 'startContainer' && outcome === 'ok') this.#mustNotBeTooMany(effect);
  }

  afterChange(): void {
    this.#noteUnknown();
  }

  /** Nobody could count with it: its row was gone, since it did not run, when its engine started it again. */
  #isJustFound(id: string): boolean {
    return this.#scene.nowMs - (this.#unknown.get(id) ?? Number.NEGATIVE_INFINITY) < UNAWARE_MS;
  }

  /** It was found when the start had been sent already. */
  #isFoundSince({ host, object }: Effect, { host: { id }, container }: OwnPlace): boolean {
    const sentMs = this.#sentMs.get(`${host} ${object}`) ?? Number.POSITIVE_INFINITY;
    return (this.#foundMs.get(`${id} ${container.name}`) ?? Number.NEGATIVE_INFINITY) >= sentMs;
  }

  /** No more run than a rollout may have. */
  #mustNotBeTooMany(effect: Effect): void {
    const { world, ours } = this.#scene;
    const service = this.#scene.findOwn(effect.host, effect.object)?.service;
    if (service === undefined || world.isAmnesic) return;
    const { most } = this.#recent.allowanceOf(service);
    const row = this.#ledger.service(service);
    const running = ours.filter((place) => {
      const { host, container, service: its } = place;
      return (
        its === service &&
        container.run !== null &&
        !this.#scene.isStartedLate(container.id) &&
        !this.#isJustFound(container.id) &&
        !this.#isFoundSince(effect, place) &&
        // What runs on a host that was taken out of the fleet while it was silent is given up, until it is found.
        (!hasBeenOut(world, host.id) || instanceIn(row, host.id, container.name) !== null)
      );
    });
    if (running.length <= most) return;
    const names = running.map(({ host, container }) => `${host.id}: ${container.name} ${container.status}`);
    throw new Violation(
      'I4',
      `${names.length} of ${service} run where ${most} are allowed: ${names.join(', ')}`,
    );
  }

  #noteFound({ before, after }: ServiceChange): void {
    for (const instance of after?.instances ?? []) {
      if (after === null || instance.seenAt === null) continue;
      const name = instanceName(after, instance);
      if (instanceIn(before, instance.host, name) === null)
        this.#foundMs.set(`${instance.host} ${name}`, this.#scene.nowMs);
    }
  }

  #noteUnknown(): void {
    const running = this.#scene.ours.filter(({ container }) => container.run !== null);
    const unknown = new Map<string, number>();
    for (const { host, container, service } of running) {
      const beganMs = container.run?.beganMs ?? 0;
      const isNew = !this.#begun.has(`${container.id} ${beganMs}`);
      const isInRow = instanceIn(this.#ledger.service(service), host.id, container.name) !== null;
      if (isNew ? !isInRow : this.#unknown.has(container.id)) unknown.set(container.id, beganMs);
    }
    this.#unknown = unknown;
    this.#begun = new Set(running.map(({ container }) => `${container.id} ${container.run?.beganMs}`));
  }
}
