// What answers over http(s) can be and are not: other hosts, other programs, bad certificates, too much.
// Each server here is a real one on loopback that answers one thing.

import { randomBytes } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer, type IncomingMessage, type RequestListener, type ServerResponse } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { GitRemoteOptions } from '../../../src/adapters/git/remote.ts';
import { Sealed } from '../../../src/kernel/sealed.ts';
import { serveHttp } from '../../conformance/git-server.ts';
import { codeOf, DEADLINE_MS, type GitService, Remotes, readAll } from '../../conformance/git-service.ts';
import { runCommand } from '../../lab/command.ts';

const ADVERTISEMENT = 'application/x-git-upload-pack-advertisement';
const SERVICE = '001e# service=git-upload-pack\n0000';
const CREDENTIAL = { kind: 'basic', username: 'deploy', password: new Sealed('hunter2') } as const;

let remotes: Remotes;
let git: GitService;
let certificates = '';
const closing: (() => Promise<void>)[] = [];

beforeAll(async () => {
  remotes = new Remotes();
  git = await serveHttp();
  certificates = mkdtempSync(join(tmpdir(), 'plimsoll-tls-'));
  const [key, certificate] = [join(certificates, 'key.pem'), join(certificates, 'cert.pem')];
  const subject = ['-subj', '/CN=localhost', '-addext', 'subjectAltName=DNS:localhost'];
  const args = ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'];
  await runCommand('openssl', [...args, '-days', '2', '-keyout', key, '-out', certificate, ...subject]);
});
afterEach(async () => {
  for (const close of closing.splice(0)) await close();
});
afterAll(async () => {
  await remotes.close();
  await git.close();
  rmSync(certificates, { recursive: true, force: true });
});

