// The checks of requests between services: each is broken here on purpose.

import { describe, expect, it } from 'vitest';
import { Calm, type HostCalm } from '../../src/sim/checks/calm.ts';
import { Hold } from '../../src/sim/checks/hold.ts';
import { Ledger } from '../../src/sim/checks/ledger.ts';
import { LostRequests } from '../../src/sim/checks/lost-requests.ts';
import { Scene } from '../../src/sim/checks/scene.ts';
import type { EffectKind } from '../../src/sim/link/observer.ts';
import type { EndedRequest } from '../../src/sim/requests/requests.ts';
import { routeFrom } from '../../src/sim/requests/route.ts';
import type { SimHost } from '../../src/sim/world/fleet.ts';
import { Deployed, words } from './deployed.ts';
import { pass } from './pass.ts';
import { service, shopOf } from './plain-shop.ts';
import { actingIn } from './present.ts';

const SHOP = shopOf(
  1,
  service('api', { serves: [{ port: 8_080, protocol: 'http' }] }),
  service('web', { connects: [{ service: 'api', port: 8_080 }] }),
);

interface Story {
  readonly kind?: EffectKind;
  readonly end?: 'cut' | 'unreached';
  readonly afterMs?: number;
}

/** The api is told to stop, or is restarted, so long after a request to it has begun; and what becomes of the request. */
async function ended(
  { kind = 'stopContainer', end = 'cut', afterMs = 5_000 }: Story,
  meddle: (host: SimHost, calm: HostCalm | null) => void = () => {},
): Promise<string> {
  const d = await Deployed.shop(SHOP);
  const scene = new Scene(d.world);
  const calm = new Calm(scene);
  const ledger = new Ledger(d.world);
  const check = new LostRequests(scene, ledger, calm, new Hold(scene, ledger));
  const { container, host: id } = d.container('api');
  const host = d.host(id);
  const consumer = d.container('web').container;
  const [to] = consumer.made.spec.connects;
  if (to === undefined) throw new Error('web connects to api');
  const { nowMs } = scene;
  meddle(host, calm.of(id));
  check.issued(d.effect(kind, { host: id, object: container.name }));
  host.engine.people.kill(container.id);
  await pass(d.world, 1);
  const replica = { name: container.name, address: '10.201.0.9', state: 'serving' as const };
  const route = routeFrom(host, consumer, to);
  if (typeof route === 'string') throw new Error(route);
  const attempts =
    end === 'cut' ? [] : [{ route, replica, there: null, isJoined: false, hasAnswered: false }];
  const cut = { cutBy: end === 'cut' ? container : null, cutOn: host, cutAtMs: d.world.scheduler.nowMs };
  const request: EndedRequest = {
    ...{
      host,
      group: null,
      consumer,
      to,
      end,
      beganMs: nowMs - afterMs,
      route: null,
      because: '',
      attempts,
      refusals: [],
    },
    ...cut,
  };
  return words(() => check.requested(request));
}

describe('a request from service to service', () => {
  it('is answered in a world in which nothing happens', async () => {
    const d = await Deployed.shop(SHOP);
    await pass(d.world, 60_000);
    expect(d.world.counts.of('request answered')).toBeGreaterThan(5);
  });

  it('is lost where the controller stops what has only begun to answer it', async () => {
    expect(await ended({})).toMatch(/^I5 .* is lost: shop\.api\.\S+ was told to stop 5000 ms after/);
  });

  it('is not lost where it has had its time', async () => {
    expect(await ended({ afterMs: 40_000 })).toBe('nothing');
  });

  it('is lost where it is led to nobody but who was told to stop', async () => {
    expect(await ended({ end: 'unreached' })).toMatch(/is led to shop\.api\.\S+, which was told to stop/);
  });

  it.each([
    ['a moment before', 1_000, 'nothing'],
    ['so long before that it was looked at since', 8_000, /which was told to stop/],
  ])(
    'led there by older rules, which somebody put back %s, is nobody’s fault, or it is',
    async (_, agoMs, verdict) => {
      const end = 'unreached' as const;
      const found = await ended({ end }, (host) => {
        host.rulesSetBackMs = host.engine.machine.clock.monotonicMs() - agoMs;
      });
      expect(found).toMatch(verdict);
    },
  );

  it.each([
    ['since its probes got lost a moment ago', 1_000, 'nothing'],
    ['although all of them got through', 61_000, /was told to stop 5000 ms after/],
  ])('to what is restarted %s: %d ms', async (_, clearForMs, verdict) => {
    const kind = 'restartContainer' as const;
    const found = await ended({ kind }, (host, calm) => {
      if (calm !== null) calm.clearMs = host.engine.machine.clock.monotonicMs() - clearForMs;
    });
    expect(found).toMatch(verdict);
  });

  it.each([
    ['and nothing has been wrong for long', 0, /^I5 .* is lost: it is led to h1, and nothing listens there/],
    ['a moment after something was wrong with its load balancer', 1_000, 'nothing'],
  ])('is lost where another host does not answer it, %s', async (_, struckAgoMs, verdict) => {
    const d = await Deployed.shop(SHOP);
    const scene = new Scene(d.world);
    const [calm, ledger] = [new Calm(scene), new Ledger(d.world)];
    const check = new LostRequests(scene, ledger, calm, new Hold(scene, ledger));
    const host = d.host('h1');
    calm.afterEvent();
    calm.connected(host.id, actingIn(d.world));
    await pass(d.world, 120_000);
    if (struckAgoMs > 0) host.balancerStruckMs = scene.nowMs - struckAgoMs;
    const consumer = d.container('web').container;
    const [to] = consumer.made.spec.connects;
    if (to === undefined) throw new Error('web connects to api');
    const request: EndedRequest = {
      ...{
        host,
        consumer,
        to,
        end: 'unreached',
        beganMs: scene.nowMs,
        route: null,
        because: '',
        group: null,
        attempts: [],
      },
      ...{
        refusals: [{ host: 'h1', because: 'nothing listens there' }],
        cutBy: null,
        cutOn: host,
        cutAtMs: 0,
      },
    };
    expect(words(() => check.requested(request))).toMatch(verdict);
  });
});
