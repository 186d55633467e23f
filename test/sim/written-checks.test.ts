// The checks of what is written down, of holds and of the rules of rollouts: each is broken here on purpose.

import { describe, expect, it } from 'vitest';
import { RevisionId } from '../../src/kernel/ids.ts';
import type { DiskImage } from '../../src/sim/store/sim-disk.ts';
import { at, DB, Deployed, entry, MINUTE_MS, SHOP, WEB, words } from './deployed.ts';
import { pass } from './pass.ts';

const REPORTED = { ...WEB, name: 'mail', drift: 'report' as const };
const API = { ...WEB, name: 'api', dependsOn: ['db'] };
const BIG = { ...SHOP, services: new Map([WEB, DB, REPORTED, API].map((s) => [s.name, s])) };
const _OTHER = RevisionId.parse('0123456789ab');
const HEAD = (d: Deployed) => d.world.repository.head;

const source = (d: Deployed, change: object, audit: string | null = null): void => {
  const row: object = JSON.parse(d.world.disk.get('source/main')?.value ?? '{}');
  const value = JSON.stringify({ ...row, ...change });
  d.write([{ kind: 'put', key: 'source/main', value }], audit === null ? [] : [entry(audit, 'main')]);
};

const cases = (all: readonly (readonly [string, RegExp, (d: Deployed) => void])[]): void => {
  it.each(all)('%s', async (_, wanted, trespass) => {
    const d = await Deployed.shop(BIG);
    expect(words(() => trespass(d))).toMatch(wanted);
  });
};

describe('it is found that', () => {
  cases([
    [
      'something is sent that is not written down',
      /I10 .*stopContainer/,
      (d) => d.send('stopContainer', at(d, 'db')),
    ],
    [
      'something is sent twice that was written down once',
      /I10 .*for the 2\. time/,
      (d) => {
        d.issue('stopContainer', at(d, 'db'));
        d.send('stopContainer', at(d, 'db'));
      },
    ],
    [
      'a container is made that no row has',
      /I10 .*in no row/,
      (d) => d.issue('createContainer', { host: 'h1', object: 'shop.web.0123456789ab.0.0' }),
    ],
    [
      'a container is made of a revision that was not kept',
      /I10 .*not on the disk/,
      (d) => {
        const where = at(d, 'db');
        d.write([{ kind: 'delete', key: `revision/${where.object.split('.')[2]}` }]);
        d.issue('createContainer', where);
      },
    ],
    [
      'a config volume is filled with what was not kept',
      /I10 .*config that is not/,
      (d) => {
        const volume = 'plimsoll.config.00';
        d.write([], [entry('action/fillConfig', volume, { host: 'h1', object: volume })]);
        d.issue('createFiller', { host: 'h1', object: `${volume}.fill` });
      },
    ],
    [
      'nobody wrote down where a volume lies',
      /I10 .*mounts plimsoll.shop.db-data/,
      (d) => {
        d.write([{ kind: 'delete', key: 'volume/shop/db-data' }]);
        d.land('createContainer', at(d, 'db'));
      },
    ],
  ]);

  it('somebody writes who does not hold the lease, or holds it anew', async () => {
    const d = await Deployed.shop();
    const old = d.process;
    old.clock.stop();
    d.world.boot(20_000);
    await pass(d.world, MINUTE_MS);
    expect(words(() => d.write([], [], old))).toMatch(/I9 .*holds the lease/);
    d.process.crash();
    d.world.disk.acquireLease('controller', old.name, MINUTE_MS);
    expect(words(() => d.write([], [], old))).toMatch(/I9 .*began under/);
    expect(words(() => d.send('pullImage', { host: 'h1', object: 'any' }, old))).toMatch(/I9/);
  });
});

