// The client against a controller: what it is told, and what it says when nobody answers.

import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { createConnection, createServer, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ask } from '../../src/api/client/transport.ts';
import { ControllerClient, type ControllerEvent, unixConnect } from '../../src/api/client.ts';
import { toProblem } from '../../src/kernel/errors.ts';
import { eventually } from '../lab/eventually.ts';
import { type ApiHarness, service, startApiHarness } from './harness.ts';

let harness: ApiHarness;
const WEB = { namespace: 'default', name: 'web' };

const PATIENCE = { deadlineMs: 5_000 };

beforeAll(async () => {
  harness = await startApiHarness({ 'web.yaml': service('web') });
  await eventually('the service has been looked at', PATIENCE, async () => {
    const { because } = await harness.client.ask('describe', { params: WEB });
    return because !== 'not looked at yet';
  });
});
afterAll(async () => {
  await harness[Symbol.asyncDispose]();
});

const problemOf = async (work: Promise<unknown>): Promise<string> => {
  try {
    await work;
    return 'no problem';
  } catch (error) {
    const { code, message, hint } = toProblem(error);
    return `${code}: ${message} → ${hint}`;
  }
};

describe('a question', () => {
  it('about the state is answered', async () => {
    const status = await harness.client.ask('status');
    expect(status.services.map((s) => `${s.namespace}/${s.name} ${s.desired}`)).toEqual(['default/web 1']);
    expect(status.hosts.map((h) => h.name)).toEqual(['h1']);
    expect(status.sources.map((s) => [s.id, s.commit === status.commit, s.held, s.problems])).toEqual([
      ['main', true, null, []],
    ]);
  });

  it('about a service is answered with where it comes from', async () => {
    const found = await harness.client.ask('describe', { params: WEB });
    const desiredImage = '127.0.0.1:1/shop/web:1';
    expect(found).toMatchObject({ ...WEB, image: null, desiredImage, source: 'main', desired: 1 });
  });

  it('why begins with the commit and the place in the manifest', async () => {
    const { chain } = await harness.client.ask('why', { params: WEB });
    expect(chain[0]?.link).toBe('commit');
    expect(chain[0]?.because).toMatch(
      /^in force from source main: .*defines default\/web with 1 replica, web\.yaml:3$/,
    );
  });

  it('about a host is answered with what could go wrong there', async () => {
    const { hosts } = await harness.client.ask('doctor');
    expect(hosts[0]?.findings.map((f) => `${f.check} ${f.state}`)).toEqual([
      'reachable ok',
      'engine ok',
      'permission ok',
      'clock ok',
      'disk ok',
      'liveRestore warning',
      'sessions ok',
      'ports ok',
    ]);
  });

  it.each([
    [
      'a service',
      () => harness.client.ask('describe', { params: { namespace: 'default', name: 'wbe' } }),
      'command/not-found: there is no service default/wbe → Did you mean `default/web`?',
    ],
    [
      'a host',
      () => harness.client.ask('doctor', { query: { host: 'h2' } }),
      'command/not-found: there is no host h2 → Did you mean `h1`?',
    ],
    [
      'a source',
      () => harness.client.ask('sync', { body: { source: 'mian' } }),
      'command/not-found: there is no source mian → Did you mean `main`?',
    ],
    [
      'a repository',
      () => harness.client.ask('sync', { body: { repository: '/srv/other' } }),
      'command/not-found: no source follows the repository /srv/other → The sources are: main.',
    ],
    [
      'a name that is none',
      () => harness.client.ask('history', { params: { namespace: 'default', name: 'NO' } }),
      'command/usage: address name: must consist of lower-case letters, digits and "-", and start and end with a letter or digit → See `plimsoll help`.',
    ],
  ])('about %s that is not there says so', async (_, work, message) => {
    expect(await problemOf(work())).toBe(message);
  });

  it('that cannot be carried out is refused with the reason', async () => {
    const pause = harness.client.ask('command', { params: WEB, body: { kind: 'pause' } });
    expect(await problemOf(pause)).toBe(
      'command/refused: default/web: there is no rollout to pause → See the message.',
    );
  });
});

describe('the audit', () => {
  it('names who gave a command', async () => {
    await harness.client.ask('command', { params: WEB, body: { kind: 'restart' } });
    const { entries } = await harness.client.ask('audit', { query: { object: 'default/web', limit: 1 } });
    expect(entries.map(({ actor, event, because }) => ({ actor, event, because }))).toEqual([
      { actor: 'user:ada', event: 'command/restart', because: 'restart' },
    ]);
  });

  it('does not take a name that could be anything', async () => {
    const mallory = new ControllerClient(unixConnect(harness.socketPath), 'root"; drop');
    await mallory.ask('command', { params: WEB, body: { kind: 'restart' } });
    const { entries } = await harness.client.ask('audit', { query: { limit: 1, object: 'default/web' } });
    expect(entries[0]?.actor).toBe('user:unknown');
  });
});

