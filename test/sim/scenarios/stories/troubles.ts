// Stories that are only told, without crashes: what goes wrong lasts for a time, so that a controller that died
// in the middle would come to other counts. Their diaries show how the controller bears it.

import { problem } from '../../../../src/kernel/errors.ts';
import { REGISTRY_OUTAGES } from '../../../../src/sim/registry/sim-registry.ts';
import { hasConverged } from '../../../../src/sim/run/judgement.ts';
import type { World } from '../../../../src/sim/world/world.ts';
import { service, shopOf } from '../../plain-shop.ts';
import { always, type Condition, isIn, isSettled, type Scenario, said, since } from '../scenario.ts';
import { approve, changed, command, commit, cut, event, heal, loseStore, meddle, stop } from '../steps.ts';

const SECOND_MS = 1_000;
const MINUTE_MS = 60 * SECOND_MS;
const HOUR_MS = 60 * MINUTE_MS;

const pulls =
  (count: number): Condition =>
  (world) =>
    world.counts.of('effect pullImage') >= count;

const registry = (what: string, outage: World['registry']['outage'], when: Condition) =>
  event(what, when, (world) => {
    world.registry.outage = outage;
  });

const eachHost = (
  what: string,
  when: Condition,
  act: (host: { fillDisk(): void; freeDisk(): void }) => void,
) =>
  event(what, when, (world) => {
    for (const { engine } of world.hosts.values()) act(engine);
  });

const halved = { memoryBytes: 32 * 2 ** 20 };
const tug = (round: number) =>
  meddle(
    'a script sets the limits',
    'web',
    since(2 * SECOND_MS, said('action/succeeded', 3 + round)),
    ({ engine }, c) => {
      engine.people.update(c.id, { limits: { ...c.limits, ...halved }, restartPolicy: c.restartPolicy });
    },
  );

