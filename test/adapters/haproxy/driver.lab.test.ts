// The driver against a real HAProxy in a container of a real engine.

import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { systemClock } from '../../../src/adapters/clock/system.ts';
import { createDockerHost } from '../../../src/adapters/docker/docker-host.ts';
import { haproxyOn } from '../../../src/adapters/haproxy/driver.ts';
import { ADMIN, DIRECTORY, serveCommand } from '../../../src/adapters/haproxy/script.ts';
import { HostId } from '../../../src/kernel/ids.ts';
import { Sealed } from '../../../src/kernel/sealed.ts';
import type { Host } from '../../../src/ports/host.ts';
import type { LoadBalancerRules } from '../../../src/ports/load-balancer.ts';
import { renderHaproxy } from '../../../src/proxy/render.ts';
import type { Traffic } from '../../../src/proxy/traffic.ts';
import { plainSpec } from '../../../src/sim/engine/plain-spec.ts';
import { problemOf } from '../../conformance/host-subject.ts';
import { eventually } from '../../lab/eventually.ts';
import { type Lab, startLab } from '../../lab/lab.ts';
import { API, api, door, serving, stable, traffic } from '../../proxy/words.ts';

const SHORT = { deadlineMs: 20_000 } as const;
const NAME = 'plimsoll.proxy.test';

const rulesOf = (told: Traffic): LoadBalancerRules => {
  const settings = {
    admin: ADMIN,
    certificate: `${DIRECTORY}/host.pem`,
    roots: `${DIRECTORY}/ca.pem`,
    maxConnections: 1_000,
    oldProcessMs: 10_000,
  };
  return { ...renderHaproxy(told, settings), files: [] };
};

const offered = (address: string): Traffic =>
  traffic('h1', {
    doors: [door(API, '0.0.0.0', '0.0.0.0/0')],
    pools: [api([stable({ local: [serving({ name: 'api.0', address })] })])],
  });

let lab: Lab;
let host: Host;

beforeAll(async () => {
  lab = await startLab({ hosts: 1 });
  const address = { scheme: 'unix', socketPath: lab.host('h1').dockerSocket } as const;
  host = createDockerHost({
    id: HostId.parse('h1'),
    clock: systemClock,
    address,
    hostKeys: [],
    credential: null,
  });
  await host.connect(SHORT);
  const { pinned } = await lab.images.haproxy('2.6');
  await host.pullImage(pinned, null, () => {}, { deadlineMs: 60_000 });
  await host.createVolume(NAME, {}, SHORT);
  const mounts = [{ kind: 'volume', volume: NAME, target: DIRECTORY, readOnly: false }] as const;
  const id = await host.createContainer(
    {
      name: NAME,
      labels: {},
      image: pinned,
      spec: { ...plainSpec(pinned), entrypoint: serveCommand, mounts, restart: 'unless-stopped' },
      hostPorts: [],
      networks: [],
      sharesNetworkOf: null,
      hosts: [],
      volumes: [NAME],
    },
    SHORT,
  );
  await host.startContainer(id, SHORT);
});
afterAll(async () => {
  await host?.close();
  await lab?.stop();
});

const kill = () => lab.host('h1').run('docker', ['exec', NAME, 'bash', '-c', 'kill -KILL -1']);

/** Once it has begun. */
const hashNow = () =>
  eventually('the load balancer to answer', { deadlineMs: 10_000 }, async () => ({
    hash: (await haproxyOn(host).state(NAME, SHORT)).hash,
  }));

describe('a load balancer that has begun', () => {
  it('has been given no rules, and says so', async () => {
    expect(await hashNow()).toEqual({ hash: null });
  });

  it('serves by the rules that it is given, and tells by which', async () => {
    const rules = rulesOf(offered('127.0.0.2'));
    await haproxyOn(host).apply(NAME, rules, SHORT);
    const state = await haproxyOn(host).state(NAME, SHORT);
    expect(state.hash).toBe(rules.hash);
    expect(state.version).toMatch(/^\d+\.\d+/);
    expect(state.servers.map(({ server }) => server)).toContain('api.0');
  });

  it('may be given them twice', async () => {
    const rules = rulesOf(offered('127.0.0.2'));
    await haproxyOn(host).apply(NAME, rules, SHORT);
    expect((await haproxyOn(host).state(NAME, SHORT)).hash).toBe(rules.hash);
  });

  it('keeps its rules where new ones are not valid', async () => {
    const rules = rulesOf(offered('127.0.0.2'));
    const text = `${rules.text}\nfrontend broken\n  bind nowhere\n`;
    const refused = await problemOf(haproxyOn(host).apply(NAME, { ...rules, text, hash: 'broken' }, SHORT));
    expect(refused.code).toBe('proxy/refused');
    expect(refused.message).toContain('nowhere');
    expect((await haproxyOn(host).state(NAME, SHORT)).hash).toBe(rules.hash);
  });

  it('keeps its rules where a process cannot come up by new ones', async () => {
    const rules = rulesOf(offered('127.0.0.2'));
    // An address that this container does not have: valid, and nothing can listen there.
    const text = `${rules.text}\nfrontend elsewhere\n  bind 192.0.2.1:80\n  timeout client 1s\n`;
    const failed = await problemOf(haproxyOn(host).apply(NAME, { ...rules, text, hash: 'lost' }, SHORT));
    expect(failed.code).toBe('proxy/reload');
    expect((await haproxyOn(host).state(NAME, SHORT)).hash).toBe(rules.hash);
    await kill();
    expect(await hashNow()).toEqual({ hash: rules.hash });
  });

  it('begins by the last rules after it was killed', async () => {
    const rules = rulesOf(offered('127.0.0.3'));
    await haproxyOn(host).apply(NAME, rules, SHORT);
    await kill();
    expect(await hashNow()).toEqual({ hash: rules.hash });
  });

  it('is given files that only it can read', async () => {
    const rules = rulesOf(offered('127.0.0.2'));
    const files = [{ name: 'host.1.pem', content: new Sealed('a key') }];
    await haproxyOn(host).apply(NAME, { ...rules, files }, SHORT);
    const listed = await lab.host('h1').run('docker', ['exec', NAME, 'ls', '-l', `${DIRECTORY}/host.1.pem`]);
    expect(listed).toMatch(/^-rw-------/);
  });
});

describe('a container in which no load balancer answers', () => {
  it('is told from one that is gone', async () => {
    const { pinned: ref } = await lab.images.haproxy('2.6');
    const id = await host.createContainer(
      {
        name: 'asleep',
        labels: {},
        image: ref,
        spec: { ...plainSpec(ref), entrypoint: ['sleep', '3600'] },
        hostPorts: [],
        networks: [],
        sharesNetworkOf: null,
        hosts: [],
        volumes: [],
      },
      SHORT,
    );
    await host.startContainer(id, SHORT);
    expect((await problemOf(haproxyOn(host).state(id, SHORT))).code).toBe('proxy/silent');
    expect((await problemOf(haproxyOn(host).state('nobody', SHORT))).code).toBe('engine/not-found');
  });
});
