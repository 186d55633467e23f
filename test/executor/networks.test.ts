// Actions that bring a container into networks, played on a simulated engine.

import { describe, expect, it } from 'vitest';
import { type ActionBody, describeAction, makeAction } from '../../src/action/action.ts';
import { plainContainer } from '../../src/desired/plain-container.ts';
import { playAction } from '../../src/executor/play.ts';
import { runOn, seen } from '../sim/engine/plain-engine.ts';
import { CALL, Linked } from '../sim/link/linked.ts';

const IMAGE = 'r.example/any:1';
const REQUEST = {
  name: 'api',
  labels: {},
  image: IMAGE,
  spec: plainContainer(IMAGE),
  hostPorts: [],
  networks: [
    { name: 'one', aliases: ['api'], address: '10.203.7.90' },
    { name: 'two', aliases: ['api'], address: '10.203.8.90' },
  ],
  sharesNetworkOf: null,
  hosts: [],
  volumes: [],
};

async function hostWithNetworks(): Promise<Linked> {
  const linked = await new Linked().connected();
  // Brings the image.
  runOn(linked.engine, 'any');
  for (const [name, subnet] of [
    ['one', '10.203.7.0/24'],
    ['two', '10.203.8.0/24'],
  ] as const)
    await linked.answer(linked.link.createNetwork({ name, labels: {}, subnet }, CALL));
  return linked;
}

function play(linked: Linked, body: ActionBody): Promise<string> {
  const action = makeAction(
    { host: linked.link.id, service: null, object: 'api', because: 'it is wanted' },
    body,
  );
  const playing = playAction(linked.link, action, {
    clock: linked.clock,
    balancer: () => linked.link.balancer,
    credentials: () => null,
    credential: () => null,
    onPullProgress: () => {},
    signal: new AbortController().signal,
    mayPlay: () => true,
  });
  return linked.outcome(playing, 60_000);
}

const networksOf = (linked: Linked) => seen(linked.engine, 'api').networks;

describe('running a container that is to be in several networks', () => {
  const whole = {
    one: { address: '10.203.7.90', aliases: ['api'] },
    two: { address: '10.203.8.90', aliases: ['api'] },
  };

  it('has it in all of them', async () => {
    const linked = await hostWithNetworks();
    expect(await play(linked, { kind: 'runContainer', request: REQUEST })).toBe('ok');
    expect(networksOf(linked)).toEqual(whole);
  });

  it('completes what an earlier try began', async () => {
    const linked = await hostWithNetworks();
    const begun = { ...REQUEST, networks: REQUEST.networks.slice(0, 1) };
    await linked.answer(linked.link.createContainer(begun, CALL));
    expect(await play(linked, { kind: 'runContainer', request: REQUEST })).toBe('ok');
    expect(networksOf(linked)).toEqual(whole);
  });
});

describe('an action upon a container', () => {
  it('connects and disconnects it, and may be played twice', async () => {
    const linked = await hostWithNetworks();
    const id = runOn(linked.engine, 'api');
    const connect: ActionBody = {
      kind: 'connectNetwork',
      id,
      network: 'one',
      aliases: ['api'],
      address: '10.203.7.90',
    };
    for (let times = 0; times < 2; times += 1) {
      expect(await play(linked, connect)).toBe('ok');
      expect(networksOf(linked)['one']).toEqual({ address: '10.203.7.90', aliases: ['api'] });
    }
    for (let times = 0; times < 2; times += 1) {
      expect(await play(linked, { kind: 'disconnectNetwork', id, network: 'one' })).toBe('ok');
      expect(Object.keys(networksOf(linked))).toEqual(['bridge']);
    }
  });

  it('is told in words', () => {
    expect(describeAction({ kind: 'disconnectNetwork', object: 'api', host: 'h1' })).toBe(
      'disconnect api on h1',
    );
  });
});
