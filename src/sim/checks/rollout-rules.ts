// What a rollout may turn into: what its service says of failures is obeyed, what a person ordered holds, a
// revision that failed is not deployed again, and while a rollout is paused nothing is planned (I4, I7).

import type { RevisionId } from '../../kernel/ids.ts';
import { isActive, type Rollout, type RolloutPhase, type ServiceMemory } from '../../rollout/memory.ts';
import type { SimService } from '../shop/shop.ts';
import type { Check } from './check.ts';
import type { InForce } from './in-force.ts';
import type { Ledger, Written } from './ledger.ts';
import { Violation } from './violation.ts';

/** Both rows are there. */
interface Step {
  readonly name: string;
  readonly before: ServiceMemory;
  readonly after: ServiceMemory;
  /** What the commits that count say of the service. */
  readonly services: readonly SimService[];
}

/** Beyond so many the oldest quarantine is forgotten. */
const QUARANTINE_KEPT = 10;
const MOVES: ReadonlySet<RolloutPhase> = new Set(['progressing', 'rollingBack']);

export class RolloutRules implements Check {
  readonly #ledger: Ledger;
  readonly #inForce: InForce;
  /** By service: revisions that were given up, each with what the commit said of the service then. */
  readonly #givenUp = new Map<string, Map<RevisionId, string>>();
  /** By service: what the commit said when a person pinned it. */
  readonly #pinned = new Map<string, string>();
  #generation = 0;

  constructor(ledger: Ledger, inForce: InForce) {
    this.#ledger = ledger;
    this.#inForce = inForce;
    this.#generation = ledger.generation;
  }

  durable({ services, entries }: Written): void {
    // Another disk knows less: what it was told before does not hold any more.
    if (this.#generation !== this.#ledger.generation) {
      this.#givenUp.clear();
      this.#pinned.clear();
    }
    this.#generation = this.#ledger.generation;
    for (const { service: name, before, after } of services) {
      if (after === null) this.#givenUp.delete(name);
      if (after === null || before === null) continue;
      const events = entries.flatMap(({ event, object }) => (object === after.key ? [event] : []));
      const command = events.find((event) => event.startsWith('command/'));
      const all = this.#inForce.of(name).filter((service) => service !== null);
      const step: Step = { name, before, after, services: all };
      if (command !== undefined) this.#obeyed(step, command.slice('command/'.length));
      else if (events.includes('store/adopted')) mustDecideNothing(step);
      else this.#mustFollow(step);
    }
  }

  #says(name: string): string {
    return JSON.stringify(this.#inForce.of(name).at(-1) ?? null);
  }

