// What the executor does about actions that it may not play.

import { describe, expect, it } from 'vitest';
import { makeAction } from '../../src/action/action.ts';
import { Executor } from '../../src/executor/executor.ts';
import { Linked } from '../sim/link/linked.ts';

async function played(mayPlay: boolean): Promise<string[]> {
  const { link, clock } = await new Linked().connected();
  const seen: string[] = [];
  const executor = new Executor({
    clock,
    host: () => link,
    balancer: () => link.balancer,
    credentials: () => null,
    credential: () => null,
    mayPlay: () => mayPlay,
    settle: async () => void seen.push('looked at'),
    onEvent: ({ kind }) => seen.push(kind),
    actionsPerHost: 1,
    pullsPerHost: 1,
  });
  const base = { host: link.id, service: null, object: 'data', because: 'a test wants it' };
  executor.play([makeAction(base, { kind: 'createVolume', name: 'data', labels: {} })]);
  await clock.pass(1_000);
  expect(executor.isIdle()).toBe(true);
  return seen;
}

describe('an action', () => {
  it('is looked at when it has ended', async () => {
    expect(await played(true)).toEqual(['started', 'looked at', 'succeeded']);
  });

  it('that never began has changed nothing: nothing is looked at', async () => {
    expect(await played(false)).toEqual(['failed']);
  });
});
