// The checks of requests between services: each is broken here on purpose.

import { describe, expect, it } from 'vitest';
import { Calm } from '../../src/sim/checks/calm.ts';
import { Ledger } from '../../src/sim/checks/ledger.ts';
import { LostRequests } from '../../src/sim/checks/lost-requests.ts';
import { Scene } from '../../src/sim/checks/scene.ts';
import type { EndedRequest } from '../../src/sim/requests/requests.ts';
import { Deployed, words } from './deployed.ts';
import { pass } from './pass.ts';
import { service, shopOf } from './plain-shop.ts';

const SHOP = shopOf(
  1,
  service('api', { serves: [{ port: 8_080, protocol: 'http' }] }),
  service('web', { connects: [{ service: 'api', port: 8_080 }] }),
);

/** The api is told to stop so long after a request to it has begun. */
async function stopped(afterMs: number): Promise<string> {
  const d = await Deployed.shop(SHOP);
  const scene = new Scene(d.world);
  const check = new LostRequests(scene, new Ledger(d.world), new Calm(scene));
  const { container, host } = d.container('api');
  const consumer = d.container('web').container;
  const [to] = consumer.made.spec.connects;
  if (to === undefined) throw new Error('web connects to api');
  const beganMs = scene.nowMs - afterMs;
  check.issued(d.effect('stopContainer', { host, object: container.name }));
  d.host(host).engine.people.kill(container.id);
  await pass(d.world, 1);
  const rest = { route: null, because: '', attempts: [], cutBy: container, cutAtMs: d.world.scheduler.nowMs };
  const request: EndedRequest = { host: d.host(host), consumer, to, end: 'cut', beganMs, ...rest };
  return words(() => check.requested(request));
}

describe('a request from service to service', () => {
  it('is answered in a world in which nothing happens', async () => {
    const d = await Deployed.shop(SHOP);
    await pass(d.world, 60_000);
    expect(d.world.counts.of('request answered')).toBeGreaterThan(5);
  });

  it('is lost where the controller stops what has only begun to answer it', async () => {
    expect(await stopped(5_000)).toMatch(/^I5 .* is lost: shop\.api\.\S+ was told to stop 5000 ms after/);
  });

  it('is not lost where it has had its time', async () => {
    expect(await stopped(40_000)).toBe('nothing');
  });
});
