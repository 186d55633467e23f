// A host reached over TCP, where both sides show a certificate: real dockerd with --tlsverify.

import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { systemClock } from '../../../src/adapters/clock/system.ts';
import { createDockerHost } from '../../../src/adapters/docker/docker-host.ts';
import { type Problem, toProblem } from '../../../src/kernel/errors.ts';
import { HostId } from '../../../src/kernel/ids.ts';
import { Sealed } from '../../../src/kernel/sealed.ts';
import type { Host } from '../../../src/ports/host.ts';
import { type Lab, startLab } from '../../lab/lab.ts';
import { type Authority, type KeyFiles, newAuthority, readText } from './certificates.ts';

const QUICK = { deadlineMs: 10_000 };
const PORT = 2376;

let lab: Lab;
let ours: Authority;
let theirs: Authority;

beforeAll(async () => {
  [ours, theirs] = await Promise.all([newAuthority(), newAuthority()]);
  // The lab's addresses are known only when it has started: the certificate names all that it may get.
  const addresses = Array.from({ length: 200 }, (_, slot) => `10.231.${slot}.11`);
  const engine = await ours.sign('engine', addresses);
  const dockerdArgs = [
    `--host=tcp://0.0.0.0:${PORT}`,
    '--tlsverify',
    `--tlscacert=${ours.certificate}`,
    `--tlscert=${engine.certificate}`,
    `--tlskey=${engine.key}`,
  ];
  lab = await startLab({ hosts: [{ dockerdArgs }] });
});
afterAll(async () => {
  await lab?.stop();
  ours?.[Symbol.dispose]();
  theirs?.[Symbol.dispose]();
});

function overTls(ca: Authority, { certificate, key }: KeyFiles): Host {
  return createDockerHost({
    id: HostId.parse('h1'),
    address: { scheme: 'tcp', host: lab.host('h1').address, port: PORT },
    hostKeys: [],
    credential: {
      kind: 'tls',
      ca: readText(ca.certificate),
      certificate: readText(certificate),
      privateKey: new Sealed(readText(key)),
    },
    clock: systemClock,
  });
}

const failure = (host: Host): Promise<Problem> =>
  host.connect({ deadlineMs: 3_000 }).then((engine) => {
    throw new Error(`it connected to ${engine.id}`);
  }, toProblem);

describe('an engine behind TLS', () => {
  it('is reached by who has a certificate', async () => {
    const host = overTls(ours, await ours.sign('controller'));
    const engine = await host.connect(QUICK);
    const report = await host.report(new Map(), QUICK);
    expect(report).toMatchObject({ engine: { id: engine.id }, containers: [] });
    await host.close();
  });

  it('is not reached by who has none of its own authority', async () => {
    expect(await failure(overTls(ours, await theirs.sign('intruder')))).toMatchObject({ code: 'host/auth' });
  });

  it('is not trusted where its certificate is of another authority', async () => {
    expect(await failure(overTls(theirs, await ours.sign('misled')))).toMatchObject({
      code: 'host/key-mismatch',
    });
  });

  it('is lost when it takes no connection any more, and is told so once', async () => {
    const host = overTls(ours, await ours.sign('watcher'));
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