export const TROUBLES: readonly Scenario[] = [
  {
    name: 'pull-fails-first',
    shows: 'a pull that fails is tried again after a pause, and what waited for it goes on',
    shop: shopOf(2, service('web', { replicas: 2 })),
    steps: [
      registry('the registry goes down', REGISTRY_OUTAGES.unreachable, pulls(1)),
      registry('the registry is back', null, since(15 * SECOND_MS, always)),
    ],
  },
  {
    name: 'cannot-start',
    shows: 'an image that no engine can start is given up at once, and again when a person insists',
    shop: shopOf(2, service('web', { replicas: 2 })),
    steps: [
      commit('sets web to nostart', changed('web', { tag: 'nostart' })),
      command('retry', 'web', since(10 * SECOND_MS, isIn('held'))),
    ],
    end: since(10 * SECOND_MS, isIn('held')),
  },
  {
    name: 'restart-on-full-disks',
    shows: 'a restart that cannot make containers ends, and what serves stays',
    shop: shopOf(2, service('web', { replicas: 2 })),
    steps: [
      eachHost('all disks are full', isSettled, (engine) => engine.fillDisk()),
      command('restart', 'web', always),
      eachHost('the disks are freed', said('rollout/failed'), (engine) => engine.freeDisk()),
    ],
    end: hasConverged,
  },
  {
    name: 'bad-after-bad',
    shows: 'every version that failed stays quarantined, not only the last one',
    shop: shopOf(2, service('web', { replicas: 1, check: 'none' })),
    steps: [
      commit('sets web to crash', changed('web', { tag: 'crash' })),
      commit('sets web to sick', changed('web', { tag: 'sick', check: 'health' }), isIn('held')),
      commit(
        'sets web to crash again',
        changed('web', { tag: 'crash', check: 'none' }),
        since(MINUTE_MS, isIn('held')),
      ),
    ],
    end: isIn('held'),
  },
  {
    name: 'rollback-skips-failed',
    shows: 'a rollback by hand goes to the last version that worked, not to one that failed in between',
    shop: shopOf(2, service('web', { replicas: 1, check: 'none' })),
    steps: [
      commit('sets web to crash', changed('web', { tag: 'crash' })),
      commit('sets web to 4', changed('web', { tag: '4' }), isIn('held')),
      command('rollback', 'web'),
    ],
    end: isIn('held'),
  },
  {
    name: 'first-crashes',
    shows: 'a first version that crashes is stopped and waits for a better one',
    shop: shopOf(2, service('web', { replicas: 2, tag: 'crash', check: 'none' })),
    steps: [commit('sets web to 4', changed('web', { tag: '4' }), isIn('failed'))],
  },
  {
    name: 'scale-with-image',
    shows: 'a commit that changes image and replicas never scales the old image',
    shop: shopOf(3, service('web')),
    steps: [commit('sets web to 4, three times', changed('web', { tag: '4', replicas: 3 }))],
  },
  {
    name: 'sick-one-in-update',
    shows: 'a replica that is not ready is not given up before there are enough new ones',
    shop: shopOf(3, service('web', { replicas: 3 })),
    steps: [
      meddle('a replica becomes sick', 'web', isSettled, ({ engine }, { id }) => {
        engine.changeBehaviour(id, { sickAfterMs: 0 });
      }),
      commit('sets web to 4', changed('web', { tag: '4' }), said('service/ready', 2)),
    ],
  },
  {
    name: 'silent-host-for-long',
    shows: 'a host that is silent for minutes is waited for: nothing of it is started elsewhere',
    shop: shopOf(3, service('web', { replicas: 3 }), service('db', { hasVolume: true })),
    steps: [cut('h1', isSettled), heal('h1', since(3 * MINUTE_MS, said('host/unreachable')))],
  },
  {
    name: 'silent-host-taken-out',
    shows: 'what ran on a silent host is started elsewhere once the host is taken out of the fleet',
    shop: shopOf(3, service('web', { replicas: 3 })),
    steps: [
      cut('h3', isSettled),
      commit('removes h3', (shop) => ({ ...shop, hosts: ['h1', 'h2'] }), said('host/unreachable')),
    ],
    end: since(2 * MINUTE_MS, (world) => {
      const web = world.active?.controller.status().services[0];
      return web?.phase === 'ready' && web.ready === 3;
    }),
  },
  {
    name: 'crash-while-only-reported',
    shows:
      'a database that exits is started again even where drift is only reported; a stopped web is left alone',
    shop: shopOf(2, service('web', { drift: 'report' }), service('db', { hasVolume: true, drift: 'report' })),
    steps: [
      meddle('the database exits', 'db', isSettled, ({ engine }, { id }) => engine.endProcess(id, 1)),
      meddle(
        'somebody stops web',
        'web',
        since(30 * SECOND_MS, isIn('ready', 'db')),
        ({ engine }, { id }) => {
          engine.people.stop(id);
        },
      ),
      event('somebody starts web again', since(30 * SECOND_MS, always), (world) => {
        for (const { engine } of world.hosts.values())
          for (const { id, name, run } of [...engine.machine.containers.values()])
            if (run === null && name.startsWith('shop.web.')) engine.people.start(id);
      }),
    ],
    end: since(MINUTE_MS, always),
  },
  {
    name: 'tug-of-war',
    shows: 'what somebody changes back again and again is put right less and less often, and told',
    shop: shopOf(1, service('web')),
    steps: [0, 1, 2, 3, 4, 5].map(tug),
    end: since(4 * MINUTE_MS, always),
  },
  {
    name: 'git-is-down',
    shows: 'a Git server that is down is told once, and the commit that waited there comes afterwards',
    shop: shopOf(1, service('web')),
    steps: [
      event('the Git server goes down', isSettled, (world) => {
        world.gitOutage = problem('source/unreachable', 'the server does not answer');
      }),
      commit('sets web to 4', changed('web', { tag: '4' }), always),
      event('the Git server is back', since(MINUTE_MS, always), (world) => {
        world.gitOutage = null;
      }),
    ],
  },
  {
    name: 'clock-set-back',
    shows: 'a wall clock that is set back by an hour delays nothing',
    shop: shopOf(2, service('web', { replicas: 2 })),
    steps: [
      commit('sets web to 4', changed('web', { tag: '4' })),
      event('the clock is set back', isIn('progressing'), (world) => world.clock.jump(-HOUR_MS)),
    ],
  },
  {
    name: 'clock-set-forward',
    shows: 'a wall clock that is set forward by a day lets no deadline pass',
    shop: shopOf(2, service('web', { replicas: 2 })),
    steps: [
      commit('sets web to 4', changed('web', { tag: '4' })),
      event('the clock is set forward', isIn('progressing'), (world) => world.clock.jump(24 * HOUR_MS)),
    ],
  },
  {
    name: 'restart-in-order',
    shows: 'a controller that ends in order is followed at once by another one, which changes nothing',
    shop: shopOf(2, service('web', { replicas: 2 })),
    steps: [
      stop(0),
      commit('sets web to 4', changed('web', { tag: '4' }), since(20 * SECOND_MS, hasConverged)),
    ],
  },
  {
    name: 'lost-twice',
    shows: 'a store that is lost, refilled and lost again asks each time before it changes anything',
    shop: shopOf(2, service('web', { replicas: 2 }), service('db', { hasVolume: true })),
    steps: [
      loseStore(isSettled),
      approve(since(20 * SECOND_MS, said('store/rebuilt'))),
      loseStore(since(20 * SECOND_MS, isSettled)),
      commit('sets web to 4', changed('web', { tag: '4' }), since(20 * SECOND_MS, said('store/rebuilt', 2))),
      approve(since(20 * SECOND_MS, always)),
    ],
  },
];
