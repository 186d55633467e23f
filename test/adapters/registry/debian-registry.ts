// A real registry (Debian's docker-registry) as a child process on 127.0.0.1, in any of its guises:
// open, with passwords, with a token service, over TLS. Content is pushed through its own HTTP API.

import { execFileSync, spawn } from 'node:child_process';
import { createHash, createPrivateKey, randomUUID, sign, X509Certificate } from 'node:crypto';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import https from 'node:https';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { onTestFinished } from 'vitest';
import { eventually } from '../../lab/eventually.ts';
import type { LocalServer } from './local-server.ts';
import { localServer } from './local-server.ts';

export const ACCOUNT = { username: 'plimsoll', password: 'right-password' };
/** bcrypt of ACCOUNT's password, computed with crypt(3). */
const HTPASSWD = 'plimsoll:$2b$04$abcdefghijklmnopqrstuuS80hwFD6gSIL20SCUGvmL7S939BjOHW\n';
const BASIC = `Basic ${Buffer.from(`${ACCOUNT.username}:${ACCOUNT.password}`).toString('base64')}`;
const ISSUER = 'plimsoll-test';
const SERVICE = 'test-registry';

export interface DebianRegistry {
  readonly address: string;
  /** PEM of the certificate that it shows, where it speaks TLS. */
  readonly ca: string | null;
  /** Where it sends clients for tokens. */
  readonly tokens: LocalServer | null;
  /** Puts a manifest under a tag; returns its digest as the registry gives it. */
  push(repository: string, tag: string, mediaType: string, manifest: object): Promise<string>;
  /** Uploads a blob and returns its descriptor. */
  blob(repository: string, content: string, mediaType: string): Promise<Descriptor>;
  stop(): Promise<void>;
}

export interface Descriptor {
  readonly mediaType: string;
  readonly digest: string;
  readonly size: number;
}

async function freePort(): Promise<number> {
  const server = createServer();
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  if (address === null || typeof address === 'string') throw new Error('no port');
  return address.port;
}

function certificate(directory: string): { readonly key: string; readonly cert: string } {
  const [key, cert] = [path.join(directory, 'key.pem'), path.join(directory, 'cert.pem')];
  const subject = ['-subj', '/CN=127.0.0.1', '-addext', 'subjectAltName=IP:127.0.0.1', '-days', '2'];
  const curve = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1'];
  execFileSync('openssl', ['req', '-x509', '-nodes', ...curve, ...subject, '-keyout', key, '-out', cert], {
    stdio: 'ignore',
  });
  return { key, cert };
}

/** A token service that asks for ACCOUNT's password and signs what the registry verifies. */
function tokenService(files: { readonly key: string; readonly cert: string }): Promise<LocalServer> {
  const key = createPrivateKey(readFileSync(files.key));
  const x5c = [new X509Certificate(readFileSync(files.cert)).raw.toString('base64')];
  const encode = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url');
  return localServer(({ url, authorization }) => {
    if (authorization !== BASIC) return { status: 401, body: '{"errors":[{"code":"UNAUTHORIZED"}]}' };
    const [type, name, actions] = (new URL(url, 'http://x').searchParams.get('scope') ?? '').split(':');
    const now = Math.floor(Date.now() / 1_000);
    const claims = {
      iss: ISSUER,
      sub: ACCOUNT.username,
      aud: SERVICE,
      exp: now + 300,
      nbf: now - 10,
      iat: now,
      jti: randomUUID(),
      access: [{ type, name, actions: actions?.split(',') }],
    };
    const content = `${encode({ typ: 'JWT', alg: 'ES256', x5c })}.${encode(claims)}`;
    const signature = sign('sha256', Buffer.from(content), { key, dsaEncoding: 'ieee-p1363' });
    return { status: 200, body: JSON.stringify({ token: `${content}.${signature.toString('base64url')}` }) };
  });
}

