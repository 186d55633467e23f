// Services on different real hosts that find each other, through the hosts' load balancers and encrypted.

import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { HostId, ServiceKey } from '../../src/kernel/ids.ts';
import { meshName } from '../../src/proxy/names.ts';
import { asking, containersOf, inContainer } from './consumer.ts';
import { type System, serviceManifest, startSystem } from './harness.ts';

const on = (host: string): string => `  placement: { hosts: { host: ${host} } }`;
const SERVES =
  '  serves: [8080/http]\n  readiness: { http: { path: /cgi-bin/health, port: 8080 }, period: 1s }\n  rollout: { minHealthy: 0s }';
const CONNECTS = '  connects: [api]\n  rollout: { minHealthy: 0s }';

const CAPTURE_S = 4;

let system: System;
let images: Record<'1' | '2', string>;

beforeAll(async () => {
  system = await startSystem({ hosts: 2 });
  const { images: library } = system.lab;
  images = { '1': (await library.web('1')).ref, '2': (await library.web('2')).ref };
  system.balancerImage = (await library.haproxy('2.6')).ref;
  await system.repository.commit({
    ...system.hostManifests(),
    'api.yaml': serviceManifest('api', { image: images['1'], replicas: 2, spec: `${SERVES}\n${on('h2')}` }),
    'web.yaml': serviceManifest('web', { image: images['1'], spec: `${CONNECTS}\n${on('h1')}` }),
  });
  await system.start();
  await system.converged();
});

afterAll(() => system[Symbol.asyncDispose]());

const h2 = (): string => system.lab.host('h2').address;

/** What goes over an interface of h1 within some seconds. */
async function capture(network: string): Promise<Buffer> {
  const file = join(system.lab.directory, `${network}.pcap`);
  const dump = ['tcpdump', '-Z', 'root', '-U', '-i', network, '-w', file];
  await system.lab.host('h1').run('timeout', ['--preserve-status', String(CAPTURE_S), ...dump]);
  return readFileSync(file);
}

/** Asks when the capture has begun. */
async function askWith(token: string): Promise<void> {
  await sleep((CAPTURE_S * 1_000) / 2);
  expect((await inContainer(system, 'web', `wget -qO- http://api:8080/?${token}`)).code).toBe(0);
}

describe('a service whose provider runs on another host', () => {
  it('reaches it by its name', async () => {
    expect((await containersOf(system, 'api')).map(({ host }) => host)).toEqual(['h2', 'h2']);
    expect(await inContainer(system, 'web', 'wget -qO- http://api:8080/')).toEqual({ code: 0, output: '1' });
  });

  it('is not to be overheard on the way', async () => {
    const token = randomUUID();
    const captured = await Promise.all([capture('any'), capture('eth0'), askWith(token)]);
    const [inside, between] = captured;
    expect(inside.includes(token)).toBe(true);
    expect(between.length).toBeGreaterThan(1_000);
    expect(between.includes(token)).toBe(false);
  });

  it.each([
    ['without a certificate', ''],
    ['with one that it made itself', '-cert own.pem -key own.key'],
  ])('does not answer a host %s', async (_, shown) => {
    const made = 'openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj /CN=h1 -days 1';
    const sni = meshName(HostId.parse('h2'), { service: ServiceKey.parse('default/api'), port: 8080 }, 'all');
    const asks = `(printf 'GET / HTTP/1.1\\r\\nHost: api\\r\\n\\r\\n'; sleep 2) | timeout 10 openssl s_client`;
    const script = `cd $(mktemp -d) && ${made} -keyout own.key -out own.pem 2>&1 && ${asks} -connect ${h2()}:4433 -servername ${sni} -quiet ${shown} 2>&1 || true`;
    const heard = await system.lab.host('h1').run('bash', ['-c', script]);
    expect(heard).toMatch(/alert (certificate required|unknown ca)/);
    expect(heard).not.toMatch(/HTTP\/1/);
  });

  it('does not answer what is not encrypted', async () => {
    // What is sent after it was hung up on is lost, and no reason for a signal.
    const script = `trap '' PIPE; exec 3<>/dev/tcp/${h2()}/4433; printf 'GET / HTTP/1.1\\r\\nHost: api\\r\\n\\r\\n' >&3; timeout 3 cat <&3 || true`;
    expect(await system.lab.host('h1').run('bash', ['-c', script])).not.toMatch(/HTTP\/1/);
  });

  it('loses no request in a rollout there', async () => {
    const over = await asking(system, 'web', 100);
    const image = images['2'];
    await system.push({
      'api.yaml': serviceManifest('api', { image, replicas: 2, spec: `${SERVES}\n${on('h2')}` }),
    });
    await system.converged();
    const { answers, failures } = await over();
    expect(failures).toEqual({});
    expect(Object.keys(answers)).toEqual(['1', '2']);
  });

  it('loses no request while all replicas move to its own host', async () => {
    const over = await asking(system, 'web', 100);
    await system.push({
      'api.yaml': serviceManifest('api', {
        image: images['1'],
        replicas: 2,
        spec: `${SERVES}\n${on('h1')}`,
      }),
    });
    await system.converged();
    expect((await over()).failures).toEqual({});
    expect((await containersOf(system, 'api')).map(({ host }) => host)).toEqual(['h1', 'h1']);
  });
});
