// A host reached over TCP, where both sides show a certificate: real dockerd with --tlsverify.

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { systemClock } from '../../../src/adapters/clock/system.ts';
import { createDockerHost } from '../../../src/adapters/docker/docker-host.ts';
import { type Problem, toProblem } from '../../../src/kernel/errors.ts';
import { HostId } from '../../../src/kernel/ids.ts';
import { Sealed } from '../../../src/kernel/sealed.ts';
import type { Host } from '../../../src/ports/host.ts';
import { type Lab, startLab } from '../../lab/lab.ts';
import { type Authority, type KeyPair, newAuthority } from './certificates.ts';

const QUICK = { deadlineMs: 10_000 };
const PORT = 2376;

let lab: Lab;
const ours = newAuthority('ours');
const theirs = newAuthority('theirs');
const directory = mkdtempSync(join(tmpdir(), 'plimsoll-tls-'));

beforeAll(async () => {
  // The lab's addresses are known only when it has started: the certificate names all that it may get.
  const addresses = Array.from({ length: 200 }, (_, slot) => `10.231.${slot}.11`);
  const engine = ours.issue('engine', addresses);
  const file = (name: string, text: string): string => {
    const path = join(directory, name);
    writeFileSync(path, text);
    return path;
  };
  const dockerdArgs = [
    `--host=tcp://0.0.0.0:${PORT}`,
    '--tlsverify',
    `--tlscacert=${file('ca.pem', ours.certificate)}`,
    `--tlscert=${file('engine.pem', engine.certificate)}`,
    `--tlskey=${file('engine.key', engine.key)}`,
  ];
  lab = await startLab({ hosts: [{ dockerdArgs }] });
});
afterAll(async () => {
  await lab?.stop();
  rmSync(directory, { recursive: true });
});

function overTls(ca: Authority, { certificate, key }: KeyPair): Host {
  return createDockerHost({
    id: HostId.parse('h1'),
    address: { scheme: 'tcp', host: lab.host('h1').address, port: PORT },
    hostKeys: [],
    credential: { kind: 'tls', ca: ca.certificate, certificate, privateKey: new Sealed(key) },
    clock: systemClock,
  });
}

const failure = (host: Host): Promise<Problem> =>
  host.connect({ deadlineMs: 3_000 }).then((engine) => {
    throw new Error(`it connected to ${engine.id}`);
  }, toProblem);

describe('an engine behind TLS', () => {
  it('is reached by who has a certificate', async () => {
    const host = overTls(ours, ours.issue('controller'));
    const engine = await host.connect(QUICK);
    const report = await host.report(new Map(), QUICK);
    expect(report).toMatchObject({ engine: { id: engine.id }, containers: [] });
    await host.close();
  });

  it('is not reached by who has none of its own authority', async () => {
    expect(await failure(overTls(ours, theirs.issue('intruder')))).toMatchObject({ code: 'host/auth' });
  });

  it('is not trusted where its certificate is of another authority', async () => {
    expect(await failure(overTls(theirs, ours.issue('misled')))).toMatchObject({
      code: 'host/key-mismatch',
    });
  });

  it('is lost when it takes no connection any more, and is told so once', async () => {
    const host = overTls(ours, ours.issue('watcher'));
    const losses: string[] = [];
    host.onDisconnect((because) => losses.push(because));
    await host.connect(QUICK);
    await lab.host('h1').dockerd.stop();
    const calls = await Promise.all([1, 2, 3].map(() => host.listNetworks(QUICK).catch(toProblem)));
    expect(calls).toEqual(Array(3).fill(expect.objectContaining({ code: 'host/unreachable' })));
    expect(losses).toHaveLength(1);
    await lab.host('h1').dockerd.start();
    await expect(host.connect(QUICK)).resolves.toBeDefined();
    await host.close();
  });
});
