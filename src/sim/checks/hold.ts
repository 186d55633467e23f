// A controller whose store was lost or set back does not know what it does not know: once it has met a host on
// which containers of its predecessor are, nothing is done until a person approves, whoever dies in between
// (I10).

import { RESTORED_KEY } from '../../ports/store.ts';
import type { Effect } from '../link/observer.ts';
import type { SimProcess } from '../world/process.ts';
import type { Check } from './check.ts';
import type { Ledger, Written } from './ledger.ts';
import type { Scene } from './scene.ts';
import { Violation } from './violation.ts';

const MET = 'met/';
const HOLD = 'controller/rebuilt';

export class Hold implements Check {
  readonly #scene: Scene;
  readonly #ledger: Ledger;
  /** By host: our containers that were there when the disk was lost or set back, and that it cannot know all of. */
  readonly #unexplained = new Map<string, ReadonlySet<string>>();
  #generation = 0;
  #because: string | null = null;
  #hasRow = false;
  /** When a person let it end. */
  #endedMs = 0;
  /** Processes that may play to its end what they had begun before the hold. */
  #finishing: ReadonlySet<SimProcess> = new Set();

  constructor(scene: Scene, ledger: Ledger) {
    this.#scene = scene;
    this.#ledger = ledger;
    this.#generation = ledger.generation;
  }

  afterEvent(): void {
    if (this.#generation === this.#ledger.generation) return;
    this.#generation = this.#ledger.generation;
    this.#unexplained.clear();
    this.#because = null;
    if (this.#ledger.has(RESTORED_KEY)) this.#hold('its store was restored');
    this.#hasRow = this.#isNoted();
    // A backup knows containers by its rows; a store that was lost knows none.
    if (this.#ledger.services.size > 0) return;
    for (const { id, engine } of this.#scene.world.hosts.values()) {
      const ids = this.#scene.ours.filter(({ host }) => host.id === id).map(({ container }) => container.id);
      this.#unexplained.set(id, new Set(ids.filter((each) => engine.machine.containers.has(each))));
    }
  }

  durable({ keys, entries, process }: Written): void {
    const approved = entries.some(({ event, object }) => event === 'command/approve' && object === 'store');
    const hasRow = this.#isNoted();
    if (this.#hasRow && !hasRow && !approved)
      throw new Violation('I10', `${process.name} forgets why nothing may be done: nobody approved`);
    this.#hasRow = hasRow;
    if (approved) {
      this.#because = null;
      this.#endedMs = this.#scene.nowMs;
    }
    const action = entries.find(({ event }) => event.startsWith('action/'));
    if (action !== undefined && this.#because !== null)
      throw new Violation('I10', `${process.name} decides ${action.event} although ${this.#because}`);
    for (const key of keys) if (key.startsWith(MET)) this.#meet(key.slice(MET.length));
    if (hasRow && this.#because === null) this.#hold('its store says so');
  }

  issued({ kind, object }: Effect, process: SimProcess): void {
    if (this.#because !== null && !this.#finishing.has(process))
      throw new Violation('I10', `${process.name} sends ${kind} ${object} although ${this.#because}`);
  }

  /** Since when something may be done again; now, while nothing may. */
  get actsSinceMs(): number {
    return this.#because === null ? this.#endedMs : this.#scene.nowMs;
  }

  #isNoted(): boolean {
    return this.#ledger.has(HOLD) || this.#ledger.has(RESTORED_KEY);
  }

  #meet(host: string): void {
    const containers = this.#scene.world.hosts.get(host)?.engine.machine.containers;
    const left = [...(this.#unexplained.get(host) ?? [])].find((id) => containers?.has(id));
    this.#unexplained.delete(host);
    const name = left === undefined ? undefined : containers?.get(left)?.name;
    if (name !== undefined) this.#hold(`it has met ${host}, where ${name} was before its store`);
  }

  #hold(because: string): void {
    if (this.#because !== null) return;
    this.#because = because;
    this.#finishing = new Set(this.#scene.world.processes.filter((process) => process.isAlive));
  }
}
