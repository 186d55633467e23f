// A small shop that is deployed, and the check of what a controller shows of its services as the only one that
// looks on: no other finds what is forged here first.

import { expect } from 'vitest';
import { Calm } from '../../src/sim/checks/calm.ts';
import { Copies } from '../../src/sim/checks/copies.ts';
import { Ledger } from '../../src/sim/checks/ledger.ts';
import { Scene } from '../../src/sim/checks/scene.ts';
import { Shown } from '../../src/sim/checks/shown.ts';
import type { SimHost } from '../../src/sim/world/fleet.ts';
import type { SimProcess } from '../../src/sim/world/process.ts';
import { USUAL_TEMPO } from '../../src/sim/world/tempo.ts';
import { World } from '../../src/sim/world/world.ts';
import { broken } from './deployed.ts';
import { pass } from './pass.ts';
import { service, shopOf } from './plain-shop.ts';
import { actingIn, hostIn } from './present.ts';

export const SECOND_MS = 1_000;
export const MINUTE_MS = 60 * SECOND_MS;
const HOUR_MS = 60 * MINUTE_MS;
export const REPLICAS = 4;

export class ShownServices {
  /** Of the process by what they are when it begins, of the check by what they are when it looks. */
  readonly settings = { ...USUAL_TEMPO.settings, resyncMs: 1_500, auditMs: HOUR_MS };
  readonly world = new World({
    seed: 1,
    shop: shopOf(1, service('web', { replicas: REPLICAS })),
    isTold: false,
    tempo: { ...USUAL_TEMPO, settings: this.settings },
  });
  readonly #scene = new Scene(this.world);
  readonly #calm = new Calm(this.#scene);
  readonly #ledger = new Ledger(this.world);
  readonly #copies = new Copies(this.#scene, this.#ledger);
  readonly #shown = new Shown(this.#scene, this.#calm, this.#copies);

  static async shop(): Promise<ShownServices> {
    const shown = new ShownServices();
    shown.world.boot(0);
    await pass(shown.world, 1);
    // Nobody tells this check what was asked before it looked.
    shown.#copies.asked({ kind: 'fetch', at: 'the Git server', object: 'shop' }, shown.process);
    shown.look();
    shown.#calm.connected(shown.host.id, shown.process);
    expect(await shown.finds(MINUTE_MS)).toBe('nothing');
    return shown;
  }

  get process(): SimProcess {
    return actingIn(this.world);
  }

  get host(): SimHost {
    return hostIn(this.world, 'h1');
  }

  look(): void {
    this.#calm.afterEvent();
    this.#ledger.take({ stage: 'durable', keys: [...this.world.disk.rows.keys()] }, this.process);
    this.#copies.afterEvent();
    this.#shown.afterEvent();
  }

  /** What the check finds while so much time passes. */
  async finds(withinMs: number): Promise<string> {
    for (let ms = 0; ms < withinMs; ms += SECOND_MS) {
      await pass(this.world, SECOND_MS);
      const what = broken(() => this.look());
      if (what !== 'nothing') return what;
    }
    return 'nothing';
  }
}
