// What is rare: a moment at which two things meet. Only told, like the troubles: their diaries show what a
// controller makes of it.

import type { SimContainer } from '../../../../src/sim/engine/container.ts';
import { hasConverged } from '../../../../src/sim/run/judgement.ts';
import type { SimHost } from '../../../../src/sim/world/fleet.ts';
import type { World } from '../../../../src/sim/world/world.ts';
import { service, shopOf } from '../../plain-shop.ts';
import {
  after,
  always,
  both,
  isHeld,
  isIn,
  isQuiet,
  isSettled,
  runs,
  type Scenario,
  said,
  since,
} from '../scenario.ts';
import {
  approve,
  changed,
  command,
  commit,
  crash,
  event,
  loseStore,
  meddle,
  stop,
  without,
  withService,
} from '../steps.ts';

const SECOND_MS = 1_000;
/** Longer than any period of the steady tempo. */
const LINGERS_MS = 15 * SECOND_MS;

/** The containers of a service that run, by name. */
const runningOf = (world: World, name: string): readonly { host: SimHost; container: SimContainer }[] =>
  [...world.hosts.values()]
    .flatMap((host) => [...host.engine.machine.containers.values()].map((container) => ({ host, container })))
    .filter(({ container }) => container.run !== null && container.name.startsWith(`shop.${name}.`))
    .sort((a, b) => (a.container.name < b.container.name ? -1 : 1));

