// A controller that looks at containers more often than something asks for it is caught (I12), and one whose
// containers crash all the time is not blamed for their events.

import { describe, expect, it } from 'vitest';
import type { EngineEvent } from '../../src/observed/report.ts';
import { LookPace } from '../../src/sim/checks/look-pace.ts';
import { Scene } from '../../src/sim/checks/scene.ts';
import { Playback } from '../../src/sim/run/playback.ts';
import { USUAL_TEMPO } from '../../src/sim/world/tempo.ts';
import { World } from '../../src/sim/world/world.ts';
import { broken } from './deployed.ts';
import { service, shopOf } from './plain-shop.ts';
import { actingIn, hostIn } from './present.ts';

const AUDITS = 4;
const SETTINGS = { ...USUAL_TEMPO.settings, resyncMs: 3_600_000, auditMs: 60_000 / AUDITS };
const TEMPO = { ...USUAL_TEMPO, settings: SETTINGS };
const EVENT = { container: null, labels: {}, object: 'c1' } as const;

class Watched {
  readonly world = new World({ seed: 1, shop: shopOf(1, service('web')), isTold: false, tempo: TEMPO });
  /** A second pair of eyes: what is forged here does not end the world. */
  readonly pace = new LookPace(new Scene(this.world));

  get process() {
    return actingIn(this.world);
  }

  get h1() {
    return hostIn(this.world, 'h1');
  }

  hear(type: EngineEvent['type'], action: string, more: Partial<EngineEvent> = {}): void {
    const event = { ...EVENT, ...more, type, action, at: this.process.clock.now() };
    this.pace.heard(this.h1.id, event, this.process);
  }

  /** The returned function gives the answer. */
  ask(kind: 'inspect' | 'report'): () => void {
    const question = { kind, at: 'h1', object: 'c1' } as const;
    this.pace.asked(question, this.process);
    return () => this.pace.learnt(question, this.process);
  }

  /** How many looks it takes until somebody complains. */
  looksUntilBroken(): number {
    for (let looks = 1; ; looks += 1) if (broken(() => this.ask('inspect')) === 'I12') return looks;
  }

  static async shop(): Promise<Watched> {
    const watched = new Watched();
    watched.world.boot(0);
    await new Playback(watched.world).pass(10_000);
    return watched;
  }
}

describe('in a minute a container is looked at no more often than', () => {
  it('the audit comes by, where nothing happens', async () => {
    expect((await Watched.shop()).looksUntilBroken()).toBe(AUDITS + 2);
  });

  it.each<[string, (watched: Watched) => void]>([
    ['it tells an event', (w) => w.hear('container', 'die')],
    ['it joins a network', (w) => w.hear('network', 'connect', { container: 'c1' })],
    [
      'something is done to it',
      (w) => w.pace.said({ kind: 'action/started', host: w.h1.id, message: 'start c1 on h1' }, w.process),
    ],
    [
      'its name is wanted for another one',
      (w) =>
        w.pace.answered(
          { kind: 'createContainer', host: w.h1.id, object: 'c1', at: w.process.clock.now(), number: 0 },
          'engine/conflict',
          w.process,
        ),
    ],
  ])('%s besides', async (_, happens) => {
    const watched = await Watched.shop();
    for (let n = 0; n < 300; n += 1) happens(watched);
    expect(watched.looksUntilBroken()).toBe(300 + AUDITS + 2);
  });

  it.each<[string, (watched: Watched) => void]>([
    ['it is gone', (w) => w.hear('container', 'destroy')],
    ['a network is made', (w) => w.hear('network', 'create')],
    ['an image is pulled', (w) => w.hear('image', 'pull')],
  ])('that, also when there is nothing to look at: %s', async (_, happens) => {
    const watched = await Watched.shop();
    for (let n = 0; n < 300; n += 1) happens(watched);
    expect(watched.looksUntilBroken()).toBe(AUDITS + 2);
  });

  it.each<[string, (watched: Watched) => void]>([
    [
      'and once more where a report was asked for while it was looked at',
      (w) => {
        const answer = w.ask('inspect');
        w.ask('report');
        w.ask('report');
        answer();
        w.ask('inspect')();
      },
    ],
    [
      'and once more where it was looked at while a report was taken',
      (w) => {
        const answer = w.ask('report');
        w.ask('inspect')();
        answer();
        w.ask('inspect')();
      },
    ],
    [
      'where reports are taken before and after it was looked at',
      (w) => {
        w.ask('report')();
        w.ask('inspect')();
        w.ask('report')();
      },
    ],
  ])('that, %s', async (_, looks) => {
    const watched = await Watched.shop();
    for (let n = 0; n < 300; n += 1) {
      watched.hear('container', 'die');
      looks(watched);
    }
    expect(watched.looksUntilBroken()).toBe(AUDITS + 2);
  });

  it('that, in the minute after as well, and then no more', async () => {
    const watched = await Watched.shop();
    const playback = new Playback(watched.world);
    for (let n = 0; n < 300; n += 1) watched.hear('container', 'die');
    await playback.pass(61_000);
    expect(watched.looksUntilBroken()).toBe(300 + AUDITS + 2);
    await playback.pass(61_000);
    expect(watched.looksUntilBroken()).toBe(AUDITS + 2);
  });
});
