// The checks of what lies on hosts and on the disk at rest: each is broken here on purpose.

import { describe, expect, it } from 'vitest';
import { KeptObjects } from '../../src/sim/checks/kept-objects.ts';
import { Ledger } from '../../src/sim/checks/ledger.ts';
import { shortcoming } from '../../src/sim/checks/outcome.ts';
import { Placing } from '../../src/sim/checks/placing.ts';
import { Remembered } from '../../src/sim/checks/remembered.ts';
import { Scene } from '../../src/sim/checks/scene.ts';
import { Wanted } from '../../src/sim/checks/wanted.ts';
import { behaviourOf } from '../../src/sim/shop/behaviour.ts';
import type { SimShop } from '../../src/sim/shop/shop.ts';
import { at, Deployed, MINUTE_MS, SHOP, WEB, words } from './deployed.ts';
import { pass } from './pass.ts';

/** Only the checks of this file: what is forged for one of them would break others as well. */
function rest(d: Deployed): string {
  const scene = new Scene(d.world);
  return words(() => {
    for (const check of [new Remembered(scene), new KeptObjects(scene), new Placing(scene)]) check.atRest();
  });
}

const digest = (d: Deployed): string => d.container('web').container.made.reference;
const put = (key: string, value: unknown) => ({ kind: 'put' as const, key, value: JSON.stringify(value) });

const CASES: readonly (readonly [string, RegExp, (d: Deployed) => void])[] = [
  [
    'a config volume that nothing mounts',
    /I12 .*nothing mounts it/,
    (d) => {
      const labels = { 'dev.plimsoll.controller': 'sim', 'dev.plimsoll.kind': 'config' };
      d.host('h1').engine.people.createVolume('plimsoll.config.0', labels);
    },
  ],
  [
    'a network in which nothing is',
    /I12 .*a network plimsoll.attic/,
    (d) => {
      const labels = {
        'dev.plimsoll.controller': 'sim',
        'dev.plimsoll.kind': 'network',
        'dev.plimsoll.namespace': 'attic',
      };
      d.host('h1').engine.people.createNetwork('plimsoll.attic', labels);
    },
  ],
  [
    'an image that no revision needs',
    /I12 .*no revision needs it/,
    (d) => {
      const image = d.world.registry.push('registry.test/shop/web:4');
      const made = { ...image, id: `sha256:${'1'.repeat(64)}`, layers: [], behaviour: behaviourOf('4') };
      d.host('h1').engine.loadImage(made, [`registry.test/shop/web@${image.digest}`]);
    },
  ],
  [
    'something of somebody else is gone',
    /I3 .*is gone/,
    (d) => {
      const { engine, theirs } = d.host('h1');
      engine.people.createVolume('theirs');
      theirs.push('theirs');
      engine.people.removeVolume('theirs');
    },
  ],
  [
    'a service that no commit wants is remembered',
    /I12 mail is remembered/,
    (d) => {
      const row: object = JSON.parse(d.world.disk.get('service/shop/web')?.value ?? '{}');
      const mail = { ...row, key: 'shop/mail', name: 'mail', instances: [] };
      d.world.disk.write([put('service/shop/mail', mail)], [], undefined);
    },
  ],
  [
    'a host is said to leave',
    /I12 h1 is still said to leave/,
    (d) => void d.world.disk.write([put('host/h1', {})], [], undefined),
  ],
  [
    'a revision that a rollback needs is forgotten',
    /I10 revision .* is forgotten/,
    (d) => {
      const revision = d.container('db').container.made.labels['dev.plimsoll.revision'];
      d.world.disk.write([{ kind: 'delete', key: `revision/${revision}` }], [], undefined);
    },
  ],
  [
    'a config that a rollback needs is forgotten',
    /I10 config .* is forgotten/,
    (d) => {
      const [key = ''] = [...d.world.disk.rows.keys()].filter((one) => one.startsWith('config/'));
      d.world.disk.write([{ kind: 'delete', key }], [], undefined);
    },
  ],
  [
    'a config is said to be where it is not',
    /I12 config 0 is said to be on h1/,
    (d) => void d.world.disk.write([put('filled/h1/0', true)], [], undefined),
  ],
  [
    'an image is said to be where it is not',
    /I12 .*is said to be on h1/,
    (d) => void d.world.disk.write([put('pulled/h1/registry.test/shop/web@sha256:0', true)], [], undefined),
  ],
  [
    'a volume is said to lie where it does not',
    /I6 .*db-data lies on/,
    (d) => void d.world.disk.write([put('volume/shop/db-data', 'h9')], [], undefined),
  ],
  [
    'something that is no volume is said to lie somewhere',
    /I6 undefined\/undefined is said to lie/,
    (d) => void d.world.disk.write([put('volume/undefined/undefined', 'h1')], [], undefined),
  ],
  [
    'two replicas are the same one',
    /I1 two replicas of web/,
    (d) => {
      const { name, made } = d.container('web').container;
      const labels = { ...made.labels, 'dev.plimsoll.attempt': '1' };
      d.twin('web', { name: name.replace(/\.0$/, '.1'), labels, networks: d.networks() });
    },
  ],
  [
    'what runs is not what is remembered',
    /I10 remembered are/,
    (d) => {
      const key = 'service/shop/web';
      const row: object = JSON.parse(d.world.disk.get(key)?.value ?? '{}');
      d.world.disk.write([put(key, { ...row, instances: [] })], [], undefined);
    },
  ],
  [
    'a container has lost its labels',
    /I1 .*has the labels/,
    (d) => {
      const { host, container } = d.container('db');
      d.host(host).engine.people.rename(container.id, 'shop.db.other');
    },
  ],
  [
    'a container restarts otherwise than its revision says',
    /I1 .*restarts always/,
    (d) => {
      const { host, container } = d.container('db');
      const { limits } = container;
      d.host(host).engine.people.update(container.id, { limits, restartPolicy: 'always' });
    },
  ],
  [
    'a container is in another network besides',
    /I1 .*is in plimsoll.shop.db, bridge/,
    (d) => void d.host(at(d, 'db').host).engine.people.connect('bridge', at(d, 'db').object),
  ],
];

