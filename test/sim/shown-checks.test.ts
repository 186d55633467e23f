// The checks of what a controller sees, shows and tells, and of how often it asks: each is broken here on
// purpose.

import { describe, expect, it } from 'vitest';
import { HostId, NamespaceName, RevisionId, ServiceName, serviceKey } from '../../src/kernel/ids.ts';
import { invariant } from '../../src/kernel/invariant.ts';
import type { ServiceDescription } from '../../src/loop/status.ts';
import { Checks } from '../../src/sim/checks/checks.ts';
import { Rates } from '../../src/sim/checks/rates.ts';
import { Scene } from '../../src/sim/checks/scene.ts';
import { Told } from '../../src/sim/checks/told.ts';
import { Violation } from '../../src/sim/checks/violation.ts';
import type { SimContainer } from '../../src/sim/engine/container.ts';
import type { EffectKind, QuestionKind } from '../../src/sim/link/observer.ts';
import { wrongAbout } from '../../src/sim/run/described.ts';
import { Playback } from '../../src/sim/run/playback.ts';
import type { SimHost } from '../../src/sim/world/fleet.ts';
import { USUAL_TEMPO } from '../../src/sim/world/tempo.ts';
import { World } from '../../src/sim/world/world.ts';
import { broken } from './deployed.ts';
import { service, shopOf } from './plain-shop.ts';
import { actingIn, hostIn } from './present.ts';

const HOUR_MS = 3_600_000;
const SECOND_MS = 1_000;
const WEB = service('web', { replicas: 2, check: 'health' });
const SHOP = shopOf(2, WEB);
/** Nobody looks again for an hour: what no event tells stays unknown. */
const TEMPO = { ...USUAL_TEMPO, settings: { ...USUAL_TEMPO.settings, resyncMs: HOUR_MS, auditMs: HOUR_MS } };

class Watched {
  readonly world = new World({ seed: 1, shop: SHOP, isTold: false, tempo: TEMPO });
  readonly playback = new Playback(this.world);
  /** A second pair of eyes: what is forged here does not end the world. */
  readonly checks = new Checks(this.world);
  readonly rates = new Rates(new Scene(this.world));
  readonly told = new Told(new Scene(this.world));

  static async shop(): Promise<Watched> {
    const watched = new Watched();
    watched.world.boot(0);
    await watched.playback.pass(60 * SECOND_MS);
    return watched;
  }

  get process() {
    return actingIn(this.world);
  }

  get host(): SimHost {
    return hostIn(this.world, 'h1');
  }

  get container(): SimContainer {
    const [container] = this.host.engine.machine.containers.values();
    invariant(container !== undefined, 'something runs on h1');
    return container;
  }

  effect(kind: EffectKind, object: string) {
    return { kind, host: this.host.id, object, at: this.world.clock.now(), number: 0 };
  }

  say(kind: string, message: string, host: 'h1' | null = 'h1'): void {
    this.told.said({ kind, message, host: host === null ? null : this.host.id }, this.process);
  }

  /** The invariant that breaks within this time. */
  async breaks(withinMs: number): Promise<string> {
    return this.playback.pass(withinMs).then(
      () => 'nothing',
      (error: unknown) => (error instanceof Violation ? error.invariant : String(error)),
    );
  }
}