  /** Notes what a person has changed; what the row became of it must be what was ordered. */
  #obeyed(step: Step, command: string): void {
    const { name, before, after } = step;
    if (command === 'retry' || command === 'abort') this.#givenUp.delete(name);
    if (after.pin !== null && after.pin !== before.pin) this.#pinned.set(name, this.#says(name));
    if (
      command === 'rollback' &&
      after.pin !== null &&
      !this.#ledger.hasSucceeded(after.key, after.pin.revision)
    )
      throw broken(step, `is rolled back to ${after.pin.revision}, which never succeeded`);
    const is = after.rollout;
    if (command === 'abort' && isActive(before.rollout) && before.rollout.kind !== 'restart') {
      const isBack = before.stable !== null && is?.phase === 'rollingBack' && after.target === before.stable;
      const isOver = before.stable === null && is?.phase === 'failed' && !isActive(is);
      if (!isBack && !isOver) throw broken(step, 'was aborted, with no effect');
      this.#giveUp(name, before.rollout.to);
    }
    if (command === 'pause' && is?.phase !== 'paused') throw broken(step, 'was paused, with no effect');
    if (command === 'resume' && before.rollout?.phase === 'paused' && is?.phase !== before.rollout.pausedFrom)
      throw broken(step, 'was resumed, with no effect');
    if (command === 'retry' && (after.quarantine.length > 0 || after.pin !== null))
      throw broken(step, 'is to be tried again, and is still held');
  }

  #mustFollow(step: Step): void {
    const { name, before, after } = step;
    const [was, is] = [before.rollout, after.rollout];
    this.#mustKeepPin(step);
    this.#mustKeepQuarantine(step);
    if (is !== null && is.sequence !== was?.sequence) this.#mayBegin(step, is);
    else if (is !== null && was !== null && is.phase !== was.phase) this.#mayBecome(step, was, is);
    if (was?.phase === 'paused' && is?.phase === 'paused' && is.sequence === was.sequence)
      mustStandStill(step);
    if (is?.phase === 'succeeded') this.#givenUp.get(name)?.delete(is.to);
  }

  #mayBegin(step: Step, { kind, to }: Rollout): void {
    const { name, before, after, services } = step;
    if (after.target !== to) throw broken(step, `begins a run to ${to} and aims at ${after.target}`);
    if (kind !== 'deploy') return;
    const judgedAs = this.#givenUp.get(name)?.get(to);
    const isJudgedAlike = services.every((service) => termsOf(service) === judgedAs);
    if (judgedAs !== undefined && isJudgedAlike)
      throw broken(step, `deploys ${to} again, which was given up`);
    if (services.length > 0 && services.every((service) => this.#lacks(service) !== null))
      for (const service of services.slice(-1))
        throw broken(step, `begins although ${this.#lacks(service)}; before ${before.rollout?.phase}`);
  }

  /** A dependency that is not as its row wants it, by the rows. */
  #lacks({ dependsOn }: SimService): string | null {
    for (const name of dependsOn) {
      const wanted = this.#inForce.of(name).filter((service) => service !== null);
      if (wanted.length === 0 || wanted.length < this.#inForce.of(name).length) continue;
      const row = this.#ledger.service(name);
      if (row === null || row.stable === null) return `${name} was never deployed`;
      if (isActive(row.rollout)) return `${name} is being rolled out`;
      const ready = row.instances.filter((i) => i.intent === 'run' && i.readyAt !== null).length;
      const fewest = Math.min(...wanted.map(({ replicas }) => replicas));
      if (ready < fewest) return `${ready} of ${fewest} of ${name} are ready`;
    }
    return null;
  }

  #mayBecome(step: Step, was: Rollout, is: Rollout): void {
    const { before, after, services } = step;
    const says = (onFailure: SimService['onFailure']): boolean =>
      services.length === 0 || services.some((service) => service.onFailure === onFailure);
    const isOfStable = before.target === before.stable || was.phase === 'rollingBack';
    if (was.phase === 'paused' && is.phase !== 'superseded') throw broken(step, 'goes on by itself');
    if (is.phase === 'progressing') throw broken(step, 'goes on to what it was leaving');
    if (is.phase === 'paused' && (isOfStable || !says('pause'))) throw broken(step, 'is paused by nobody');
    // Where nothing has to be done for it, a rollback ends as it begins.
    const isBack = is.phase === 'rollingBack' || (is.phase === 'rolledBack' && was.phase === 'progressing');
    if (isBack && !says('rollback')) throw broken(step, 'is rolled back against its manifest');
    if (isBack && (after.target !== before.stable || after.target === was.to))
      throw broken(step, `rolls back to ${after.target}`);
    // What was found by its labels runs, and nobody knows how to make it again.
    const canGoBack = before.stable !== null && this.#ledger.revision(before.stable) !== null;
    if (is.phase === 'failed' && !isOfStable && canGoBack && !says('freeze'))
      throw broken(step, 'is frozen against its manifest');
    if (is.phase === 'succeeded' && (was.phase !== 'progressing' || after.stable !== is.to))
      throw broken(step, `succeeds, and ${after.stable} is stable`);
    if (isOfStable || (!isBack && is.phase !== 'failed')) return;
    if (!after.quarantine.some(({ revision }) => revision === was.to))
      throw broken(step, `gives ${was.to} up and does not remember it`);
    this.#giveUp(step.name, was.to);
  }

  #giveUp(name: string, revision: RevisionId): void {
    const all = this.#givenUp.get(name) ?? new Map<RevisionId, string>();
    const services = this.#inForce.of(name).filter((service) => service !== null);
    const terms = new Set(services.map(termsOf));
    // By which of several commits it was judged is not known here.
    const [judgedBy = ''] = terms.size === 1 ? terms : [];
    this.#givenUp.set(name, all.set(revision, judgedBy));
  }

  #mustKeepPin(step: Step): void {
    const { name, before, after } = step;
    if (before.pin === null || after.target === null) return;
    if (after.pin === null) {
      const hasFailed = isActive(before.rollout) && after.rollout?.phase !== before.rollout.phase;
      const isAsThen = this.#pinned.get(name) === this.#says(name) && this.#inForce.of(name).length === 1;
      if (isAsThen && !hasFailed) throw broken(step, 'was rolled back by hand, which is forgotten');
    } else if (after.target !== after.pin.revision)
      throw broken(step, `is held at ${after.pin.revision} by hand, and aims at ${after.target}`);
  }

  /** It is lifted by a person, or where the revision is judged by something else. */
  #mustKeepQuarantine(step: Step): void {
    const { name, before, after, services } = step;
    if (before.quarantine.length === 0 || after.quarantine.length >= QUARANTINE_KEPT) return;
    for (const { revision } of before.quarantine) {
      if (after.quarantine.some((other) => other.revision === revision)) continue;
      const judgedAs = this.#givenUp.get(name)?.get(revision);
      if (judgedAs !== undefined && services.every((service) => termsOf(service) === judgedAs))
        throw broken(step, `forgets that ${revision} failed`);
    }
  }
}

