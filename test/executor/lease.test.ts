// Between two calls of one action the process may have been stopped past its lease: then the second one is not made.

import { expect, it } from 'vitest';
import { type ActionBody, makeAction } from '../../src/action/action.ts';
import { plainContainer } from '../../src/desired/plain-container.ts';
import { playAction } from '../../src/executor/play.ts';
import { runOn } from '../sim/engine/plain-engine.ts';
import { Linked } from '../sim/link/linked.ts';

const IMAGE = 'r.example/any:1';
const FILL: ActionBody = { kind: 'fillConfig', volume: 'config', labels: {}, image: IMAGE, files: [] };
const RUN: ActionBody = {
  kind: 'runContainer',
  request: {
    name: 'one',
    labels: {},
    image: IMAGE,
    spec: plainContainer(IMAGE),
    hostPorts: [],
    networks: [],
    sharesNetworkOf: null,
    hosts: [],
    volumes: [],
  },
};

it.each([
  ['createVolume', FILL],
  ['createContainer', RUN],
] as const)('after %s nothing more is sent once the lease has ended', async (first, body) => {
  const linked = await new Linked().connected();
  // Brings the image.
  runOn(linked.engine, 'any');
  const base = { host: linked.link.id, service: null, object: 'any', because: 'wanted' };
  const playing = playAction(linked.link, makeAction(base, body), {
    clock: linked.clock,
    balancer: () => linked.link.balancer,
    credentials: () => null,
    credential: () => null,
    onPullProgress: () => {},
    signal: new AbortController().signal,
    mayPlay: () => false,
  });
  expect(await linked.outcome(playing, 5_000)).toBe('store/lease');
  const issued = linked.told.filter((what) => what.startsWith('issued'));
  expect(issued.map((what) => what.split(' ')[1])).toEqual([first]);
});
