// The checks of what rollouts may do: each is broken here on purpose.

import { describe, expect, it } from 'vitest';
import { CommitSha, RevisionId } from '../../src/kernel/ids.ts';
import { instant } from '../../src/kernel/time.ts';
import type { Rollout, ServiceMemory } from '../../src/rollout/memory.ts';
import { at, DB, Deployed, entry, MINUTE_MS, SHOP, WEB, words } from './deployed.ts';
import { pass } from './pass.ts';

const REPORTED = { ...WEB, name: 'mail', drift: 'report' as const };
const API = { ...WEB, name: 'api', dependsOn: ['db'] };
const BIG = { ...SHOP, services: new Map([WEB, DB, REPORTED, API].map((s) => [s.name, s])) };
const OTHER = RevisionId.parse('0123456789ab');

const run = (row: ServiceMemory, change: Partial<Rollout>): { rollout: Rollout } => {
  if (row.rollout === null) throw new Error('every service of the shop was deployed');
  return { rollout: { ...row.rollout, ...change } };
};
const moving = { phase: 'progressing', endedAt: null } as const;
/** A run to another revision is under way. */
const next = (row: ServiceMemory): Partial<ServiceMemory> => ({
  ...run(row, { ...moving, sequence: 2, to: OTHER, from: row.target }),
  sequence: 2,
  target: OTHER,
});
const bad = { revision: OTHER, because: 'it crashes', at: instant(0), terms: null };

const pin = { revision: OTHER, specHash: null, by: 'user:ada', at: instant(0) };
/** It is recorded that the other revision was there once. */
function hasSucceeded(d: Deployed): void {
  d.rewrite('web', (row) => {
    const { rollout } = run(row, { sequence: 2, to: OTHER });
    const value = JSON.stringify(rollout);
    d.write([{ kind: 'put', key: 'deployment/shop/web/0000000002', value }]);
    return {};
  });
}

const cases = (all: readonly (readonly [string, RegExp, (d: Deployed) => void])[]): void => {
  it.each(all)('%s', async (_, wanted, trespass) => {
    const d = await Deployed.shop(BIG);
    expect(words(() => trespass(d))).toMatch(wanted);
  });
};