describe('at rest it is found that there is', () => {
  it('nothing wrong with what was deployed', async () => {
    expect(rest(await Deployed.shop())).toBe('nothing');
  });

  it.each(CASES)('%s', async (_, wanted, forge) => {
    const d = await Deployed.shop();
    forge(d);
    expect(rest(d)).toMatch(wanted);
  });
});

describe('at rest the store says nothing of a volume on a host that a commit takes out,', () => {
  /** What is said where these things happen one after the other, and then its row, like all others, is not there. */
  async function saidAfter(story: readonly ('leaves' | 'loses' | 'reads')[]): Promise<string> {
    const d = await Deployed.shop();
    const { host } = d.container('db');
    const happen = {
      leaves: () => {
        const hosts = SHOP.hosts.filter((id) => id !== host);
        d.world.commit({ ...SHOP, hosts, services: new Map([['web', WEB]]) }, 'takes it out');
      },
      loses: () => {
        d.process.crash();
        d.world.disk.lose();
      },
      reads: async () => {
        if (d.world.active === null) d.world.boot(0);
        await pass(d.world, MINUTE_MS);
      },
    };
    for (const step of story) await happen[step]();
    const rows = [...d.world.disk.rows.keys()];
    d.world.disk.write(
      rows.map((key) => ({ kind: 'delete', key })),
      [],
      undefined,
    );
    return words(() => new Remembered(new Scene(d.world)).atRest());
  }

  it.each([
    ['and a store that was lost since was never told of the host', ['leaves', 'loses', 'reads'], /^nothing$/],
    [
      'and a store that was lost before knew it',
      ['loses', 'reads', 'leaves', 'reads'],
      /I6 .*says undefined/,
    ],
    ['and the store was never lost', ['leaves', 'reads'], /I6 .*says undefined/],
  ] as const)('%s', async (_, story, said) => {
    expect(await saidAfter(story)).toMatch(said);
  });
});