describe('a world breaks where a controller does not get to know that', () => {
  it.each<[string, string, (w: Watched) => void]>([
    [
      'a container has another limit: I14',
      'I14',
      ({ host, container }) => {
        container.limits = { ...container.limits, memoryBytes: 1 };
        host.engine.machine.touch(container);
      },
    ],
    [
      'a container is gone: I14',
      'I14',
      ({ host: { engine }, container }) => {
        engine.machine.containers.delete(container.id);
        engine.machine.touch(container);
      },
    ],
    [
      'an image is gone: I14',
      'I14',
      ({ host: { engine } }) => {
        engine.machine.images.clear();
        engine.machine.observedImages.drop();
        engine.machine.changed();
      },
    ],
    [
      'a network is gone: I14',
      'I14',
      ({ host: { engine } }) => {
        engine.machine.networks.clear();
        engine.machine.observedNetworks.drop();
        engine.machine.changed();
      },
    ],
    [
      'a host answers: I13',
      'I13',
      ({ host }) => {
        for (const link of host.links) link.setConditions({ ...link.conditions, way: 'cut' });
      },
    ],
    [
      'a container does not work any more: I1',
      'I1',
      ({ container }) => {
        container.behaviour = { ...container.behaviour, sickAfterMs: 0 };
      },
    ],
    [
      'the commit wants more: I7',
      'I7',
      ({ world }) => {
        for (const [commit] of world.shops)
          world.shops.set(commit, { ...SHOP, services: new Map([['web', { ...WEB, replicas: 3 }]]) });
      },
    ],
    [
      'the commit has another host: I7',
      'I7',
      ({ world }) => {
        const more = HostId.parse('h3');
        for (const [commit] of world.shops)
          world.shops.set(commit, { ...SHOP, hosts: [...SHOP.hosts, more] });
      },
    ],
    [
      'the commit wants another service: I7',
      'I7',
      ({ world }) => {
        for (const [commit] of world.shops)
          world.shops.set(commit, { ...SHOP, services: new Map(SHOP.services).set('api', WEB) });
      },
    ],
    ['nobody has made the commit: I7', 'I7', ({ world }) => world.shops.clear()],
  ])('%s', async (_, invariantName, forge) => {
    const watched = await Watched.shop();
    forge(watched);
    expect(await watched.breaks(180 * SECOND_MS)).toBe(invariantName);
  });

  it('nothing of all that: nothing', async () => {
    const watched = await Watched.shop();
    expect(await watched.breaks(60 * SECOND_MS)).toBe('nothing');
  });
});

describe('a check is broken by', () => {
  it.each<[QuestionKind, number]>([
    ['connect', 41],
    ['report', 12],
    ['list', 31],
    ['probe', 31],
    ['fetch', 25],
    ['look', 9],
  ])('so many questions a minute: %s %d times: I12', async (kind, times) => {
    const { rates, process } = await Watched.shop();
    const ask = () => rates.asked({ kind, at: 'h1', object: 'the same' }, process);
    for (let n = 1; n < times; n += 1) expect(broken(ask)).toBe('nothing');
    expect(broken(ask)).toBe('I12');
  });

  it('an address that two containers had within a minute: I12 where it is asked more often than both may be', async () => {
    const watched = await Watched.shop();
    const { rates, process, host } = watched;
    const { addresses, containers } = host.engine.machine;
    const [[address, first] = ['', null]] = addresses;
    invariant(first !== null && containers.size === 1, 'the replica on h1 has an address');
    const ask = () => rates.asked({ kind: 'probe', at: 'h1', object: `http ${address}:8000/` }, process);
    for (let n = 1; n < 31; n += 1) expect(broken(ask)).toBe('nothing');
    const another = [...watched.world.hosts.values()].find(({ id }) => id !== host.id);
    const [second] = another?.engine.machine.containers.values() ?? [];
    invariant(second !== undefined, 'there is another container');
    addresses.set(address, second);
    for (let n = 31; n < 61; n += 1) expect(broken(ask)).toBe('nothing');
    expect(broken(ask)).toBe('I12');
  });

  it('an outage that is told at each poll: I12', async () => {
    const { checks, process, world } = await Watched.shop();
    const message = 'the git server does not answer';
    const say = () => checks.said({ kind: 'source/unreadable', message, host: null }, process);
    expect(broken(say)).toBe('nothing');
    expect(broken(say)).toBe('I12');
    world.repository.deleteBranch();
    checks.afterEvent();
    world.restoreBranch();
    checks.afterEvent();
    expect(broken(say)).toBe('nothing');
    expect(broken(say)).toBe('I12');
  });

  it('more words a minute than anybody reads: I12', async () => {
    const { checks, process } = await Watched.shop();
    const say = () => checks.said({ kind: 'service/ready', message: 'ready', host: null }, process);
    for (let n = 1; n < 401; n += 1) say();
    expect(broken(say)).toBe('I12');
  });

  it.each<QuestionKind>(['report', 'inspect'])(
    'a look that nothing asks for, twice a minute while nothing happens: %s: I12',
    async (kind) => {
      const { checks, host, playback, process, world } = await Watched.shop();
      checks.afterEvent();
      for (const { id } of world.hosts.values()) checks.connected(id, process);
      const told = { type: 'container', action: 'die', object: 'one', container: null, labels: {} } as const;
      const ask = () => {
        // Of an event that the world knows nothing of: as if something old were told again and again.
        checks.heard(host.id, { ...told, at: process.clock.now() }, process);
        checks.asked({ kind, at: 'h1', object: 'one' }, process);
      };
      // An hour between two looks.
      for (let n = 0; n < 5; n += 1) expect(broken(ask)).toBe('nothing');
      for (let n = 0; n < 4; n += 1) {
        await playback.pass(30 * SECOND_MS);
        checks.afterEvent();
      }
      for (let n = 0; n < 2; n += 1) expect(broken(ask)).toBe('nothing');
      expect(broken(ask)).toBe('I12');
    },
  );

  it('a host that is dialled again at once: I12', async () => {
    const { checks, process } = await Watched.shop();
    const dial = () => checks.asked({ kind: 'connect', at: 'h1', object: '' }, process);
    expect(broken(dial)).toBe('nothing');
    expect(broken(dial)).toBe('I12');
  });

  it('an effect of which nobody was told: I10', async () => {
    const w = await Watched.shop();
    const start = () => w.told.issued(w.effect('stopContainer', 'one'), w.process);
    w.say('action/started', 'stop one on h1: it is old');
    expect(broken(start)).toBe('nothing');
    w.say('action/succeeded', 'stop one on h1 (1s)');
    expect(broken(start)).toBe('I10');
  });

  it('an effect whose end nobody was told: I10', async () => {
    const w = await Watched.shop();
    w.say('action/started', 'stop one on h1: it is old');
    w.told.answered(w.effect('stopContainer', 'one'), 'ok', w.process);
    expect(broken(() => w.told.afterEvent())).toBe('nothing');
    await w.playback.pass(380 * SECOND_MS);
    expect(broken(() => w.told.afterEvent())).toBe('I10');
  });

  it('words about an action that do not say where: I13', async () => {
    const w = await Watched.shop();
    expect(broken(() => w.say('action/started', 'stop one on h1: it is old', null))).toBe('I13');
  });

  it('an end at which the newest commit is not in force: I1', async () => {
    const { world, checks } = await Watched.shop();
    expect(broken(() => checks.atRest())).toBe('nothing');
    world.commit({ ...SHOP, services: new Map([['web', { ...WEB, replicas: 3 }]]) }, 'a third one');
    expect(broken(() => checks.atRest())).toBe('I1');
  });
});

