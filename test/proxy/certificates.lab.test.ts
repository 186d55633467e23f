// Load balancers with certificates of Plimsoll's own authority: that they understand each other, that nobody
// else gets in, and that certificates and roots change under load without anybody noticing.

import { randomBytes } from 'node:crypto';
import { connect as connectTls } from 'node:tls';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openAuthority } from '../../src/adapters/authority/authority.ts';
import { ControllerId, HostId } from '../../src/kernel/ids.ts';
import { Sealed } from '../../src/kernel/sealed.ts';
import { type Instant, instant } from '../../src/kernel/time.ts';
import type { CertificateAuthority, StoredRoot } from '../../src/ports/authority.ts';
import { meshName } from '../../src/proxy/names.ts';
import { eventually } from '../lab/eventually.ts';
import { ask, askMany } from './client.ts';
import { ProxyFleet, type RunningProxy } from './fleet.ts';
import { HTTP_PORT, WebServer } from './servers.ts';
import { answersNeighbour, asksNeighbour } from './two-hosts.ts';
import { API, MESH_PORTS, STABLE } from './words.ts';

const DAY_MS = 86_400_000;
const fleet = new ProxyFleet();
const address = (host: string, station: number): string => fleet.address(host, station);
const question = { to: address('h1', 1), port: HTTP_PORT, from: address('h1', 2) };

let authority: CertificateAuthority;
let h1: RunningProxy;
let h2: RunningProxy;
let web: WebServer;

interface Equipment {
  readonly by: StoredRoot;
  readonly trusts: readonly StoredRoot[];
  /** Whose certificate it is, if not its own. */
  readonly as?: string;
  readonly issuedAt?: Instant;
}

/** Gives a host's load balancer new files, by which alone it is known to be reloaded; gives the certificate. */
async function equip(host: 'h1' | 'h2', { by, trusts, as = host, issuedAt }: Equipment): Promise<string> {
  const made = await authority.issue(by, HostId.parse(as), issuedAt ?? instant(Date.now()));
  if (!made.ok) throw new Error(made.error.message);
  const { certificate, key } = made.value;
  const proxy = host === 'h1' ? h1 : h2;
  proxy.hold(certificate + key.open(), trusts.map((root) => root.certificate).join(''));
  await proxy.follow(host === 'h1' ? asksNeighbour(fleet) : answersNeighbour(fleet, web));
  return certificate;
}

const newRoot = (): Promise<StoredRoot> => authority.createRoot(instant(Date.now()));

/** What h2 shows to other hosts. */
function shown(): Promise<string> {
  const host = HostId.parse('h2');
  const socket = connectTls({
    host: address('h2', 0),
    port: MESH_PORTS.http,
    servername: meshName(host, API, STABLE),
    rejectUnauthorized: false,
  });
  return new Promise((resolve, reject) => {
    socket.on('error', reject);
    socket.on('secureConnect', () => {
      resolve(socket.getPeerX509Certificate()?.toString() ?? '');
      socket.destroy();
    });
  });
}

/** The process that a reload replaces may still take some of the connections that come meanwhile. */
const showing = (certificate: string) =>
  eventually(
    'the new certificate',
    { deadlineMs: 5_000 },
    async () => (await shown()).trim() === certificate.trim(),
  );

/** Connections that were open answer once more, and a host that did not answer is tried again after a second. */
const answersWith = (what: string, isRight: (status: number) => boolean) =>
  eventually(what, { deadlineMs: 5_000 }, async () => isRight((await ask(question)).status));

/** Tests begin with roots of their own: at first h1 holds h2 for a host that is gone. */
const understanding = () => answersWith('hosts that understand each other', (status) => status === 200);

beforeAll(async () => {
  const options = { controller: ControllerId.parse('main'), masterKey: new Sealed(randomBytes(32)) };
  const opened = openAuthority(options);
  if (!opened.ok) throw new Error(opened.error.message);
  authority = opened.value;
  web = await WebServer.start('api.0', address('h2', 11));
  h1 = await fleet.proxy('h1');
  h2 = await fleet.proxy('h2');
});
afterAll(async () => {
  await fleet[Symbol.asyncDispose]();
  await web[Symbol.asyncDispose]();
});

