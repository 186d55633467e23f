// The driver against a real HAProxy in a container of a real engine.

import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { systemClock } from '../../../src/adapters/clock/system.ts';
import { createDockerHost } from '../../../src/adapters/docker/docker-host.ts';
import { haproxyOn } from '../../../src/adapters/haproxy/driver.ts';
import { DIRECTORY } from '../../../src/adapters/haproxy/script.ts';
import { plainContainer } from '../../../src/desired/plain-container.ts';
import { HostId } from '../../../src/kernel/ids.ts';
import type { Host } from '../../../src/ports/host.ts';
import type { LoadBalancerRules } from '../../../src/ports/load-balancer.ts';
import { problemOf } from '../../conformance/host-subject.ts';
import { eventually } from '../../lab/eventually.ts';
import { type Lab, startLab } from '../../lab/lab.ts';
import { makeAuthority, makeHostCertificate } from '../../proxy/certificates.ts';
import { MESH_PORTS } from '../../proxy/words.ts';
import { DOOR, hashNow, offered, rulesOf, SHORT, startBalancer } from './words.ts';

const NAME = 'plimsoll.proxy.test';

let lab: Lab;
let host: Host;
let image: string;

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
  image = (await lab.images.haproxy('2.6')).pinned;
  await host.pullImage(image, null, () => {}, { deadlineMs: 60_000 });
  await startBalancer(host, NAME, image);
});
afterAll(async () => {
  await host?.close();
  await lab?.stop();
});

const inside = (script: string) => lab.host('h1').run('docker', ['exec', NAME, 'bash', '-c', script]);
const kill = () => inside('kill -KILL -1');
const apply = (rules: LoadBalancerRules) => haproxyOn(host).apply(NAME, rules, SHORT);
const state = () => haproxyOn(host).state(NAME, SHORT);
const now = () => hashNow(host, NAME);
/** An address that this container does not have: valid, and nothing can listen there. */
const NOWHERE = '\nfrontend elsewhere\n  bind 192.0.2.1:80\n  timeout client 1s\n';

describe('a load balancer that has begun', () => {
  it('has been given no rules, and says so', async () => {
    expect(await now()).toEqual({ hash: null });
  });

  it('serves by the rules that it is given, and tells by which', async () => {
    const rules = rulesOf(offered('127.0.0.2'));
    await apply(rules);
    const { hash, version, servers } = await state();
    expect(hash).toBe(rules.hash);
    expect(version).toMatch(/^\d+\.\d+/);
    expect(servers.map(({ server }) => server)).toContain('api.0');
  });

  it('lets those that clients talk to have no rights and no keys', async () => {
    const users = await inside(
      'for p in /proc/[0-9]*; do [[ $(<$p/comm) == haproxy ]] && stat -c %u $p; done; true',
    );
    expect(users.trim().split('\n').sort()).toEqual(['0', '99']);
    const keys = await inside(`stat -c '%u %a' ${DIRECTORY}/current/*.pem`);
    expect(new Set(keys.trim().split('\n'))).toEqual(new Set(['0 600']));
  });

  it('may be given them twice', async () => {
    const rules = rulesOf(offered('127.0.0.2'));
    await apply(rules);
    await apply(rules);
    expect((await state()).hash).toBe(rules.hash);
  });

  it('keeps its rules where new ones are not valid', async () => {
    const rules = rulesOf(offered('127.0.0.2'));
    await apply(rules);
    const text = `${rules.text}\nfrontend broken\n  bind nowhere\n`;
    const refused = await problemOf(apply({ ...rules, text, hash: 'broken' }));
    expect(refused.code).toBe('proxy/refused');
    expect(refused.message).toContain('nowhere');
    expect((await state()).hash).toBe(rules.hash);
  });

  it('keeps its rules where a process cannot come up by new ones', async () => {
    const rules = rulesOf(offered('127.0.0.2'));
    await apply(rules);
    const failed = await problemOf(apply({ ...rules, text: rules.text + NOWHERE, hash: 'lost' }));
    expect(failed.code).toBe('proxy/reload');
    expect((await state()).hash).toBe(rules.hash);
    await kill();
    expect(await now()).toEqual({ hash: rules.hash });
  });

  it('begins by the last rules after it was killed', async () => {
    const rules = rulesOf(offered('127.0.0.3'));
    await apply(rules);
    await kill();
    expect(await now()).toEqual({ hash: rules.hash });
  });
});

describe('a load balancer that is told to stop', () => {
  it.each(['SIGTERM', 'SIGUSR1'])(
    'by %s ends by itself, and begins by its last rules when it is started again',
    async (signal) => {
      const rules = rulesOf(offered('127.0.0.3'));
      await apply(rules);
      const container = lab.host('h1').docker.getContainer(NAME);
      await container.kill({ signal });
      await eventually(
        'its end',
        { deadlineMs: 10_000 },
        async () => !(await container.inspect()).State.Running,
      );
      expect((await container.inspect()).State.ExitCode).toBe(0);
      await container.start();
      expect(await now()).toEqual({ hash: rules.hash });
    },
  );
});