/** What a revision is judged by, as far as shops differ in it. */
const termsOf = ({ check, startup, readiness, liveness, minHealthyS, deadlineS }: SimService): string =>
  JSON.stringify([check, startup, readiness, liveness, minHealthyS, deadlineS]);

/** Containers that were found by their labels are taken on: what becomes of them is decided later. */
function mustDecideNothing(step: Step): void {
  // The moments in a row are moved where a controller goes on.
  // Without a commit decided on, the goal is whatever most of what was found is.
  const isDecided = step.before.specHash !== null;
  const said = ({ rollout, pin, quarantine, specHash, target, stable }: ServiceMemory): string =>
    JSON.stringify({
      run: rollout === null ? null : [rollout.sequence, rollout.phase, rollout.from, rollout.to],
      goal: isDecided ? [target, stable] : null,
      pin: pin?.revision ?? null,
      quarantine: quarantine.map(({ revision }) => revision),
      specHash,
    });
  if (said(step.before) !== said(step.after)) throw broken(step, 'takes containers on and decides with it');
}

/** Nobody comes and nobody goes, except what was on its way out; what is found running was there. */
function mustStandStill(step: Step): void {
  const { before, after } = step;
  for (const instance of after.instances) {
    const known = before.instances.find(
      (i) =>
        i.revision === instance.revision && i.ordinal === instance.ordinal && i.attempt === instance.attempt,
    );
    const isFound = known === undefined && instance.seenAt !== null;
    if (!isFound && known?.intent !== instance.intent)
      throw broken(step, `is paused, and ${instance.revision}.${instance.ordinal} is to ${instance.intent}`);
  }
}

function broken({ name, before, after }: Step, what: string): Violation {
  const phases = `${before.rollout?.phase ?? 'nothing'} to ${after.rollout?.phase ?? 'nothing'}`;
  return new Violation('I7', `${name} ${what} (run ${after.rollout?.sequence ?? 0}, ${phases})`);
}

export const isMoving = ({ rollout }: ServiceMemory): boolean => rollout !== null && MOVES.has(rollout.phase);