describe('of commits it is found that', () => {
  cases([
    ['nobody committed it', /I7 .*nobody committed/, (d) => source(d, { accepted: 'f'.repeat(40) })],
    [
      'a broken one is in force',
      /I8 .*broken/,
      (d) => {
        d.world.commit({ ...BIG, broken: true }, 'is broken');
        source(d, { accepted: HEAD(d) });
      },
    ],
    [
      'a rewritten branch is in force without approval',
      /I8 .*without approval: it does not descend/,
      (d) => {
        d.world.forcePush(BIG, null);
        source(d, { accepted: HEAD(d) });
      },
    ],
    [
      'an emptied repository is in force without approval',
      /I8 .*no manifests/,
      (d) => {
        d.world.commit({ ...BIG, services: new Map(), hosts: [], isEmpty: true }, 'removes everything');
        source(d, { accepted: HEAD(d) });
      },
    ],
    [
      'one that removes much is in force without approval',
      /I8 .*removes many/,
      (d) => {
        const services = new Map([...Array(6)].map((_, n) => [`s${n}`, { ...WEB, name: `s${n}` }]));
        d.world.commit({ ...BIG, services: new Map([...BIG.services, ...services]) }, 'adds six');
        source(d, { accepted: HEAD(d) });
        for (const name of services.keys()) {
          const row: object = JSON.parse(d.world.disk.get('service/shop/web')?.value ?? '{}');
          const value = JSON.stringify({ ...row, key: `shop/${name}`, name, rollout: null, sequence: 0 });
          d.write([{ kind: 'put', key: `service/shop/${name}`, value }]);
        }
        d.world.commit(BIG, 'removes six');
        source(d, { accepted: HEAD(d) });
      },
    ],
    [
      'one is held for nothing',
      /I8 .*nothing wrong/,
      (d) => {
        d.world.commit(BIG, 'changes nothing');
        source(d, { held: { commit: HEAD(d), because: 'so', at: 0 } });
      },
    ],
  ]);

  const held = async (): Promise<Deployed> => {
    const d = await Deployed.shop(BIG);
    d.world.forcePush(BIG, null);
    source(d, { held: { commit: HEAD(d), because: 'forced', at: 0 } });
    return d;
  };
  const approve = (d: Deployed) => source(d, { approved: HEAD(d) }, 'command/approve');
  const accept = (d: Deployed): string =>
    words(() => source(d, { accepted: HEAD(d), held: null, approved: null }));
  const restore = (d: Deployed, backup: DiskImage): void => {
    d.world.disk.restore(backup, 'store/restored');
    d.checks.afterEvent();
  };

  it('one that a person approved may come into force', async () => {
    const d = await held();
    approve(d);
    expect(accept(d)).toBe('nothing');
  });

  it('nobody approved what a controller takes for approved', async () => {
    const d = await held();
    source(d, { approved: HEAD(d) });
    expect(accept(d)).toMatch(/I8 .*without approval/);
  });

  it('an older store that knows of the approval may let it come into force', async () => {
    const d = await held();
    approve(d);
    const backup = d.world.disk.backup();
    expect(accept(d)).toBe('nothing');
    restore(d, backup);
    expect(accept(d)).toBe('nothing');
  });

  it('an older store that does not know of the approval lets it come into force', async () => {
    const d = await held();
    const backup = d.world.disk.backup();
    approve(d);
    restore(d, backup);
    expect(accept(d)).toMatch(/I8 .*without approval/);
  });
});

describe('of a store that was lost or set back it is found that', () => {
  it('something is done before a person approves', async () => {
    const d = await Deployed.shop();
    d.world.disk.restore(d.world.disk.backup(), 'store/restored');
    d.checks.afterEvent();
    expect(words(() => d.issue('stopContainer', at(d, 'db')))).toMatch(
      /I10 .*although its store was restored/,
    );
    expect(words(() => d.write([{ kind: 'delete', key: 'store/restored' }]))).toMatch(
      /I10 .*nobody approved/,
    );
    d.write([{ kind: 'delete', key: 'store/restored' }], [entry('command/approve', 'store')]);
    expect(words(() => d.issue('stopContainer', at(d, 'db')))).toBe('nothing');
  });

  it('what runs on a host that was met is not taken for a reason to wait', async () => {
    const d = await Deployed.shop();
    const { process } = d;
    const where = at(d, 'db');
    d.world.disk.lose();
    d.world.disk.acquireLease('controller', process.name, MINUTE_MS);
    d.checks.afterEvent();
    d.write([{ kind: 'put', key: `met/${where.host}`, value: '0' }]);
    expect(words(() => d.issue('stopContainer', where))).toMatch(/I10 .*it has met/);
  });
});