/** Serves on loopback until the test ends; gives the address of a repository there. */
async function serve(
  answer: RequestListener,
  kind: 'http' | 'https' = 'http',
  host = '127.0.0.1',
): Promise<string> {
  const server =
    kind === 'http'
      ? createServer(answer)
      : createTlsServer(
          {
            key: readFileSync(join(certificates, 'key.pem')),
            cert: readFileSync(join(certificates, 'cert.pem')),
          },
          answer,
        );
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  closing.push(async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  return `${kind}://${host}:${address.port}/fleet.git`;
}

const fetchFrom = (url: string, options: Partial<GitRemoteOptions> = {}) =>
  remotes.open({ url, credential: null, allowFile: false }, options).fetch({ deadlineMs: 3_000 });

const says =
  (status: number, body = '', headers: Record<string, string> = {}): RequestListener =>
  (_, response) =>
    response.writeHead(status, headers).end(body);

describe('an answer that is no repository', () => {
  it.each([
    ['a web page', says(200, '<html>', { 'content-type': 'text/html' }), 'source/not-found'],
    ['a dumb server', says(200, `${'a'.repeat(40)}\trefs/heads/main\n`), 'source/not-found'],
    ['401', says(401), 'source/auth'],
    ['403', says(403, 'token hunter2 lacks a scope'), 'source/auth'],
    ['404', says(404), 'source/not-found'],
    ['429', says(429), 'source/unreachable'],
    ['500', says(500), 'source/unreachable'],
    ['502 with words', says(502, 'bad gateway'), 'source/unreachable'],
    ['nothing at all', says(200, '', { 'content-type': ADVERTISEMENT }), 'source/empty'],
    ['noise', says(200, 'zzzzzzzz', { 'content-type': ADVERTISEMENT }), 'source/not-found'],
    ['half a line', says(200, `${SERVICE}00ff0000`, { 'content-type': ADVERTISEMENT }), 'source/unreachable'],
    [
      'a repository without refs',
      says(200, `${SERVICE}0000`, { 'content-type': ADVERTISEMENT }),
      'source/empty',
    ],
    [
      'an error line',
      says(200, '0026ERR repository is being moved now\n', { 'content-type': ADVERTISEMENT }),
      'source/not-found',
    ],
    [
      'object names of SHA-256',
      says(
        200,
        `${SERVICE}${line(`${'a'.repeat(64)} refs/heads/main\0ofs-delta object-format=sha256`)}0000`,
        { 'content-type': ADVERTISEMENT },
      ),
      'source/unsupported',
    ],
    [
      'a ref that is no object id',
      says(200, `${SERVICE}${line('../../etc refs/heads/main\0ofs-delta')}0000`, {
        'content-type': ADVERTISEMENT,
      }),
      'source/not-found',
    ],
  ])('%s', async (_, answer, code) => {
    const result = await fetchFrom(await serve(answer), { credential: CREDENTIAL });
    expect(codeOf(result)).toBe(code);
    expect(JSON.stringify(result)).not.toContain('hunter2');
  });

  it('a connection that is cut in mid-answer', async () => {
    const url = await serve((_, response) => {
      response.writeHead(200, { 'content-type': ADVERTISEMENT, 'content-length': '1000' });
      response.write(SERVICE);
      setTimeout(() => response.destroy(), 20);
    });
    expect(codeOf(await fetchFrom(url))).toBe('source/unreachable');
  });

  it('an advertisement that drips for ever ends at the deadline', async () => {
    const url = await serve((_, response) => {
      response.writeHead(200, { 'content-type': ADVERTISEMENT });
      const drip = setInterval(() => response.write('0'), 50);
      response.on('close', () => clearInterval(drip));
    });
    const startedAtMs = performance.now();
    const remote = remotes.open({ url, credential: null, allowFile: false });
    expect(codeOf(await remote.fetch({ deadlineMs: 400 }))).toBe('source/unreachable');
    expect(performance.now() - startedAtMs).toBeLessThan(1_200);
  });

  it.each([
    ['a fetch request that is never answered', () => {}, 'source/unreachable'],
    [
      'a pack that is cut off behind the server’s back',
      (answer: Buffer, response: ServerResponse) => response.end(answer.subarray(0, answer.length / 2)),
      'source/corrupt',
    ],
    [
      'a pack with a flipped byte',
      (answer: Buffer, response: ServerResponse) => {
        const inFirstObject = answer.indexOf('PACK') + 20;
        answer[inFirstObject] = (answer[inFirstObject] ?? 0) ^ 1;
        response.end(answer);
      },
      'source/corrupt',
    ],
    [
      'an error line instead of a pack',
      (_: Buffer, response: ServerResponse) => response.end(line('ERR too many connections')),
      'source/unreachable',
    ],
  ])('%s; and then the server is well again', async (title, spoil, code) => {
    const repository = await git.create(`spoilt-${title.length}`);
    await repository.commit({ 'a.yaml': 'one' });
    const access = git.access(repository);
    let spoiling = true;
    const url = await serve((request, response) => {
      const handOver = spoiling && request.method === 'POST' ? spoil : undefined;
      relay(request, response, new URL(access.url).port, handOver);
    });
    const remote = remotes.open({
      ...access,
      url: url.replace('fleet.git', `${repository.path.split('/').at(-1)}`),
    });
    const startedAtMs = performance.now();
    expect(codeOf(await remote.fetch({ deadlineMs: 900 }))).toBe(code);
    expect(performance.now() - startedAtMs).toBeLessThan(1_600);
    spoiling = false;
    expect(await readAll(remote)).toEqual({ 'a.yaml': 'one' });
  });

  it('a pack that is larger than allowed', async () => {
    const repository = await git.create('large');
    await repository.commit({ 'noise.bin': randomBytes(60_000) });
    const remote = remotes.open(git.access(repository), { maxPackBytes: 1_000 });
    expect(codeOf(await remote.fetch({ deadlineMs: DEADLINE_MS }))).toBe('source/limit');
  });
});

describe('a redirect', () => {
  it('to another path of the same host is followed, for the request that comes after as well', async () => {
    const repository = await git.create('moved');
    await repository.commit({ 'a.yaml': 'one' });
    const access = git.access(repository);
    const port = new URL(access.url).port;
    const seen: IncomingMessage[] = [];
    const url = await serve((request, response) => {
      seen.push(request);
      if (request.url?.startsWith('/fleet.git/')) {
        const location = (request.url ?? '').replace('/fleet.git', '/moved.git');
        response.writeHead(301, { location }).end();
      } else relay(request, response, port);
    });
    const remote = remotes.open({ ...access, url });
    expect(await readAll(remote)).toEqual({ 'a.yaml': 'one' });
    expect(seen.filter(({ method }) => method === 'POST').map((request) => request.url)).toEqual([
      '/moved.git/git-upload-pack',
    ]);
  });

  it('to another host is refused, and that host is not asked', async () => {
    let asked = 0;
    const other = await serve((_, response) => {
      asked += 1;
      response.writeHead(200).end();
    });
    const url = await serve((request, response) => {
      const location = new URL(
        (request.url ?? '').replace(/^\/fleet.git/, ''),
        other.replace('fleet.git', ''),
      ).href;
      response.writeHead(302, { location }).end();
    });
    const result = await fetchFrom(url, { credential: CREDENTIAL });
    expect(codeOf(result)).toBe('source/scheme');
    expect(asked).toBe(0);
  });

  it.each([
    ['to something that is no Git', '/login', 'source/not-found'],
    ['to another scheme', 'file:///etc/info/refs?service=git-upload-pack', 'source/scheme'],
    ['to itself, for ever', '/fleet.git/info/refs?service=git-upload-pack', 'source/unreachable'],
  ])('%s is refused', async (_, location, code) => {
    expect(codeOf(await fetchFrom(await serve(says(302, '', { location }))))).toBe(code);
  });
});

describe('TLS', () => {
  const empty = says(200, `${SERVICE}0000`, { 'content-type': ADVERTISEMENT });

  it('with a certificate that nobody vouches for is source/tls', async () => {
    expect(codeOf(await fetchFrom(await serve(empty, 'https')))).toBe('source/tls');
  });

  it('with the certificate in caFile is accepted, under its own name only', async () => {
    const caFile = join(certificates, 'cert.pem');
    expect(codeOf(await fetchFrom(await serve(empty, 'https', 'localhost'), { caFile }))).toBe(
      'source/empty',
    );
    expect(codeOf(await fetchFrom(await serve(empty, 'https', '127.0.0.1'), { caFile }))).toBe('source/tls');
  });

  it('spoken to a server without it is source/tls', async () => {
    const url = (await serve(empty)).replace('http:', 'https:');
    expect(codeOf(await fetchFrom(url))).toBe('source/tls');
  });

  it('with an unreadable caFile is config/invalid', async () => {
    const url = await serve(empty, 'https');
    expect(codeOf(await fetchFrom(url, { caFile: join(certificates, 'nothing.pem') }))).toBe(
      'config/invalid',
    );
  });
});

describe('a host that is not there', () => {
  it.each([
    ['a name that nobody has', 'https://nothing.invalid/fleet.git'],
    ['a port where nobody listens', 'http://127.0.0.1:1/fleet.git'],
  ])('%s is source/unreachable', async (_, url) => {
    expect(codeOf(await fetchFrom(url))).toBe('source/unreachable');
  });
});

function line(text: string): string {
  const length = (text.length + 5).toString(16).padStart(4, '0');
  return `${length}${text}\n`;
}

/** Hands a request on to the Git server, and its answer back or to `handOver`. */
function relay(
  request: IncomingMessage,
  response: ServerResponse,
  port: string,
  handOver: (answer: Buffer, response: ServerResponse) => void = (answer) => response.end(answer),
): void {
  const pieces: Buffer[] = [];
  request.on('data', (piece: Buffer) => pieces.push(piece));
  request.on('end', async () => {
    const headers = Object.entries(request.headers).filter(
      ([name]) => name !== 'host' && name !== 'connection',
    );
    const answer = await fetch(`http://127.0.0.1:${port}${request.url}`, {
      method: request.method ?? 'GET',
      headers: headers.map(([name, value]): [string, string] => [name, String(value)]),
      ...(request.method === 'POST' ? { body: Buffer.concat(pieces) } : {}),
    });
    response.writeHead(answer.status, Object.fromEntries(answer.headers));
    handOver(Buffer.from(await answer.arrayBuffer()), response);
  });
}
