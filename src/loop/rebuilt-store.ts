// A new store beside containers that carry our labels is a store that was lost. The controller then
// takes its containers on as they are, shows what it would do, and waits for `plimsoll approve`.

import { observe } from '../observed/observed.ts';
import { adoptFromLabels, volumesFromLabels } from '../plan/adopt.ts';
import { RESTORED_KEY } from '../ports/store.ts';
import type { Parts } from './parts.ts';
import { put } from './rows.ts';

const MARKER = 'controller/started';
const HOLD = 'controller/rebuilt';
/** How long the first look waits for hosts that do not answer. */
const FIRST_LOOK_MS = 15_000;

export class RebuiltStore {
  readonly #parts: Parts;
  #isNew = false;
  #hasSeenFleet = false;
  #startedMs = 0;
  #reason: string | null = null;

  constructor(parts: Parts) {
    this.#parts = parts;
  }

  /** Why the controller only reports; null: it may act. */
  get reason(): string | null {
    return this.#reason;
  }

  async load(): Promise<void> {
    const { store, clock } = this.#parts.options;
    this.#isNew = (await store.get(MARKER)) === null;
    const hold = await store.get(HOLD);
    const restored = await store.get(RESTORED_KEY);
    if (restored !== null)
      this.#reason = 'the store was restored from a backup and does not know what happened since';
    else if (hold !== null) this.#reason = hold.value;
    this.#startedMs = clock.monotonicMs();
  }

  /**
   * Whether every host has been seen once, or has had its time: before that nothing is planned, since
   * the first host to answer would get everything.
   */
  hasSeenFleet(): boolean {
    if (this.#hasSeenFleet) return true;
    const views = this.#parts.fleet.views();
    // Without a single host the repository has not been read: nothing can be concluded yet.
    if (views.length === 0) {
      this.#startedMs = this.#parts.options.clock.monotonicMs();
      return false;
    }
    const isSeen = views.every((v) => v.state !== 'unknown');
    const isLate = this.#parts.options.clock.monotonicMs() - this.#startedMs >= FIRST_LOOK_MS;
    this.#hasSeenFleet = isSeen || isLate;
    return this.#hasSeenFleet;
  }

  /** Called once the fleet has been seen: adopts what runs where the store is new. */
  async settle(): Promise<void> {
    if (!this.#isNew) return;
    this.#isNew = false;
    const { clock, store, id } = this.#parts.options;
    const views = this.#parts.fleet.views();
    const observed = observe(views, id);
    const rows = adoptFromLabels(observed, this.#parts.sources.desired, clock.now());
    if (rows.length === 0) await store.write([put(MARKER, clock.now())]);
    else {
      await this.#parts.keeper.placeVolumes(volumesFromLabels(observed, id));
      await this.#adopt(rows);
    }
  }

  async #adopt(rows: ReturnType<typeof adoptFromLabels>): Promise<void> {
    const { clock, store } = this.#parts.options;
    this.#reason = `the store is new, but ${rows.length} services of this controller are running: it was lost or moved`;
    for (const row of rows) {
      await this.#parts.keeper.replace(row, {
        at: clock.now(),
        actor: 'controller',
        event: 'store/adopted',
        object: row.key,
        because: this.#reason,
        details: '{}',
      });
    }
    await store.write([put(MARKER, clock.now()), { kind: 'put', key: HOLD, value: this.#reason }]);
    this.#parts.events.emit({
      kind: 'store/rebuilt',
      level: 'warning',
      message: `${this.#reason}; nothing is changed until \`plimsoll approve\``,
    });
  }

  async approve(by: string): Promise<void> {
    const { store, clock } = this.#parts.options;
    const audit = {
      at: clock.now(),
      actor: by,
      event: 'command/approve',
      object: 'store',
      because: this.#reason ?? '',
      details: '{}',
    };
    const writes = [HOLD, RESTORED_KEY].map((key) => ({ kind: 'delete' as const, key }));
    const written = await store.write(writes, [audit]);
    if (written.ok) this.#reason = null;
  }
}
