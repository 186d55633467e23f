// Nothing is stopped before the image of its successor is somewhere.

import { describe, expect, it } from 'vitest';
import { host, service, world } from '../plan/world.ts';
import { Stage } from './stage.ts';

const api = (version: number) =>
  service('api', {
    replicas: 3,
    image: `registry.test/shop/api:${version}`,
    rollout: { maxUnavailable: 1 },
  });

describe('a rollout while a host has just been added', () => {
  const stage = () =>
    new Stage(world([host('h1'), host('h2'), host('h3'), host('h4')], [api(1)]))
      .settle()
      .host('h4', 'unknown')
      .commit(api(2));
  const stops = ({ played }: Stage) => played.filter((what) => what.startsWith('stopContainer'));

  it('stops nothing as long as it waits for the first look at the host', () => {
    const waiting = stage();
    for (let steps = 0; steps < 5; steps += 1) waiting.step();
    expect(stops(waiting)).toEqual([]);
    expect(waiting.runs()).toBe('api:1 ×3');
  });

  it('goes on once the host answers', () => {
    const going = stage();
    for (let steps = 0; steps < 5; steps += 1) going.step();
    expect(going.host('h4', 'fresh').settle().runs()).toBe('api:2 ×3');
  });

  it('goes on without the host after 15 s', () => {
    expect(stage().settle().runs()).toBe('api:2 ×3');
  });
});
