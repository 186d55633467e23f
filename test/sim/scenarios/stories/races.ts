// Somebody is faster: what a controller has not seen happens between its decision and its effect, or between a
// backup and its return.

import { LABEL } from '../../../../src/kernel/owner.ts';
import { strikeController } from '../../../../src/sim/faults/controller-faults.ts';
import { foreignRequest } from '../../../../src/sim/world/foreign.ts';
import { outageOf } from '../../../../src/sim/world/world.ts';
import { service, shopOf } from '../../plain-shop.ts';
import { type Condition, isIn, isSettled, runs, type Scenario } from '../scenario.ts';
import { approve, changed, command, commit, event, without, withService } from '../steps.ts';

const onlyReports: Condition = (world) => world.active?.controller.status().phase === 'reportOnly';
const always: Condition = () => true;

/** A container has been told to stop, and has not yet. */
const isStopping: Condition = (world) =>
  world.counts.of('effect stopContainer') > 0 && runs('web', '3', 1)(world);

export const RACES: readonly Scenario[] = [
  {
    name: 'taken-name',
    shows: 'a container of somebody else that takes the name in the last moment is left alone',
    shop: shopOf(1, service('web')),
    steps: [
      event('somebody waits for a name to be given', always, (world) => {
        world.snare = {
          at: 'before',
          kind: 'createContainer',
          catches: (_, effect) => {
            if (effect !== null)
              world.hosts.get(effect.host)?.engine.people.run(foreignRequest(effect.object));
          },
        };
      }),
      event('somebody takes theirs away', isIn('failed'), (world) => {
        const people = world.hosts.get('h1')?.engine.people;
        for (const { id, made } of world.hosts.get('h1')?.engine.machine.containers.values() ?? [])
          if (made.labels[LABEL.controller] === undefined) people?.remove(id);
      }),
      command('retry', 'web', isIn('failed')),
    ],
  },
  {
    name: 'wanted-again-while-it-stops',
    shows: 'what was told to stop goes though it is wanted again, and another one comes in its place',
    // One that takes its time to stop.
    shop: shopOf(1, service('web', { tag: '3' }), service('api')),
    steps: [
      commit('removes web', without('web')),
      commit('wants web again', withService(service('web', { tag: '3' })), isStopping),
    ],
  },
  {
    name: 'restored-writer',
    shows: 'a store from before a rollout does not know who writes: its own replica waits for the stranger',
    shop: shopOf(1, service('db', { hasVolume: true })),
    steps: [
      event('a backup is made', isSettled, (world) => {
        world.backup = world.disk.backup();
      }),
      // One that takes its time to stop.
      commit('sets db to 3', changed('db', { tag: '3' })),
      event('the backup is restored while Git does not answer', isSettled, (world) => {
        world.gitOutage = outageOf('git');
        strikeController(world, { kind: 'storeRestored' });
      }),
      approve(onlyReports),
      commit('sets db to 4', changed('db', { tag: '4' }), runs('db', '1', 1)),
      event('Git answers again', always, (world) => {
        world.gitOutage = null;
      }),
    ],
  },
];