export const RARITIES: readonly Scenario[] = [
  {
    name: 'two-bad-ones-in-update',
    shows: 'a replica that crashes and one that is sick go together where both can be spared',
    shop: shopOf(4, service('web', { replicas: 4, maxUnavailable: 2 })),
    steps: [
      event('one crashes again and again, one becomes sick', isSettled, (world) => {
        const [first, second] = runningOf(world, 'web');
        first?.host.engine.changeBehaviour(first.container.id, { exits: { afterMs: 200, code: 1 } });
        first?.host.engine.endProcess(first.container.id, 1);
        second?.host.engine.changeBehaviour(second.container.id, { sickAfterMs: 0 });
      }),
      commit('sets web to 4', changed('web', { tag: '4' }), after(20)),
    ],
  },
  {
    name: 'network-is-not-ours',
    shows: 'where the networks of a service are left to others, nobody connects it again',
    shop: shopOf(1, service('web', { check: 'none', ignored: ['networks'] })),
    steps: [
      event('somebody disconnects web', isSettled, (world) => {
        for (const { host, container } of runningOf(world, 'web'))
          for (const network of [...container.endpoints.keys()])
            host.engine.people.disconnect(network, container.id);
      }),
    ],
    end: after(20),
  },
  {
    name: 'slow-stop',
    shows: 'that the old one has stopped is progress: what comes after it has the whole deadline',
    shop: shopOf(
      1,
      service('db', {
        tag: '3',
        hasVolume: true,
        deadlineS: 9,
        minHealthyS: 1,
        readiness: { periodS: 3, failures: 3, successes: 1 },
      }),
    ),
    steps: [commit('sets db to 2', changed('db', { tag: '2' }))],
  },
  {
    name: 'back-to-one-writer',
    shows: 'a rollback to what writes a volume alone is one replica from the first moment on',
    shop: shopOf(2, service('db', { hasVolume: true })),
    steps: [
      commit(
        'makes three of db that crash, without the volume',
        changed('db', { tag: 'crash', replicas: 3, hasVolume: false, check: 'none' }),
      ),
    ],
    end: both(isIn('held', 'db'), isQuiet),
  },
  {
    name: 'lost-in-a-rollout',
    shows:
      'a store that is lost in the middle of a rollout: of two versions in equal numbers one is taken for meant',
    shop: shopOf(2, service('web', { replicas: 2, maxSurge: 0, maxUnavailable: 1 })),
    steps: [
      commit('sets web to 4', changed('web', { tag: '4' })),
      command('pause', 'web', runs('web', '4', 1)),
      loseStore(after(5)),
      approve(since(10 * SECOND_MS, said('store/rebuilt'))),
    ],
  },
  {
    name: 'broken-without-a-copy',
    shows:
      'what is in force and whose copy is lost is read from the history of the next commit, broken as that is',
    shop: { ...shopOf(2, service('web', { replicas: 2 })), isSplit: true },
    steps: [
      event('all copies are lost', isSettled, (world) => {
        world.loseCopies('all');
        world.commit({ ...world.shop, broken: true }, 'a broken commit');
      }),
      crash(always),
      meddle('somebody removes a replica', 'web', after(15), ({ engine }, { id }) => {
        engine.people.remove(id);
      }),
      commit('mends it', changed('web', { tag: '4' }), after(15)),
    ],
  },
  {
    name: 'rewritten-without-a-copy',
    shows:
      'what is in force and whose copy is lost while the branch is rewritten and broken: it is left as it is',
    shop: shopOf(2, service('web', { replicas: 2 })),
    steps: [
      event('the copy is lost', isSettled, (world) => {
        world.loseCopies('last');
        world.forcePush({ ...world.shop, broken: true }, null);
      }),
      crash(always),
      event('another broken commit', after(15), (world) => {
        world.commit({ ...changed('web', { tag: '2' })(world.shop), broken: true }, 'another broken commit');
      }),
      commit('mends it', changed('web', { tag: '4' }), after(15)),
      approve(isHeld),
    ],
  },
  {
    name: 'hooks-in-a-storm',
    shows: 'a Git server is not asked as often as hooks ask, and what was pushed meanwhile is deployed',
    shop: shopOf(1, service('web')),
    steps: [
      event('somebody asks each second for two minutes', isSettled, (world) => {
        for (let second = 0; second < 120; second += 1)
          world.scheduler.after(second * SECOND_MS, () => {
            void world.active?.controller.sync(null).catch(() => {});
          });
      }),
      commit('sets web to 4', changed('web', { tag: '4' }), after(90)),
    ],
  },
  {
    name: 'two-pushes-in-one-fetch',
    shows: 'a commit that is pushed while the one before is being fetched is fetched at once',
    shop: shopOf(1, service('web')),
    steps: [
      event('two pushes', isSettled, (world) => {
        const sync = (): void => void world.active?.controller.sync(null).catch(() => {});
        world.commit(changed('web', { tag: '2' })(world.shop), 'the first push');
        sync();
        world.scheduler.after(130, () => {
          world.commit(changed('web', { tag: '4' })(world.shop), 'the second push');
          sync();
        });
      }),
    ],
  },
  {
    name: 'config-from-a-file',
    shows: 'the content of a config may lie in a file of the repository',
    shop: shopOf(1, service('web', { config: 'one', hasConfigFile: true })),
    steps: [commit('changes the file', changed('web', { config: 'two' }))],
  },
  {
    name: 'service-before-its-namespace',
    shows: 'a service whose namespace is read a moment later comes into force with it',
    shop: { ...shopOf(1, service('web')), isSplit: true },
    steps: [
      event('a namespace and a service in it are pushed', isSettled, (world) => {
        const shop = withService(service('mail', { namespace: 'post' }))(world.shop);
        world.commit({ ...shop, otherNamespace: 'post' }, 'adds mail');
        void world.active?.controller.sync(world.serviceSource).catch(() => {});
      }),
    ],
  },
  {
    name: 'removed-namespace',
    shows: 'a namespace is removed once a person approves, however few services are in it',
    shop: {
      ...shopOf(1, service('web'), service('api'), service('mail', { namespace: 'post' })),
      otherNamespace: 'post',
    },
    steps: [
      commit('removes the namespace', ({ otherNamespace: _, ...shop }) => without('mail')(shop)),
      approve(isHeld),
    ],
  },
  {
    name: 'pinned-and-never-pulled',
    shows:
      'an image that is named by its digest is where the digest is, also for a service that pulls nothing',
    shop: shopOf(2, service('web', { replicas: 2 })),
    steps: [commit('pins the image and pulls nothing', changed('web', { isPinned: true, pull: 'never' }))],
  },
  {
    name: 'met-on-a-full-disk',
    shows: 'what a lost store finds on the hosts is written down before anything else is done',
    shop: shopOf(2, service('web', { replicas: 2 }), service('db', { hasVolume: true })),
    steps: [
      loseStore(isSettled),
      event('the disk will be full once the commit is accepted', always, (world) => {
        world.snare = {
          at: 'durable',
          catches: () => {
            world.disk.isFull = true;
          },
        };
      }),
      event('the disk is freed', after(6), (world) => {
        world.disk.isFull = false;
      }),
      approve(since(10 * SECOND_MS, said('store/rebuilt'))),
    ],
  },
  {
    name: 'approved-and-restarted',
    shows: 'hosts that a rebuilt store has met stay met',
    shop: shopOf(2, service('web', { replicas: 2 })),
    steps: [loseStore(isSettled), approve(since(10 * SECOND_MS, said('store/rebuilt'))), crash(after(10))],
  },
  {
    name: 'removed-after-a-restart',
    shows: 'what a commit removes is counted by what was in force, also where no copy of that is left',
    shop: shopOf(
      1,
      service('web'),
      ...['api', 'worker', 'db', 'cache', 'mail'].map((name) => service(name, { replicas: 0 })),
    ),
    steps: [
      event('the copy is lost', isSettled, (world) => world.loseCopies('all')),
      event('a commit removes five that run nothing', always, (world) => {
        world.commit(without('api', 'worker', 'db', 'cache', 'mail')(world.shop), 'removes five');
      }),
      crash(always),
      approve(isHeld),
    ],
  },
  {
    name: 'stopped-in-order',
    shows: 'a controller that was told to stop leaves nothing running that its end would cut off',
    shop: shopOf(2, service('web', { replicas: 2 })),
    steps: [
      stop(LINGERS_MS),
      commit('sets web to 4', changed('web', { tag: '4' }), since(30 * SECOND_MS, hasConverged)),
    ],
  },
  {
    name: 'many-young-ones',
    shows: 'what waits for many replicas that become old enough one after the other is planned for',
    shop: shopOf(
      1,
      service('api', { replicas: 27, check: 'none', minHealthyS: 20 }),
      service('web', { dependsOn: ['api'], check: 'none' }),
    ),
    steps: [],
  },
];
