// What is sent was written down before: the action in the audit, by the very process that sends it, and what a
// container is made of in the rows. A controller that dies then finds what it had begun (I10).

import type { Effect, EffectKind, EffectOutcome } from '../link/observer.ts';
import type { SimProcess } from '../world/process.ts';
import type { Check } from './check.ts';
import type { Ledger, Written } from './ledger.ts';
import type { Scene } from './scene.ts';
import { Violation } from './violation.ts';

interface Origin {
  readonly actions: readonly string[];
  /** Each action sends it once; others send it again where somebody was in the way. */
  readonly isOnce: boolean;
}

/** Which actions send an effect; those of housekeeping destroy nothing that anybody misses, and are not audited. */
const ORIGINS: Partial<Record<EffectKind, Origin>> = {
  pullImage: { actions: ['pullImage'], isOnce: true },
  createNetwork: { actions: ['createNetwork'], isOnce: true },
  createVolume: { actions: ['createVolume', 'fillConfig'], isOnce: true },
  createFiller: { actions: ['fillConfig'], isOnce: false },
  putArchive: { actions: ['fillConfig'], isOnce: true },
  createContainer: { actions: ['runContainer'], isOnce: true },
  startContainer: { actions: ['runContainer', 'startContainer'], isOnce: true },
  restartContainer: { actions: ['restartContainer'], isOnce: true },
  stopContainer: { actions: ['stopContainer'], isOnce: true },
  // What cannot be joined to a network is taken away again by the call that has made it.
  removeContainer: { actions: ['removeContainer', 'runContainer'], isOnce: true },
  updateContainer: { actions: ['updateContainer'], isOnce: true },
  connectNetwork: { actions: ['connectNetwork', 'runContainer'], isOnce: false },
  tellBalancer: { actions: ['tellBalancer'], isOnce: true },
  disconnectNetwork: { actions: ['connectNetwork', 'disconnectNetwork'], isOnce: false },
};

const FILLER = '.fill';
const CONFIG_VOLUME = 'plimsoll.config.';

/** The parts of load balancers belong to no service: each follows from what is there. */
const BALANCER = /^plimsoll\.(anchor|proxy)\./;

/** Which of its networks is joined or left. */
const PLACE = / (to|from) \S+( as \S+)?$/;

class Counted {
  readonly #counts = new Map<string, number>();

  add(key: string): number {
    const count = this.of(key) + 1;
    this.#counts.set(key, count);
    return count;
  }

  of(key: string): number {
    return this.#counts.get(key) ?? 0;
  }
}

export class Saved implements Check {
  readonly #scene: Scene;
  readonly #ledger: Ledger;
  /** By process: what it wrote that it is about to do, and what it has sent of that. */
  readonly #audited = new WeakMap<SimProcess, Counted>();
  readonly #sent = new WeakMap<SimProcess, Counted>();

  constructor(scene: Scene, ledger: Ledger) {
    this.#scene = scene;
    this.#ledger = ledger;
  }

  durable({ entries, process }: Written): void {
    for (const { event, details } of entries)
      if (event.startsWith('action/'))
        countOf(this.#audited, process).add(
          `${event} ${String(details['host'])} ${String(details['object']).replace(PLACE, '')}`,
        );
  }

  issued(effect: Effect, process: SimProcess): void {
    this.#mustBeAudited(effect, process);
    if (effect.kind === 'createContainer' && !BALANCER.test(effect.object)) this.#mustBeInTheRow(effect);
    if (effect.kind === 'tellBalancer') this.#mustBeTold(effect);
    if (effect.kind === 'createFiller') this.#mustBeKept(effect);
  }

  landed({ kind, host, object }: Effect, outcome: EffectOutcome, process: SimProcess): void {
    if (kind !== 'createContainer' || outcome !== 'ok' || !process.isAlive) return;
    for (const { volume } of this.#scene.findOwn(host, object)?.container.made.mounts ?? []) {
      if (volume.startsWith(CONFIG_VOLUME)) continue;
      // `plimsoll.shop.db-data` in the engine is `shop/db-data` in the store.
      const [, namespace, name] = volume.split('.');
      const row = this.#scene.world.disk.get(`volume/${namespace}/${name}`);
      if (row?.value !== JSON.stringify(host))
        throw new Violation('I10', `${object} mounts ${volume} on ${host}, which no row says: ${row?.value}`);
    }
  }

  #mustBeAudited({ kind, host, object }: Effect, process: SimProcess): void {
    const origin = ORIGINS[kind];
    // A container that is gone has no name any more; fillers are cleared away by housekeeping.
    if (origin === undefined || /^[0-9a-f]{64}$/.test(object)) return;
    if (kind === 'removeContainer' && object.endsWith(FILLER)) return;
    const about = kind === 'createFiller' ? object.slice(0, -FILLER.length) : object;
    const audited = countOf(this.#audited, process);
    let allowed = 0;
    for (const action of origin.actions) allowed += audited.of(`action/${action} ${host} ${about}`);
    const sent = countOf(this.#sent, process).add(`${kind} ${host} ${about}`);
    if (allowed === 0 || (origin.isOnce && sent > allowed))
      throw new Violation(
        'I10',
        `${process.name} sends ${kind} ${object} to ${host} for the ${sent}. time, which it wrote down ${allowed} times`,
      );
  }

  /** The name of a container says which row has to have it. */
  #mustBeInTheRow({ host, object }: Effect): void {
    const [, service = '', revision, ordinal, attempt] = object.split('.');
    const row = this.#ledger.service(service);
    const instance = row?.instances.find(
      (i) =>
        i.revision === revision &&
        i.ordinal === Number(ordinal) &&
        i.attempt === Number(attempt) &&
        i.host === host,
    );
    if (instance === undefined) throw new Violation('I10', `${object} on ${host} is in no row`);
    if (!this.#ledger.has(`revision/${revision}`))
      throw new Violation('I10', `${object} on ${host} has a revision that is not on the disk`);
  }

  /** Whoever comes after it has to know what a load balancer may be serving by. */
  #mustBeTold({ host, object }: Effect): void {
    if (this.#ledger.record(`balancer/${host}`)?.includes(JSON.stringify(object)) !== true)
      throw new Violation('I10', `the rules ${object} are sent to ${host}, and no row says what they are`);
  }

  #mustBeKept({ object }: Effect): void {
    const hash = object.slice(CONFIG_VOLUME.length, -FILLER.length);
    for (const key of this.#scene.world.disk.rows.keys()) if (key.startsWith(`config/${hash}`)) return;
    throw new Violation('I10', `${object} is filled with a config that is not on the disk`);
  }
}

function countOf(by: WeakMap<SimProcess, Counted>, process: SimProcess): Counted {
  const known = by.get(process) ?? new Counted();
  by.set(process, known);
  return known;
}