describe('a commit that would remove much', () => {
  it('is held until it is approved', async () => {
    const many = Object.fromEntries(
      ['a', 'b', 'c', 'd', 'e', 'f'].map((name) => [`${name}.yaml`, service(name)]),
    );
    await using fleet = await startApiHarness({ ...many });
    await eventually('all services are remembered', PATIENCE, async () => {
      const { services } = await fleet.client.ask('status');
      return services.every((s) => s.because !== 'not looked at yet');
    });
    fleet.write(Object.fromEntries(Object.keys(many).map((file) => [file, null])));
    const { sources } = await fleet.client.ask('sync', { body: {} });
    expect(sources[0]?.held?.because).toBe(
      'it would remove 6 of 6 services of main (default/a, default/b, default/c, default/d, default/e, …)',
    );
    expect((await fleet.client.ask('plan')).blocked[0]?.object).toBe('main');
    expect((await fleet.client.ask('approve', { body: {} })).commits).toHaveLength(1);
    expect((await fleet.client.ask('sources')).sources[0]?.held).toBe(null);
  });
});

describe('events', () => {
  async function follow(since: string | undefined, count: number): Promise<ControllerEvent[]> {
    const over = new AbortController();
    const found: ControllerEvent[] = [];
    const timer = setTimeout(() => over.abort(), 5_000);
    for await (const event of harness.client.events({
      ...(since === undefined ? {} : { since }),
      signal: over.signal,
    })) {
      found.push(event);
      if (found.length === count) break;
    }
    clearTimeout(timer);
    return found;
  }

  it('come from the beginning, and go on after a position', async () => {
    const [first, second] = await follow(undefined, 2);
    expect(first?.sequence).toBe(1);
    expect(await follow(first?.position, 1)).toEqual([second]);
  });

  it('come as they happen', async () => {
    const { position } = await harness.client.ask('events');
    const coming = follow(position, 1);
    await harness.client.ask('events');
    harness.controller.events.emit({ kind: 'test/happened', message: 'now' });
    expect((await coming).map((e) => e.kind)).toEqual(['test/happened']);
  });

  it('of a controller that was started again come from its beginning', async () => {
    const before = await harness.client.ask('events');
    const [first] = await follow(`1.${before.events.length + 100}`, 1);
    expect(first?.sequence).toBe(1);
  });

  it('do not pile up for a client that does not read', async () => {
    const socket = createConnection(harness.socketPath);
    socket.on('error', () => {});
    socket.pause();
    socket.write('GET /v1/events/stream HTTP/1.1\r\nhost: x\r\n\r\n');
    await harness.client.ask('events');
    const message = 'x'.repeat(64 * 1024);
    const total = 100 * message.length;
    for (let n = 0; n < 100; n += 1) harness.controller.events.emit({ kind: 'test/large', message });
    let read = 0;
    socket.on('data', (data) => {
      read += data.length;
    });
    socket.resume();
    await once(socket, 'close');
    expect(read).toBeLessThan(total / 2);
  });

  it('go on by themselves after the controller was away', async () => {
    await using other = await startApiHarness({});
    const over = new AbortController();
    const kinds: string[] = [];
    const following = (async () => {
      for await (const event of other.client.events({ signal: over.signal })) kinds.push(event.kind);
    })();
    await eventually('the first event has come', PATIENCE, () => kinds.includes('commit/accepted'));
    await other.stop();
    await other.start();
    other.controller.events.emit({ kind: 'test/again', message: 'back' });
    await eventually('the event after the restart has come', PATIENCE, () => kinds.includes('test/again'));
    over.abort();
    await following;
  });
});

describe('where no controller answers', () => {
  let directory: string;
  const servers: Server[] = [];
  const sockets: Socket[] = [];
  beforeAll(() => {
    directory = mkdtempSync(join(tmpdir(), 'plimsoll-client-'));
  });
  afterAll(async () => {
    for (const socket of sockets) socket.destroy();
    await Promise.all(servers.map((s) => new Promise((resolve) => s.close(resolve))));
    rmSync(directory, { recursive: true, force: true });
  });

  async function serve(answer: string | null): Promise<ControllerClient> {
    const path = join(directory, `${servers.length}.sock`);
    const server = createServer((socket) => {
      sockets.push(socket);
      socket.on('error', () => {});
      if (answer !== null) socket.on('data', () => socket.end(answer));
    });
    servers.push(server);
    await new Promise<void>((resolve) => server.listen(path, resolve));
    return new ControllerClient(unixConnect(path));
  }

  it('says that there is no socket', async () => {
    const client = new ControllerClient(unixConnect('/nonexistent/api.sock'));
    expect(await problemOf(client.ask('status'))).toBe(
      'command/no-controller: no controller runs at /nonexistent/api.sock: there is no such socket → Start it with `plimsoll serve`, or name it with --controller.',
    );
  });

  it('says that something else answers', async () => {
    const client = await serve('HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\nhello');
    expect(await problemOf(client.ask('status'))).toMatch(
      /^command\/no-controller: what answers at .* is no controller/,
    );
  });

  it('says that an answer broke off', async () => {
    const client = await serve('HTTP/1.1 200 OK\r\ncontent-length: 500\r\n\r\n{"comm');
    expect(await problemOf(client.ask('status'))).toMatch(
      /^command\/no-controller: the connection to .* broke off/,
    );
  });

  it('says that no answer came in time', async () => {
    await serve(null);
    const connect = unixConnect(join(directory, `${servers.length - 1}.sock`));
    const work = ask(connect, {
      method: 'GET',
      path: '/v1/status',
      params: {},
      query: {},
      body: null,
      actor: 'ada',
      deadlineMs: 100,
    });
    expect(await problemOf(work)).toMatch(/did not answer within 100ms/);
  });
});
