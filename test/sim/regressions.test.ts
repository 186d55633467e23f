// Every bug that the simulator found, with the seed that showed it. The stories change when the draws
// change; what each was is said in words, so that it can be told whether the seed still means it.

import { expect, it } from 'vitest';
import { runWorld } from '../../src/sim/run/run-world.ts';

it.each([
  [161, 'a wall clock that was set back made ready replicas look too young, and old ones were never retired'],
  [65, 'stopped containers were kept by the wall clocks of host and controller, which need not agree'],
  [18, 'a pull whose request was lost held its place for half an hour'],
  [148, 'containers of a service that was removed while the store was lost belonged to no source, for ever'],
  [10, 'stopped containers that a lost store did not know were never cleared away'],
  [246, 'a ready replica went before an unhealthy one, since none of them had been ready for long'],
  [519, 'an old database container was started beside the new one after a store had been set back'],
  [536, 'a replica that was being started counted as dead, and was stopped right after'],
  [802, 'a container that was created and not started was stopped again and again without a pause'],
  [1208, 'containers that no row explains were looked at once, while the controller only reported'],
  [22, 'a new store beside stopped containers of ours was not taken for a lost one'],
  [445, 'reading a damaged store in housekeeping ended the process by an unhandled rejection'],
  [
    3060,
    'what an action had changed was not seen, since the look at it failed, and the plan went on without it',
  ],
  [3091, 'a sick database that an old store did not know was never stopped to make room for the right one'],
  [
    10056,
    'an old revision was scaled by a commit whose image was still being looked up: two wrote one volume',
  ],
  [
    20443,
    'a restart that failed began again at once, some hundred times a minute, at a registry that refused it',
  ],
  [32017, 'a database that was being started was taken for stopped, and its successor was started beside it'],
])('seed %i: %s', async (seed) => {
  const end = await runWorld({ seed, faults: null, kinds: null, isTold: false });
  expect(end.violation).toBeNull();
});