describe('at once it is found that', () => {
  it('an image is removed that a rollback may need', async () => {
    const d = await Deployed.shop();
    const effect = d.effect('removeImage', { host: d.container('web').host, object: digest(d) });
    expect(words(() => new KeptObjects(new Scene(d.world)).issued(effect))).toMatch(
      /I12 .*a rollback may need it/,
    );
  });

  it('a data volume is made twice', async () => {
    const d = await Deployed.shop();
    const name = 'plimsoll.shop.db-data';
    const host = d.container('db').host === 'h1' ? 'h2' : 'h1';
    d.host(host).engine.people.createVolume(name);
    const effect = d.effect('createVolume', { host, object: name });
    expect(words(() => new KeptObjects(new Scene(d.world)).landed(effect, 'ok'))).toMatch(/I6 .*and lies on/);
  });

  it('a container mounts what the engine has made by itself', async () => {
    const d = await Deployed.shop();
    const where = d.twin('db', { volumes: ['plimsoll.shop.other'] });
    const effect = d.effect('createContainer', where);
    expect(words(() => new KeptObjects(new Scene(d.world)).landed(effect, 'ok'))).toMatch(
      /I6 .*nobody has made/,
    );
  });

  it('more replicas start on a host than may', async () => {
    const d = await Deployed.shop({
      ...SHOP,
      services: new Map(SHOP.services).set('web', { ...WEB, maxPerHost: 1 }),
    });
    const effect = d.effect('startContainer', d.twin('web'));
    expect(words(() => d.checks.landed(effect, 'ok', d.process))).toMatch(/I4 2 of web run on/);
  });

  it('more replicas are made on a host than a limit allows that came into force since', async () => {
    const d = await Deployed.shop();
    const web = { ...WEB, maxPerHost: 1 };
    d.accept({ ...SHOP, services: new Map(SHOP.services).set('web', web) }, 'one per host');
    // Looked at whenever something has changed on a machine.
    d.host('h1').engine.people.createVolume('any', {});
    d.checks.afterEvent();
    const where = d.twin('web');
    expect(words(() => d.checks.landed(d.effect('createContainer', where), 'ok', d.process))).toBe('nothing');
    expect(words(() => d.checks.landed(d.effect('startContainer', where), 'ok', d.process))).toMatch(
      /I4 2 of web run on .*, at most 1 may/,
    );
  });

  it('one that had lost its place is made anew under its name, where a lower limit came into force since', async () => {
    const d = await Deployed.shop();
    const name = at(d, 'web').object.replace(/\d+$/, '9');
    const hasPlace = (): void =>
      d.rewrite('web', ({ instances }) => ({
        instances: instances.flatMap((i) => [i, { ...i, attempt: 9 }]),
      }));
    const hasNone = (): void =>
      d.rewrite('web', ({ instances }) => ({ instances: instances.filter(({ attempt }) => attempt !== 9) }));
    const isMade = (): { host: string; object: string } => {
      hasPlace();
      const where = { ...d.twin('web', { name }), object: name };
      d.checks.landed(d.effect('createContainer', where), 'ok', d.process);
      return where;
    };
    const first = isMade();
    d.host(first.host).engine.people.remove(name);
    await pass(d.world, 100);
    hasNone();
    const web = { ...WEB, maxPerHost: 1 };
    d.accept({ ...SHOP, services: new Map(SHOP.services).set('web', web) }, 'one per host');
    d.host('h1').engine.people.createVolume('any', {});
    d.checks.afterEvent();
    const where = isMade();
    expect(words(() => d.checks.landed(d.effect('startContainer', where), 'ok', d.process))).toMatch(
      /I4 2 of web run on .*, at most 1 may/,
    );
  });

  it('something still runs on a host that has left', async () => {
    const d = await Deployed.shop();
    d.process.crash();
    const { host } = d.container('db');
    d.world.commit(
      { ...SHOP, hosts: SHOP.hosts.filter((id) => id !== host), services: new Map() },
      'takes it out',
    );
    expect(shortcoming(d.world)).toMatch(/runs on a host that has left/);
  });
});

describe('a container whose service one commit brings and whose host the same commit drains is made', () => {
  const DRAINED: SimShop = {
    ...SHOP,
    isSplit: true,
    hostRules: new Map(SHOP.hosts.map((id) => [id, { isDrained: true }] as const)),
    services: new Map(SHOP.services).set('mail', { ...WEB, name: 'mail' }),
  };
  /** What is said of it once these sources have accepted the commit, one after the other. */
  async function saidAfter(sources: readonly string[]): Promise<string> {
    const d = await Deployed.shop({ ...SHOP, isSplit: true });
    const { labels } = d.container('web').container.made;
    const where = d.twin('web', { labels: { ...labels, 'dev.plimsoll.service': 'mail' } });
    const ledger = new Ledger(d.world);
    const wanted = new Wanted(new Scene(d.world), ledger);
    d.world.commit(DRAINED, 'adds mail and drains all');
    for (const source of sources) {
      const key = `source/${source}`;
      d.world.disk.write([put(key, { accepted: d.world.repository.head, held: null })], [], undefined);
      ledger.take({ stage: 'durable', keys: [key] }, d.process);
      wanted.durable();
    }
    return words(() => wanted.landed(d.effect('createContainer', where), 'ok'));
  }

  it.each([
    ['while the fleet is that of the commit before', ['shop'], /^nothing$/],
    ['when the fleet has followed since', ['shop', 'main'], /^nothing$/],
    ['although the fleet had come first', ['main', 'shop'], /I7 .*nothing that was in force wants it/],
    ['before the services came', ['main'], /I7 .*nothing that was in force wants it/],
    ['and nobody has accepted the commit', [], /I7 .*nothing that was in force wants it/],
  ] as const)('%s', async (_, sources, said) => {
    expect(await saidAfter(sources)).toMatch(said);
  });
});