export async function debianRegistry(guise: 'open' | 'password' | 'token' | 'tls'): Promise<DebianRegistry> {
  const directory = mkdtempSync(path.join(tmpdir(), 'plimsoll-registry-'));
  const address = `127.0.0.1:${await freePort()}`;
  writeFileSync(path.join(directory, 'htpasswd'), HTPASSWD);
  const files = guise === 'tls' || guise === 'token' ? certificate(directory) : null;
  const tokens = guise === 'token' && files !== null ? await tokenService(files) : null;
  const auth = {
    password: { htpasswd: { realm: 'test', path: path.join(directory, 'htpasswd') } },
    token: {
      token: {
        realm: `http://${tokens?.address}/token`,
        service: SERVICE,
        issuer: ISSUER,
        rootcertbundle: files?.cert,
      },
    },
  };
  const config = {
    version: '0.1',
    log: { level: 'error', accesslog: { disabled: true } },
    storage: { filesystem: { rootdirectory: path.join(directory, 'data') } },
    http: {
      addr: address,
      ...(guise === 'tls' ? { tls: { certificate: files?.cert, key: files?.key } } : {}),
    },
    ...(guise === 'password' || guise === 'token' ? { auth: auth[guise] } : {}),
  };
  writeFileSync(path.join(directory, 'config.yml'), JSON.stringify(config));
  const child = spawn('docker-registry', ['serve', path.join(directory, 'config.yml')], { stdio: 'ignore' });
  const exit = once(child, 'exit');
  const stop = async (): Promise<void> => {
    child.kill('SIGKILL');
    await exit;
  };
  onTestFinished(async () => {
    await stop();
    rmSync(directory, { recursive: true, force: true });
  });
  const ca = guise === 'tls' && files !== null ? readFileSync(files.cert, 'utf8') : null;
  const pusher = new Pusher(`${ca === null ? 'http' : 'https'}://${address}`, tokens);
  await eventually('the registry answers', { deadlineMs: 10_000 }, () => pusher.isUp());
  return {
    address,
    ca,
    tokens,
    push: (...given) => pusher.push(...given),
    blob: (...given) => pusher.blob(...given),
    stop,
  };
}

/** Pushes as any client does, with the password or a token of its own. */
class Pusher {
  readonly #origin: string;
  readonly #tokens: LocalServer | null;

  constructor(origin: string, tokens: LocalServer | null) {
    this.#origin = origin;
    this.#tokens = tokens;
  }

  async isUp(): Promise<boolean> {
    if (this.#origin.startsWith('http:')) {
      await fetch(`${this.#origin}/v2/`);
      return true;
    }
    const request = https.get(`${this.#origin}/v2/`, { rejectUnauthorized: false });
    const [response] = await once(request, 'response');
    response.resume();
    return true;
  }

  async push(repository: string, tag: string, mediaType: string, manifest: object): Promise<string> {
    const response = await this.#send(
      repository,
      `manifests/${tag}`,
      'PUT',
      JSON.stringify(manifest),
      mediaType,
    );
    return response.headers.get('docker-content-digest') ?? '';
  }

  async blob(repository: string, content: string, mediaType: string): Promise<Descriptor> {
    const digest = `sha256:${createHash('sha256').update(content).digest('hex')}`;
    const started = await this.#send(repository, 'blobs/uploads/', 'POST', '', 'text/plain');
    const target = new URL(started.headers.get('location') ?? '', this.#origin);
    target.searchParams.set('digest', digest);
    await this.#send(repository, target.href, 'PUT', content, 'application/octet-stream');
    return { mediaType, digest, size: content.length };
  }

  async #send(
    repository: string,
    where: string,
    method: string,
    body: string,
    mediaType: string,
  ): Promise<Response> {
    const url = new URL(where, `${this.#origin}/v2/${repository}/`);
    const authorization = await this.#authorization(repository);
    const headers = { 'content-type': mediaType, authorization };
    const response = await fetch(url, { method, headers, ...(body === '' ? {} : { body }) });
    if (!response.ok)
      throw new Error(`${method} ${url} answers ${response.status}: ${await response.text()}`);
    return response;
  }

  async #authorization(repository: string): Promise<string> {
    if (this.#tokens === null) return BASIC;
    const scope = `repository:${repository}:pull,push`;
    const answer = await fetch(`http://${this.#tokens.address}/token?scope=${scope}`, {
      headers: { authorization: BASIC },
    });
    const body: unknown = await answer.json();
    return `Bearer ${body !== null && typeof body === 'object' && 'token' in body ? body.token : ''}`;
  }
}
