// How often the load balancers of the hosts are asked, and which of their answers are news.

import { describe, expect, it } from 'vitest';
import { HostId } from '../../src/kernel/ids.ts';
import { BalancerWatch } from '../../src/loop/balancer-watch.ts';
import type { LoadBalancerState } from '../../src/ports/load-balancer.ts';
import { VirtualTime } from '../sim/engine/virtual-time.ts';

const H1 = HostId.parse('h1');

/** It serves by these rules, and has so many requests to answer at one replica. */
const serving = (hash: string, sessions: number): LoadBalancerState => ({
  hash,
  version: '2.6.12',
  uptimeMs: 60_000,
  servers: [{ backend: 'b', server: 's', address: '10.201.0.2', isUp: true, sessions, total: sessions }],
});

class Watching {
  readonly time = new VirtualTime();
  /** What the next looks find; the last one again and again. */
  finds: LoadBalancerState[] = [];
  looks = 0;
  news = 0;
  readonly watch = new BalancerWatch({
    clock: this.time,
    balancer: () => ({
      tell: () => Promise.reject(new Error('nobody tells it anything here')),
      measure: () => Promise.reject(new Error('nobody asks what it has counted here')),
      state: () => {
        this.looks += 1;
        const [first = serving('none', 0), ...rest] = this.finds;
        if (rest.length > 0) this.finds = rest;
        return Promise.resolve(first);
      },
    }),
    onChange: () => {
      this.news += 1;
    },
  });

  begin(isUrgent: boolean): void {
    this.watch.update(new Map([[H1, { container: 'c1', startedAt: 0, isUrgent }]]));
  }
}

describe('a load balancer that nobody waits for', () => {
  it('is asked four times a minute', async () => {
    const w = new Watching();
    w.begin(false);
    await w.time.pass(59_000);
    expect(w.looks).toBe(4);
  });

  it('is no news when it has more or less to answer than before', async () => {
    const w = new Watching();
    w.finds = [serving('a.1', 1), serving('a.1', 7), serving('a.1', 0)];
    w.begin(false);
    await w.time.pass(59_000);
    expect(w.news).toBe(1);
    expect(w.watch.facts.get(H1)?.sessions).toEqual(new Map([['10.201.0.2', 0]]));
  });

  it('is news when it serves by other rules', async () => {
    const w = new Watching();
    w.finds = [serving('a.1', 1), serving('b.2', 1)];
    w.begin(false);
    await w.time.pass(59_000);
    expect(w.news).toBe(2);
  });
});

describe('a load balancer that a rollout waits for', () => {
  it('is asked at once and twice a second, and each answer is news', async () => {
    const w = new Watching();
    w.finds = [serving('a.1', 1)];
    w.begin(false);
    await w.time.pass(5_000);
    expect([w.looks, w.news]).toEqual([1, 1]);
    w.begin(true);
    await w.time.pass(1_000);
    expect(w.looks).toBeGreaterThanOrEqual(3);
    expect(w.news).toBe(w.looks);
  });
});
