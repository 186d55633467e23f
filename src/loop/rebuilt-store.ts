// A new store beside containers that carry our labels is a store that was lost. The controller then
// takes its containers on as they are, shows what it would do, and waits for `plimsoll approve`.

import { observe } from '../observed/observed.ts';
import { adoptFromLabels } from '../plan/adopt.ts';
import type { Parts } from './parts.ts';
import { put } from './rows.ts';

const MARKER = 'controller/started';
const HOLD = 'controller/rebuilt';
/** How long the first look waits for hosts that do not answer. */
const FIRST_LOOK_MS = 15_000;

export class RebuiltStore {
  readonly #parts: Parts;
  #isNew = false;
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
    this.#reason = hold === null ? null : hold.value;
    this.#startedMs = clock.monotonicMs();
  }

  /** Called before each pass until the question is settled. */
  async check(): Promise<string | null> {
    if (!this.#isNew) return this.#reason;
    const { clock, store, id } = this.#parts.options;
    const views = this.#parts.fleet.views();
    const isWaiting = views.length === 0 || views.some((v) => v.state === 'unknown');
    if (isWaiting && clock.monotonicMs() - this.#startedMs < FIRST_LOOK_MS) {
      clock.after(FIRST_LOOK_MS / 10, () => this.#parts.markAll());
      return 'waits for the first look at every host';
    }
    this.#isNew = false;
    const observed = observe(views, id);
    const rows = adoptFromLabels(observed, this.#parts.sources.desired, clock.now());
    if (rows.length === 0) {
      await store.write([put(MARKER, clock.now())]);
      return null;
    }
    await this.#adopt(rows);
    return this.#reason;
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
    const written = await store.write([{ kind: 'delete', key: HOLD }], [audit]);
    if (written.ok) this.#reason = null;
  }
}
