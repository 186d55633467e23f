// What the checks look for they find: each invariant is broken here on purpose. A check that cannot fail
// would make every seed green.

import { describe, expect, it } from 'vitest';
import { leftovers, shortcoming } from '../../src/sim/checks/outcome.ts';
import { PLAIN_BEHAVIOUR } from '../../src/sim/engine/behaviour.ts';
import { foreignRequest } from '../../src/sim/world/foreign.ts';
import { SECRET } from '../../src/sim/world/world.ts';
import { at, broken, Deployed, MINUTE_MS, SHOP, WEB } from './deployed.ts';
import { pass } from './pass.ts';

const TRESPASSES: readonly (readonly [string, string, (d: Deployed) => void])[] = [
  [
    'a stop of a container that somebody else runs',
    'I3',
    (d) => {
      d.host('h1').engine.people.run(foreignRequest('theirs'));
      d.issue('stopContainer', { host: 'h1', object: 'theirs' });
    },
  ],
  ['a stop of a replica that cannot be spared', 'I4', (d) => d.issue('stopContainer', at(d, 'web'))],
  [
    'a removal without a stop of a replica that cannot be spared',
    'I4',
    (d) => d.issue('removeContainer', at(d, 'web')),
  ],
  [
    'a start of one replica too many',
    'I4',
    (d) => {
      const where = [d.twin('web'), d.twin('web', { name: 'shop.web.second' })][1];
      if (where !== undefined) d.land('startContainer', { ...where, object: 'shop.web.second' });
    },
  ],
  [
    'the removal of a data volume',
    'I6',
    (d) => d.land('removeVolume', { host: d.container('db').host, object: 'plimsoll.shop.db-data' }),
  ],
  [
    'a second writer of a volume',
    'I6',
    (d) => {
      d.twin('db');
      d.checks.afterEvent();
    },
  ],
  [
    'a container of an image that no commit names',
    'I8',
    (d) => {
      const { host } = d.container('web');
      const reference = 'registry.test/shop/web:4';
      const image = d.world.registry.push(reference);
      d.host(host).engine.loadImage(
        {
          ...d.container('web').container.made.image,
          layers: [],
          behaviour: PLAIN_BEHAVIOUR,
          digest: image.digest,
          sizeBytes: 1,
        },
        [`registry.test/shop/web@${image.digest}`],
      );
      d.land('startContainer', d.twin('web', { image: `registry.test/shop/web@${image.digest}` }));
    },
  ],
  [
    'a container without the config of its commit',
    'I8',
    (d) => {
      const { made } = d.container('web').container;
      d.land('startContainer', d.twin('web', { spec: { ...made.spec, mounts: [] }, volumes: [] }));
    },
  ],
  [
    'a container with a password in its environment',
    'I11',
    (d) => {
      const { made } = d.container('web').container;
      const spec = { ...made.spec, environment: { ...made.spec.environment, PASSWORD: SECRET } };
      d.land('createContainer', d.twin('web', { spec }));
    },
  ],
  [
    'a password in an event',
    'I11',
    (d) =>
      d.checks.said({ kind: 'pull/failed', message: `cannot log in with ${SECRET}`, host: null }, d.process),
  ],
  [
    'the same pull more than 40 times within a minute',
    'I12',
    (d) => {
      for (let n = 0; n < 41; n += 1)
        d.issue('pullImage', { host: 'h1', object: 'registry.test/shop/web:1' });
    },
  ],
];

describe('a check is broken by', () => {
  it.each(TRESPASSES)('%s: %s', async (_, invariantName, trespass) => {
    const deployed = await Deployed.shop();
    expect(broken(() => trespass(deployed))).toBe(invariantName);
  });

  it('an effect of a process that has lost the lease to another one: I9', async () => {
    const d = await Deployed.shop();
    const old = d.process;
    old.clock.stop();
    d.world.boot(20_000);
    await pass(d.world, MINUTE_MS);
    expect(d.process).not.toBe(old);
    for (const kind of ['pullImage', 'createFiller', 'putArchive', 'removeFiller'] as const)
      expect(broken(() => d.issue(kind, { host: 'h1', object: 'any' }, old))).toBe('I9');
    expect(broken(() => d.issue('pullImage', { host: 'h1', object: 'any' }))).toBe('nothing');
  });

  it('an effect after the end of the lease, though nobody else has it: I9', async () => {
    const d = await Deployed.shop();
    const old = d.process;
    old.clock.stop();
    await pass(d.world, 20_000);
    expect(broken(() => d.issue('pullImage', { host: 'h1', object: 'any' }, old))).toBe('I9');
  });

  it('an effect a minute after the store was damaged: I10', async () => {
    const d = await Deployed.shop();
    const { process } = d;
    d.world.disk.acquireLease('controller', process.name, 2 * MINUTE_MS);
    d.world.disk.damage = 'a page does not match its checksum';
    d.checks.afterEvent();
    expect(broken(() => d.issue('pullImage', { host: 'h1', object: 'any' }, process))).toBe('nothing');
    await pass(d.world, MINUTE_MS + 1_000);
    d.checks.afterEvent();
    expect(broken(() => d.issue('pullImage', { host: 'h1', object: 'any' }, process))).toBe('I10');
  });
});

describe('a shop is not as committed', () => {
  it.each<[string, RegExp, (d: Deployed) => void]>([
    [
      'a container is paused',
      /web: 1 of 2 serve/,
      (d) => d.host(at(d, 'web').host).engine.people.pause(at(d, 'web').object),
    ],
    ['one is too many', /web: 3 of 2 serve/, (d) => d.twin('web', { networks: d.networks() })],
    ['one lacks its name in the network', /cannot be found by its name/, (d) => d.twin('web')],
    [
      'somebody took memory from one',
      /has a limit of 33554432 bytes/,
      (d) => {
        const { host, container } = d.container('web');
        const limits = { ...container.limits, memoryBytes: 32 * 2 ** 20 };
        d.host(host).engine.people.update(container.id, { limits, restartPolicy: container.restartPolicy });
      },
    ],
    [
      'one has another image',
      /is image 1.* instead of image 3/,
      (d) =>
        d.world.commit(
          { ...SHOP, services: new Map(SHOP.services).set('web', { ...WEB, tag: '3' }) },
          'sets web to 3',
        ),
    ],
    [
      'something runs that nobody wants',
      /runs, and no commit wants it/,
      (d) => d.world.commit({ ...SHOP, services: new Map([['web', WEB]]) }, 'removes db'),
    ],
  ])('where %s', async (_, words, change) => {
    const d = await Deployed.shop();
    change(d);
    expect(shortcoming(d.world)).toMatch(words);
  });

  it('where what has ended is left lying about', async () => {
    const d = await Deployed.shop();
    const { host, object } = at(d, 'web');
    d.process.crash();
    d.host(host).engine.people.stop(object);
    await pass(d.world, MINUTE_MS);
    expect(leftovers(d.world).join()).toContain('exited');
  });
});
