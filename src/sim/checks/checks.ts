// All checks of a world, called while it runs: with every effect, every write, every word, and after every
// event. Whatever must never be ends the world.

import type { HostId } from '../../kernel/ids.ts';
import type { EngineEvent } from '../../observed/report.ts';
import type { Effect, EffectOutcome, Question } from '../link/observer.ts';
import type { EndedRequest } from '../requests/requests.ts';
import type { StoreWriteNote } from '../store/sim-store.ts';
import type { Onlooker, SaidEvent } from '../world/onlooker.ts';
import type { SimProcess } from '../world/process.ts';
import type { World } from '../world/world.ts';
import { Calm } from './calm.ts';
import { Capacity } from './capacity.ts';
import type { Check } from './check.ts';
import { Commits } from './commits.ts';
import { Content } from './content.ts';
import { Copies } from './copies.ts';
import { Crowd } from './crowd.ts';
import { Doors } from './doors.ts';
import { Farewell } from './farewell.ts';
import { Fence } from './fence.ts';
import { GivenUp } from './given-up.ts';
import { Hold } from './hold.ts';
import { InForce } from './in-force.ts';
import { KeptObjects } from './kept-objects.ts';
import { Ledger } from './ledger.ts';
import { LeftStanding } from './left-standing.ts';
import { LookPace } from './look-pace.ts';
import { LostRequests } from './lost-requests.ts';
import { Outages } from './outages.ts';
import { PerHost } from './per-host.ts';
import { Permission } from './permission.ts';
import { Picture } from './picture.ts';
import { Placing } from './placing.ts';
import { Prerequisites } from './prerequisites.ts';
import { QuietPace } from './quiet-pace.ts';
import { Rates } from './rates.ts';
import { RecentShops } from './recent-shops.ts';
import { Remembered } from './remembered.ts';
import { RolloutBook } from './rollout-book.ts';
import { RolloutRules } from './rollout-rules.ts';
import { RolloutTruth } from './rollout-truth.ts';
import { Saved } from './saved.ts';
import { Scene } from './scene.ts';
import { Shown } from './shown.ts';
import { ShownAtRest } from './shown-at-rest.ts';
import { Told } from './told.ts';
import { Tried } from './tried.ts';
import { Volumes } from './volumes.ts';
import { Wanted } from './wanted.ts';

type Hook = Exclude<keyof Check, 'dueMs'>;
type Timed = Listening<'afterEvent'> & { readonly dueMs: number };
type Listening<H extends Hook> = Check & Required<Pick<Check, H>>;
type Listeners = { readonly [H in Hook]-?: readonly Listening<H>[] };

const listening = <H extends Hook>(all: readonly Check[], hook: H): readonly Listening<H>[] =>
  all.filter((check): check is Listening<H> => check[hook] !== undefined);

const isTimed = (check: Listening<'afterEvent'>): check is Timed => check.dueMs !== undefined;

/** Most checks listen to little, and there are thousands of events in a world. */
const listenersAmong = (all: readonly Check[]): Listeners => ({
  asked: listening(all, 'asked'),
  learnt: listening(all, 'learnt'),
  connected: listening(all, 'connected'),
  heard: listening(all, 'heard'),
  issued: listening(all, 'issued'),
  landed: listening(all, 'landed'),
  answered: listening(all, 'answered'),
  said: listening(all, 'said'),
  written: listening(all, 'written'),
  durable: listening(all, 'durable'),
  requested: listening(all, 'requested'),
  afterChange: listening(all, 'afterChange'),
  afterEvent: listening(all, 'afterEvent').filter((check) => !isTimed(check)),
  atRest: listening(all, 'atRest'),
});

export class Checks implements Onlooker {
  readonly #scene: Scene;
  readonly #ledger: Ledger;
  readonly #listeners: Listeners;
  readonly #timed: readonly Timed[];
  /** When the first of them is due. */
  #dueMs = 0;
  #seenVersion = -1;

