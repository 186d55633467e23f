// Other hosts that have a name as their address: what a container does not find must not make its load balancer wait.

import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { systemClock } from '../../../src/adapters/clock/system.ts';
import { createDockerHost } from '../../../src/adapters/docker/docker-host.ts';
import { haproxyDriver } from '../../../src/adapters/haproxy/haproxy-driver.ts';
import { DIRECTORY } from '../../../src/adapters/haproxy/script.ts';
import { HostId } from '../../../src/kernel/ids.ts';
import { Sealed } from '../../../src/kernel/sealed.ts';
import type { Host } from '../../../src/ports/host.ts';
import type { HostCredentials } from '../../../src/ports/load-balancer.ts';
import { problemOf } from '../../conformance/host-subject.ts';
import { type Lab, startLab } from '../../lab/lab.ts';
import { makeAuthority, makeHostCertificate } from '../../proxy/certificates.ts';
import { API, api, door, MESH_PORTS, on, peer, stable, traffic } from '../../proxy/words.ts';
import { DOOR, hashNow, SHORT, startBalancer } from './words.ts';

const NAME = 'plimsoll.proxy.test';
const KNOWN = 'h2.example.com';

let lab: Lab;
let host: Host;
let credentials: HostCredentials;
let generation = 0;

async function makeCredentials(): Promise<HostCredentials> {
  const directory = mkdtempSync(join(tmpdir(), 'plimsoll-peers-'));
  try {
    await makeAuthority(directory);
    await makeHostCertificate(directory, directory, HostId.parse('h1'));
    const read = (file: string) => new Sealed(readFileSync(join(directory, file), 'utf8'));
    return { certificate: read('host.pem'), roots: read('ca.pem') };
  } finally {
    rmSync(directory, { recursive: true });
  }
}

beforeAll(async () => {
  credentials = await makeCredentials();
  lab = await startLab({ hosts: 1 });
  const address = { scheme: 'unix', socketPath: lab.host('h1').dockerSocket } as const;
  const id = HostId.parse('h1');
  host = createDockerHost({ id, clock: systemClock, address, hostKeys: [], credential: null });
  await host.connect(SHORT);
  const image = (await lab.images.haproxy('2.6')).pinned;
  await host.pullImage(image, null, () => {}, { deadlineMs: 60_000 });
  await startBalancer(host, NAME, image, { hosts: [`${KNOWN}:192.0.2.7`] });
  await hashNow(host, NAME);
});
afterAll(async () => {
  await host?.close();
  await lab?.stop();
});

/** Tells it to lead to h2 at this address. */
async function tell(address: string): Promise<void> {
  generation += 1;
  const told = traffic('h1', {
    doors: [door(API, DOOR, '127.0.0.0/8')],
    pools: [api([stable({ remote: [on('h2')] })])],
    peers: [peer('h2', address)],
    mesh: { address: '0.0.0.0', ports: MESH_PORTS },
  });
  const telling = { traffic: told, mark: `mark.${generation}`, generation, credentials };
  await haproxyDriver.on(host).tell(NAME, telling, SHORT);
}

const serversOfH2 = async () => {
  const rules = await lab.host('h1').run('docker', ['exec', NAME, 'cat', `${DIRECTORY}/current/haproxy.cfg`]);
  return [...new Set([...rules.matchAll(/server h2 (\S+)/g)].map(([, address]) => address))];
};

it('a name that is found in the container is told as its address', async () => {
  await tell(KNOWN);
  expect(await serversOfH2()).toEqual(['192.0.2.7:4433']);
});

it('an address is told as it is', async () => {
  await tell('192.0.2.8');
  expect(await serversOfH2()).toEqual(['192.0.2.8:4433']);
});

it('a name that nobody knows is refused with the host it is of, and the rules before stay', async () => {
  const before = (await hashNow(host, NAME)).hash;
  const { code, message } = await problemOf(tell('nowhere.example.com'));
  expect(code).toBe('proxy/unknown-host');
  expect(message).toContain('does not find nowhere.example.com, the mesh address of host h2');
  expect((await hashNow(host, NAME)).hash).toBe(before);
});