describe('hosts with certificates of the authority', () => {
  it('ask each other', async () => {
    const root = await newRoot();
    await equip('h2', { by: root, trusts: [root] });
    await equip('h1', { by: root, trusts: [root] });
    await understanding();
    const { answers, failures } = await askMany(question, { count: 200, connections: 4 });
    expect(failures).toEqual([]);
    expect([...answers.keys()]).toEqual(['api.0']);
  });

  it('lose no request while certificates are renewed', async () => {
    const root = await newRoot();
    await equip('h2', { by: root, trusts: [root] });
    await equip('h1', { by: root, trusts: [root] });
    await understanding();
    const failures = await underLoad(async () => {
      for (let n = 0; n < 6; n += 1) {
        const certificate = await equip('h2', { by: root, trusts: [root] });
        await showing(certificate);
        await equip('h1', { by: root, trusts: [root] });
      }
    });
    expect(failures).toEqual([]);
  });

  it('lose no request while one root gives way to another', async () => {
    const [old, fresh] = [await newRoot(), await newRoot()];
    const phases = [
      { by: old, trusts: [old] },
      { by: old, trusts: [old, fresh] },
      { by: fresh, trusts: [old, fresh] },
      { by: fresh, trusts: [fresh] },
    ];
    for (const host of ['h2', 'h1'] as const) await equip(host, { by: old, trusts: [old] });
    await understanding();
    const failures = await underLoad(async () => {
      for (const phase of phases) {
        await equip('h1', phase);
        const certificate = await equip('h2', phase);
        await showing(certificate);
      }
    });
    expect(failures).toEqual([]);
  });
});

/** What went wrong with requests that were sent all the while. */
async function underLoad(work: () => Promise<void>): Promise<readonly string[]> {
  let isOver = false;
  const options = { count: 1e9, connections: 4, isOver: () => isOver };
  const gets = askMany(question, options);
  const posts = askMany({ ...question, method: 'POST', path: '/echo', body: 'x' }, options);
  try {
    await work();
  } finally {
    isOver = true;
  }
  const tallies = [await gets, await posts];
  const answered = tallies.map(({ answers }) => [...answers.values()].reduce((sum, count) => sum + count, 0));
  expect(Math.min(...answered)).toBeGreaterThan(100);
  return tallies.flatMap(({ failures }) => failures);
}

/** Once the connections of before are closed, no request reaches the replica. */
async function expectNoAnswer(): Promise<void> {
  await answersWith('no answer', (status) => status === 502 || status === 503);
  const requestsBefore = web.requests;
  const { answers } = await askMany(question, { count: 20, connections: 4 });
  expect([...answers.keys()]).toEqual([]);
  expect(web.requests).toBe(requestsBefore);
}

describe('a request that would go to a host', () => {
  it.each([
    { what: 'that shows the certificate of another host', host: 'h2' as const, as: 'h3', ageMs: 0 },
    { what: 'whose certificate has expired', host: 'h2' as const, as: 'h2', ageMs: DAY_MS },
    { what: 'by a host whose certificate has expired', host: 'h1' as const, as: 'h1', ageMs: DAY_MS },
    { what: 'by a host that may not ask for the service', host: 'h1' as const, as: 'h9', ageMs: 0 },
  ])('$what is answered by nobody', async ({ host, as, ageMs }) => {
    const root = await newRoot();
    await equip('h2', { by: root, trusts: [root] });
    await equip('h1', { by: root, trusts: [root] });
    await understanding();
    await equip(host, { by: root, trusts: [root], as, issuedAt: instant(Date.now() - ageMs) });
    await expectNoAnswer();
  });

  it('of another root is answered by nobody', async () => {
    const [root, other] = [await newRoot(), await newRoot()];
    await equip('h2', { by: other, trusts: [root, other] });
    await equip('h1', { by: root, trusts: [root] });
    await expectNoAnswer();
  });
});