  constructor(world: World) {
    this.#scene = new Scene(world);
    const calm = new Calm(this.#scene);
    const ledger = new Ledger(world);
    this.#ledger = ledger;
    const inForce = new InForce(this.#scene, ledger);
    const givenUp = new GivenUp(this.#scene, ledger);
    const recent = new RecentShops(world, inForce);
    const copies = new Copies(this.#scene, ledger);
    const hold = new Hold(this.#scene, ledger);
    const all: readonly Check[] = [
      calm,
      copies,
      new Permission(this.#scene),
      new Fence(this.#scene),
      new Farewell(),
      new Commits(world, ledger),
      hold,
      inForce,
      givenUp,
      new Capacity(this.#scene, recent, new LeftStanding(this.#scene, ledger), givenUp, new Tried(ledger)),
      new Crowd(this.#scene, ledger, recent),
      new Content(this.#scene),
      new Volumes(this.#scene),
      new KeptObjects(this.#scene),
      new Placing(this.#scene),
      new PerHost(this.#scene, inForce),
      new Wanted(this.#scene, ledger),
      new Remembered(this.#scene),
      new Picture(this.#scene, calm),
      new Rates(this.#scene),
      new LookPace(this.#scene),
      new Outages(this.#scene),
      new QuietPace(this.#scene, calm),
      new Told(this.#scene),
      new Shown(this.#scene, calm, copies),
      new ShownAtRest(this.#scene),
      new RolloutBook(ledger, inForce),
      new RolloutRules(ledger, inForce),
      new RolloutTruth(this.#scene, ledger, inForce, calm, copies),
      new Prerequisites(this.#scene, ledger, inForce),
      new Saved(this.#scene, ledger),
      new LostRequests(this.#scene, ledger, calm, hold),
      new Doors(this.#scene),
    ];
    this.#listeners = listenersAmong(all);
    this.#timed = listening(all, 'afterEvent').filter(isTimed);
  }

  asked(question: Question, process: SimProcess): void {
    for (const check of this.#listeners.asked) check.asked(question, process);
  }

  learnt(question: Question, process: SimProcess): void {
    for (const check of this.#listeners.learnt) check.learnt(question, process);
  }

  connected(host: HostId, process: SimProcess): void {
    for (const check of this.#listeners.connected) check.connected(host, process);
  }

  heard(host: HostId, event: EngineEvent, process: SimProcess): void {
    for (const check of this.#listeners.heard) check.heard(host, event, process);
  }

  issued(effect: Effect, process: SimProcess): void {
    for (const check of this.#listeners.issued) check.issued(effect, process);
    this.#scene.noteOrder(effect);
  }

  landed(effect: Effect, outcome: EffectOutcome, process: SimProcess): void {
    if (outcome === 'ok') this.#scene.noteLanded(effect, process);
    for (const check of this.#listeners.landed) check.landed(effect, outcome, process);
  }

  answered(effect: Effect, outcome: EffectOutcome, process: SimProcess): void {
    for (const check of this.#listeners.answered) check.answered(effect, outcome, process);
  }

  said(event: SaidEvent, process: SimProcess): void {
    for (const check of this.#listeners.said) check.said(event, process);
  }

  requested(request: EndedRequest): void {
    for (const check of this.#listeners.requested) check.requested(request);
  }

  written(note: StoreWriteNote, process: SimProcess): void {
    for (const check of this.#listeners.written) check.written(note, process);
    if (note.stage !== 'durable') return;
    const written = this.#ledger.take(note, process);
    for (const check of this.#listeners.durable) check.durable(written);
  }

  afterEvent(): void {
    this.#ledger.notice();
    const { version } = this.#scene;
    const hasChanged = version !== this.#seenVersion;
    this.#seenVersion = version;
    if (hasChanged) for (const check of this.#listeners.afterChange) check.afterChange();
    for (const check of this.#listeners.afterEvent) check.afterEvent();
    if (this.#scene.nowMs >= this.#dueMs) this.#lookAgain();
  }

  /** Asking each of them after each event costs more than their looks. */
  #lookAgain(): void {
    const { nowMs } = this.#scene;
    for (const check of this.#timed) if (nowMs >= check.dueMs) check.afterEvent();
    this.#dueMs = Math.min(...this.#timed.map(({ dueMs }) => dueMs));
  }

  atRest(): void {
    for (const check of this.#listeners.atRest) check.atRest();
  }
}