describe('of rollouts it is found that', () => {
  cases([
    [
      'a number is left out',
      /I7 .*nothing is recorded/,
      (d) =>
        d.rewrite('web', (row) => ({ ...next(row), ...run(row, { ...moving, sequence: 3 }), sequence: 3 })),
    ],
    ['they are counted anew', /I7 .*counts/, (d) => d.rewrite('web', () => ({ sequence: 0 }))],
    ['one that ended goes on', /I7 .*had ended/, (d) => d.rewrite('web', (row) => run(row, moving))],
    [
      'one has ended and no record is there',
      /I7 .*nothing is recorded/,
      (d) => {
        d.rewrite('web', next);
        d.rewrite('web', (row) => run(row, { phase: 'superseded', endedAt: instant(1) }));
      },
    ],
    [
      'a record is written over',
      /I10 .*written over/,
      (d) =>
        d.rewrite('web', (row) => {
          const { rollout } = run(row, { because: 'another one' });
          const key = 'deployment/shop/web/0000000001';
          d.write([{ kind: 'put', key, value: JSON.stringify(rollout) }]);
          return {};
        }),
    ],
    [
      'one comes from no commit',
      /I7 .*said to come from/,
      (d) =>
        d.rewrite('web', (row) => ({
          ...next(row),
          ...run(row, { ...moving, sequence: 2, to: OTHER, commit: CommitSha.parse('f'.repeat(40)) }),
        })),
    ],
    [
      'one aims at something else',
      /I7 .*aims at/,
      (d) => d.rewrite('web', (row) => ({ ...next(row), target: row.target })),
    ],
    [
      'one begins while what it needs is being rolled out',
      /I7 .*begins although db is being rolled out/,
      (d) => {
        d.rewrite('db', next);
        d.rewrite('api', next);
      },
    ],
    [
      'one is decided on while containers are taken on by their labels',
      /I7 .*takes containers on and decides/,
      (d) => d.adopt('web', next),
    ],
    [
      'the goal of a service moves while containers are taken on by their labels',
      /I7 .*takes containers on and decides/,
      (d) => d.adopt('web', () => ({ target: OTHER })),
    ],
    [
      'one is paused by nobody',
      /I7 .*paused by nobody/,
      (d) => {
        d.rewrite('web', next);
        d.rewrite('web', (row) => run(row, { phase: 'paused', pausedFrom: 'progressing' }));
      },
    ],
    [
      'one that is paused goes on by itself',
      /I7 .*by itself/,
      (d) => {
        d.rewrite('web', next);
        d.rewrite('web', (row) => run(row, { phase: 'paused', pausedFrom: 'progressing' }), 'pause');
        d.rewrite('web', (row) => run(row, moving));
      },
    ],
    [
      'a replica is to leave while one is paused',
      /I7 .*is paused, and/,
      (d) => {
        d.rewrite('web', next);
        d.rewrite('web', (row) => run(row, { phase: 'paused', pausedFrom: 'progressing' }), 'pause');
        d.rewrite('web', ({ instances }) => ({
          instances: instances.map((i) => ({ ...i, intent: 'retire' as const })),
        }));
      },
    ],
    [
      'an order to pause has no effect',
      /I7 .*was paused, with no effect/,
      (d) => {
        d.rewrite('web', next);
        d.rewrite('web', () => ({}), 'pause');
      },
    ],
    [
      'an order to resume has no effect',
      /I7 .*was resumed, with no effect/,
      (d) => {
        d.rewrite('web', next);
        d.rewrite('web', (row) => run(row, { phase: 'paused', pausedFrom: 'progressing' }), 'pause');
        d.rewrite('web', () => ({}), 'resume');
      },
    ],
    [
      'an order to give up has no effect',
      /I7 .*was aborted, with no effect/,
      (d) => {
        d.rewrite('web', next);
        d.rewrite('web', () => ({}), 'abort');
      },
    ],
    [
      'an order to try again has no effect',
      /I7 .*still held/,
      (d) => d.rewrite('web', () => ({ quarantine: [bad] }), 'retry'),
    ],
    [
      'one is frozen against its manifest',
      /I7 .*frozen against/,
      (d) => {
        d.rewrite('web', next);
        d.rewrite('web', (row) => ({ ...run(row, { phase: 'failed' }), quarantine: [bad] }));
      },
    ],
    [
      'one rolls back to what it was leaving for',
      /I7 .*rolls back to 0123456789ab/,
      (d) => {
        d.rewrite('web', next);
        d.rewrite('web', (row) => ({ ...run(row, { phase: 'rollingBack' }), quarantine: [bad] }));
      },
    ],
    [
      'it is not remembered what failed',
      /I7 .*does not remember/,
      (d) => {
        d.rewrite('web', next);
        d.rewrite('web', (row) => ({ ...run(row, { phase: 'rollingBack' }), target: row.stable }));
      },
    ],
    [
      'what failed is deployed again',
      /I7 .*which was given up/,
      (d) => {
        d.rewrite('web', next);
        d.rewrite('web', (row) => ({
          ...run(row, { phase: 'rollingBack' }),
          target: row.stable,
          quarantine: [bad],
        }));
        d.write([{ kind: 'put', key: 'deployment/shop/web/0000000002', value: '{}' }]);
        d.rewrite('web', (row) => ({ ...next(row), ...run(row, { ...moving, sequence: 3 }), sequence: 3 }));
      },
    ],
    [
      'what failed is forgotten',
      /I7 .*forgets that/,
      (d) => {
        d.rewrite('web', next);
        d.rewrite('web', (row) => ({
          ...run(row, { phase: 'rollingBack' }),
          target: row.stable,
          quarantine: [bad],
        }));
        d.rewrite('web', () => ({ quarantine: [] }));
      },
    ],
    [
      'a person is taken back to what never succeeded',
      /I7 .*never succeeded/,
      (d) => d.rewrite('web', () => ({ pin }), 'rollback'),
    ],
    [
      'what a person pinned is not aimed at',
      /I7 .*by hand, and aims at/,
      (d) => {
        hasSucceeded(d);
        d.rewrite('web', () => ({ pin }), 'rollback');
        d.rewrite('web', () => ({ replicas: 2 }));
      },
    ],
    [
      'what a person pinned is forgotten',
      /I7 .*which is forgotten/,
      (d) => {
        hasSucceeded(d);
        d.rewrite('web', () => ({ pin }), 'rollback');
        d.rewrite('web', () => ({ pin: null }));
      },
    ],
    [
      'one succeeds while a replica does not run',
      /I4 .*succeeds while/,
      (d) => {
        const { host, object } = at(d, 'db');
        d.rewrite('db', (row) => ({ ...run(row, { ...moving, sequence: 2 }), sequence: 2 }));
        d.host(host).engine.people.stop(object);
        d.host(host).engine.endProcess(d.container('db').container.id, 0);
        d.world.struckMs = -MINUTE_MS * 2;
        d.write([{ kind: 'put', key: 'deployment/shop/db/0000000002', value: '{}' }]);
        d.rewrite('db', (row) => run(row, { phase: 'succeeded', endedAt: instant(1) }));
      },
    ],
    [
      'a replica is stopped for an image that no host has',
      /I4 .*no host has/,
      (d) => {
        const image = { kind: 'digest', digest: `sha256:${'0'.repeat(64)}` };
        const container = d.container('db').container.made.spec;
        d.write([
          { kind: 'put', key: `revision/${OTHER}`, value: JSON.stringify({ id: OTHER, container, image }) },
        ]);
        d.rewrite('db', (row) => ({
          ...next(row),
          instances: row.instances.map((i) => ({ ...i, intent: 'retire' as const })),
        }));
        d.issue('stopContainer', at(d, 'db'));
      },
    ],
    [
      'a deviation is put right that is only to be reported',
      /I7 .*only to be reported/,
      (d) => d.issue('updateContainer', at(d, 'mail')),
    ],
    [
      'a replica comes back where its absence is only to be reported',
      /I7 .*made again/,
      (d) => d.issue('createContainer', at(d, 'mail')),
    ],
    [
      'a commit that nobody accepted gives room for one more',
      /I4 /,
      (d) => {
        d.world.commit(
          { ...BIG, services: new Map(BIG.services).set('web', { ...WEB, replicas: 5 }) },
          'wants 5',
        );
        const where = [d.twin('web'), d.twin('web', { name: 'shop.web.second' })][1];
        if (where !== undefined) d.land('startContainer', where);
      },
    ],
  ]);

  describe('once deviations are only to be reported', () => {
    const LEFT = { ...BIG, services: new Map(BIG.services).set('web', { ...WEB, drift: 'report' as const }) };
    const decide = (d: Deployed): void => d.write([], [entry('action/connectNetwork', 'web', at(d, 'web'))]);

    it('a correction that was decided before is carried out to its end, and none after it', async () => {
      const d = await Deployed.shop(BIG);
      const where = at(d, 'web');
      decide(d);
      d.accept(LEFT, 'leaves deviations of web alone');
      for (const kind of ['connectNetwork', 'disconnectNetwork', 'connectNetwork'] as const)
        expect(words(() => d.send(kind, where))).toBe('nothing');
      expect(words(() => d.issue('updateContainer', where))).toMatch(/I7 .*only to be reported/);
      const message = `connect ${where.object} on ${where.host} (59ms)`;
      d.checks.said({ kind: 'action/succeeded', message, host: d.host(where.host).id }, d.process);
      for (const kind of ['disconnectNetwork', 'connectNetwork'] as const)
        expect(words(() => d.send(kind, where))).toMatch(/I7 .*only to be reported/);
    });

    it('none may be decided', async () => {
      const d = await Deployed.shop(BIG);
      d.accept(LEFT, 'leaves deviations of web alone');
      decide(d);
      expect(words(() => d.send('connectNetwork', at(d, 'web')))).toMatch(/I7 .*only to be reported/);
    });
  });

  it('one stands still while nothing is in its way', async () => {
    const d = await Deployed.shop();
    await pass(d.world, MINUTE_MS);
    d.rewrite('web', next);
    let said = 'nothing';
    for (let n = 0; n < 40 && said === 'nothing'; n += 1) {
      await pass(d.world, 5_000);
      said = words(() => d.checks.afterEvent());
    }
    expect(said).toMatch(/I1 .*stands still/);
  });

  it('one fails with a sound image and nothing that happened', async () => {
    const d = await Deployed.shop();
    for (let n = 0; n < 40; n += 1) {
      await pass(d.world, 5_000);
      d.checks.afterEvent();
    }
    const startedAt = d.world.clock.now();
    d.rewrite('web', (row) => ({
      ...run(row, { ...moving, sequence: 2, startedAt }),
      sequence: 2,
      stable: null,
    }));
    expect(
      words(() =>
        d.rewrite('web', (row) => ({
          ...run(row, { phase: 'failed' }),
          quarantine: [{ ...bad, revision: row.target ?? OTHER }],
        })),
      ),
    ).toMatch(/I4 .*fails: /);
  });
});