describe('rules that arrive in another order than they were made in', () => {
  it('leave the newest in force', async () => {
    const [older, newer] = [rulesOf(offered('127.0.0.4')), rulesOf(offered('127.0.0.5'))];
    await apply(newer);
    expect((await problemOf(apply(older))).code).toBe('proxy/superseded');
    expect((await state()).hash).toBe(newer.hash);
  });

  it('leave the newest in force where they arrive at once', async () => {
    const many = Array.from({ length: 6 }, (_, n) => rulesOf(offered(`127.0.1.${n}`)));
    const problems = await Promise.all(
      many.toReversed().map((rules) => apply(rules).catch((error) => error.code)),
    );
    for (const problem of problems) expect([undefined, 'proxy/superseded']).toContain(problem);
    expect((await state()).hash).toBe(many.at(-1)?.hash);
  });
});

describe('certificates', () => {
  const listed = async () => (await inside(`cd ${DIRECTORY}/sets && ls */*.pem`)).trim().split('\n').sort();

  it('make other rules, which are taken up, by their content alone', async () => {
    const directory = mkdtempSync(join(tmpdir(), 'plimsoll-certificates-'));
    await makeAuthority(directory);
    const issued = async () => {
      await makeHostCertificate(directory, directory, HostId.parse('h1'));
      const read = (file: string) => readFileSync(join(directory, file), 'utf8');
      const mesh = { address: '127.0.0.1', ports: MESH_PORTS };
      return rulesOf({ ...offered('127.0.0.2'), mesh }, read('host.pem'), read('ca.pem'));
    };
    const [old, renewed] = [await issued(), await issued()];
    rmSync(directory, { recursive: true });
    expect(renewed.hash).not.toBe(old.hash);
    for (const rules of [old, renewed]) {
      await apply(rules);
      expect((await state()).hash).toBe(rules.hash);
    }
  });

  it('go with the rules that named them, but for those before', async () => {
    const three = ['3', '4', '5'].map((n) => rulesOf(offered(`127.0.0.${n}`), `host ${n}`));
    for (const rules of three) await apply(rules);
    const kept = three.slice(1).flatMap(({ hash, files }) => files.map(({ name }) => `${hash}/${name}`));
    expect(await listed()).toEqual(kept.sort());
  });
});

describe('a load balancer that cannot begin by its last rules', () => {
  const spoil = (with_: string) =>
    inside(`printf '${with_.replaceAll('\n', '\\n')}' >> ${DIRECTORY}/current/haproxy.cfg`);

  it.each([
    { what: 'they are not valid to it', more: 'nonsense\n' },
    { what: 'no process comes up by them', more: NOWHERE },
  ])('because $what serves nobody, says so, and takes new ones', async ({ more }) => {
    const rules = rulesOf(offered('127.0.0.2'));
    await apply(rules);
    await spoil(more);
    await kill();
    await eventually('empty rules', { deadlineMs: 20_000 }, async () => (await now()).hash === null);
    const next = rulesOf(offered('127.0.0.2'));
    await apply(next);
    expect((await state()).hash).toBe(next.hash);
    await kill();
    expect(await now()).toEqual({ hash: next.hash });
  });
});

describe('what a replica has to do', () => {
  const ADDRESS = '127.0.0.20';
  const request = 'printf "GET /cgi-bin/slow HTTP/1.1\\r\\nhost: api\\r\\n\\r\\n" >&3';
  const open = `exec 3<>/dev/tcp/${DOOR}/8080`;
  const total = async () => {
    const { servers } = await state();
    const own = servers.filter(({ server }) => server === 'api.0');
    return own.reduce((sum, { sessions }) => sum + sessions, 0);
  };

  beforeAll(() =>
    inside(`
      mkdir -p /tmp/www/cgi-bin
      printf '#!/bin/sh\\nsleep 4\\nprintf "content-length: 2\\\\r\\\\n\\\\r\\\\nok"\\n' > /tmp/www/cgi-bin/slow
      chmod +x /tmp/www/cgi-bin/slow
      busybox httpd -p ${ADDRESS}:8080 -h /tmp/www
    `),
  );
  beforeEach(() => apply(rulesOf(offered(ADDRESS, { isProbed: false }))));

  it('is counted in processes that a reload has replaced, until it is done', async () => {
    const asking = inside(`${open}; ${request}; head -c 12 <&3`);
    await eventually('the request', { deadlineMs: 3_000 }, async () => (await total()) === 1);
    await apply(rulesOf(offered('127.0.0.21')));
    expect(await total()).toBe(1);
    await apply(rulesOf(offered('127.0.0.22')));
    expect(await total()).toBe(1);
    expect(await asking).toBe('HTTP/1.1 200');
    await eventually('the end of the request', { deadlineMs: 3_000 }, async () => (await total()) === 0);
  });

  it('is nothing where a connection is open and idle', async () => {
    const idle = inside(`${open}; ${request}; head -c 12 <&3; sleep 8`);
    await eventually('the request', { deadlineMs: 3_000 }, async () => (await total()) === 1);
    await eventually('its end', { deadlineMs: 6_000 }, async () => (await total()) === 0);
    await apply(rulesOf(offered('127.0.0.21')));
    expect(await total()).toBe(0);
    await idle;
  });
});

describe('a container in which no load balancer answers', () => {
  it('is told from one that is gone', async () => {
    const id = await host.createContainer(
      {
        name: 'asleep',
        labels: {},
        image,
        spec: { ...plainContainer(image), entrypoint: ['sleep', '3600'] },
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
