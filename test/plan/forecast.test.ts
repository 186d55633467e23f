// What a commit leads to when everything goes well, as lines a person would read.

import { describe, expect, it } from 'vitest';
import { describeAction } from '../../src/action/action.ts';
import { forecast } from '../../src/plan/forecast.ts';
import type { World } from '../../src/plan/world.ts';
import { commit, host, service, world } from './world.ts';

const HOSTS = [host('h1'), host('h2'), host('h3')];

function lines(w: World): { lines: string[]; after: World } {
  const result = forecast(w);
  const text = result.actions.map((a) =>
    describeAction(a)
      .replace(/\.[0-9a-f]{12}\./, '.REV.')
      .replace(/@sha256:\w+/, ''),
  );
  return { lines: text, after: result.world };
}

const running = (w: World): string[] =>
  [...w.observed.byService.keys()]
    .flatMap((key) => w.observed.byService.get(key))
    .filter((f) => f.container.status === 'running')
    .map((f) => `${f.identity.service}.${f.identity.ordinal}@${f.host}`)
    .sort();

describe('a first deployment', () => {
  it('spreads the replicas over the hosts and then is silent', () => {
    const first = lines(world(HOSTS, [service('api', { replicas: 3 })]));
    expect(running(first.after)).toEqual(['api.0@h1', 'api.1@h2', 'api.2@h3']);
    expect(lines(first.after).lines).toEqual([]);
  });

  it('pulls and creates the network before it runs', () => {
    const first = lines(world([host('h1')], [service('api')]));
    expect(first.lines).toEqual([
      'pull image registry.test/shop/api on h1',
      'create network plimsoll.shop.api on h1',
      'run shop.api.REV.0.0 on h1',
    ]);
  });
});

describe('a later commit', () => {
  it('replaces every replica when the image changes, new ones first', () => {
    const before = lines(world(HOSTS, [service('api', { replicas: 3 })])).after;
    const after = lines(commit(before, [service('api', { replicas: 3, image: 'registry.test/shop/api:2' })]));
    expect(
      running(after.after)
        .map((r) => r.split('@')[1])
        .sort(),
    ).toEqual(['h1', 'h2', 'h3']);
    const first = after.lines.findIndex((l) => l.startsWith('stop'));
    expect(after.lines.slice(0, first).filter((l) => l.startsWith('pull'))).toHaveLength(3);
    expect(after.lines.slice(0, first).filter((l) => l.startsWith('run'))).toHaveLength(1);
  });

  it('touches nothing when only another service changes', () => {
    const before = lines(world(HOSTS, [service('api'), service('web')])).after;
    const after = lines(
      commit(before, [service('api'), service('web', { image: 'registry.test/shop/web:2' })]),
    );
    expect(after.lines.filter((l) => l.includes('shop.api'))).toEqual([]);
  });

  it('stops first what cannot run twice', () => {
    const container = {
      mounts: [{ kind: 'volume' as const, volume: 'data', target: '/data', readOnly: false }],
    };
    const before = lines(world(HOSTS, [service('db', { container })])).after;
    const after = lines(commit(before, [service('db', { container, image: 'registry.test/shop/db:2' })]));
    expect(after.lines.map((l) => l.split(' ')[0])).toEqual(['pull', 'stop', 'run', 'remove']);
  });

  it('removes what no commit wants any more', () => {
    const before = lines(world(HOSTS, [service('api', { replicas: 2 }), service('web')])).after;
    const after = lines(commit(before, [service('web')]));
    expect(running(after.after)).toEqual(['web.0@h3']);
    expect([...after.after.memory.services.keys()]).toEqual(['shop/web']);
  });
});
