// What an effect presupposes: a replica that serves is not stopped for a new revision before some host has the
// new image (I4), and what a manifest says is only to be reported is left alone (I7).

import { type ActionKind, describeAction } from '../../action/action.ts';
import { imageToRun } from '../../desired/revision.ts';
import { LABEL } from '../../kernel/owner.ts';
import type { Effect } from '../link/observer.ts';
import type { SaidEvent } from '../world/onlooker.ts';
import type { SimProcess } from '../world/process.ts';
import type { Check } from './check.ts';
import { hasImage } from './hosts.ts';
import type { InForce } from './in-force.ts';
import type { Ledger, Written } from './ledger.ts';
import { isMoving } from './rollout-rules.ts';
import type { OwnPlace, Scene } from './scene.ts';
import { isServing } from './truth.ts';
import { Violation } from './violation.ts';

/** What puts a deviation right, and the actions that it is a step of. */
const CORRECTIONS: ReadonlyMap<Effect['kind'], readonly ActionKind[]> = new Map([
  ['updateContainer', ['updateContainer']],
  // A new container is connected to all its networks but the first.
  ['connectNetwork', ['connectNetwork', 'runContainer']],
  // Names and a fixed address are given when connecting and at no other time.
  ['disconnectNetwork', ['connectNetwork', 'disconnectNetwork']],
]);
const DECIDED: readonly ActionKind[] = ['updateContainer', 'connectNetwork', 'disconnectNetwork'];

/** `connect shop.web.3f2a.0.1 on h1 (…)` */
const ACTION = /^.+? on [^\s:]+/;

export class Prerequisites implements Check {
  readonly #scene: Scene;
  readonly #ledger: Ledger;
  readonly #inForce: InForce;
  /**
   * Corrections that a process wrote down while they were wanted, and has not said to be over: what was decided is
   * carried out to its end, whatever comes into force meanwhile.
   */
  readonly #wanted = new Set<string>();

  constructor(scene: Scene, ledger: Ledger, inForce: InForce) {
    this.#scene = scene;
    this.#ledger = ledger;
    this.#inForce = inForce;
  }

  durable({ entries, process }: Written): void {
    for (const { event, details } of entries) {
      const host = String(details['host']);
      const object = String(details['object']);
      if (event === 'action/runContainer') this.#wanted.add(nameOf('runContainer', host, object, process));
      const kind = DECIDED.find((each) => event === `action/${each}`);
      if (kind !== undefined) this.#decide(kind, host, object, process);
    }
  }

  issued(effect: Effect, process: SimProcess): void {
    const { kind, host, object } = effect;
    if (kind === 'createContainer') this.#mustBeMissed(object);
    const actions = CORRECTIONS.get(kind);
    const place =
      kind === 'stopContainer' || actions !== undefined ? this.#scene.findOwn(host, object) : null;
    if (place === null) return;
    if (actions === undefined) this.#mustBePrepared(place);
    else if (!actions.some((action) => this.#wanted.has(nameOf(action, host, object, process))))
      this.#mustBeCorrected(place.service, kind, object);
  }

  said({ kind, message }: SaidEvent, process: SimProcess): void {
    if (kind !== 'action/succeeded' && kind !== 'action/failed') return;
    this.#wanted.delete(`${process.name}: ${ACTION.exec(message)?.[0]}`);
  }

  #decide(kind: ActionKind, host: string, object: string, process: SimProcess): void {
    const place = this.#scene.findOwn(host, object);
    const name = nameOf(kind, host, object, process);
    if (place === null || this.#isOnlyReported(place.service)) this.#wanted.delete(name);
    else this.#wanted.add(name);
  }

  #isOnlyReported(service: string): boolean {
    const all = this.#inForce.of(service);
    return all.length > 0 && all.every((each) => each !== null && each.drift !== 'correct');
  }

  #mustBeCorrected(service: string, kind: string, object: string): void {
    if (this.#isOnlyReported(service))
      throw new Violation('I7', `${kind} ${object}, and deviations of ${service} are only to be reported`);
  }

  /** What was there once and is gone is a deviation too. */
  #mustBeMissed(object: string): void {
    const [, service = '', revision, ordinal, attempt] = object.split('.');
    const row = this.#ledger.service(service);
    if (row === null || !this.#isOnlyReported(service)) return;
    const instance = row.instances.find(
      (i) => i.revision === revision && String(i.ordinal) === ordinal && String(i.attempt) === attempt,
    );
    if (instance !== undefined && instance.seenAt !== null)
      throw new Violation(
        'I7',
        `${object} is made again, and deviations of ${service} are only to be reported`,
      );
  }

  #mustBePrepared({ container, service }: OwnPlace): void {
    const { world, nowMs } = this.#scene;
    const row = this.#ledger.service(service);
    const target = row?.target ?? null;
    const { labels } = container.made;
    if (row === null || target === null || row.replicas === 0 || !isMoving(row) || world.isAmnesic) return;
    const isLeaving = row.instances.some(
      (i) =>
        i.intent === 'retire' &&
        // Not since an earlier run.
        i.because === row.rollout?.because &&
        i.revision === labels[LABEL.revision] &&
        String(i.ordinal) === labels[LABEL.ordinal] &&
        String(i.attempt) === labels[LABEL.attempt],
    );
    if (!isLeaving || labels[LABEL.revision] === target || !isServing(container, 'none', nowMs)) return;
    const revision = this.#ledger.revision(target);
    if (revision === null || revision.image.kind === 'local') return;
    const image = imageToRun(revision);
    for (const host of world.hosts.values()) if (hasImage(host, image)) return;
    throw new Violation('I4', `${container.name} is stopped, and no host has ${image}`);
  }
}

const nameOf = (kind: ActionKind, host: string, object: string, { name }: SimProcess): string =>
  `${name}: ${describeAction({ kind, host, object })}`;