describe('a description is wrong', () => {
  it.each<[string, RegExp | null, (told: ServiceDescription) => ServiceDescription | null]>([
    ['not at all as it is', null, (told) => told],
    ['where there is none', /is not known/, () => null],
    ['that lacks a replica', /is said to be/, (told) => ({ ...told, instances: told.instances.slice(1) })],
    ['that tells of another stable revision', /is stable at/, (told) => ({ ...told, stable: null })],
    ['without the run that led here', /has no history/, (told) => ({ ...told, history: [] })],
    [
      'with a last run that has failed',
      /its last run/,
      (told) => ({ ...told, history: told.history.map((run) => ({ ...run, phase: 'failed' as const })) }),
    ],
    [
      'with a last run that has failed, after one to something else',
      /its last run/,
      (told) => ({
        ...told,
        history: told.history.flatMap((run) => [
          { ...run, phase: 'failed' as const },
          { ...run, to: RevisionId.parse('0123456789ab') },
        ]),
      }),
    ],
    [
      'but not with a run that failed on its way back to what was stable',
      null,
      (told) => ({
        ...told,
        rollout: null,
        history: told.history.flatMap((run) => [{ ...run, phase: 'failed' as const }, run]),
      }),
    ],
    [
      'that names an obstacle',
      /is blocked/,
      (told) => ({ ...told, blocked: [{ object: 'web', because: 'no room', needs: 'time' }] }),
    ],
  ])('%s', async (_, words, forge) => {
    const { world, process, playback } = await Watched.shop();
    const key = serviceKey(NamespaceName.parse('shop'), ServiceName.parse('web'));
    let told: ServiceDescription | null = null;
    void process.controller.describe(key).then((description) => {
      told = description;
    });
    await playback.pass(SECOND_MS);
    invariant(told !== null, 'the service is known');
    const wrong = wrongAbout(world, 'web', forge(told));
    if (words === null) expect(wrong).toBeNull();
    else expect(wrong).toMatch(words);
  });
});
