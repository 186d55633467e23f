// Git's smart protocol over http(s). Redirects stay on the configured host, credentials are sent to it
// alone, and every answer is read to a limit.

import { request as httpRequest, type IncomingMessage } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { PlimsollError, type Problem, problem } from '../../kernel/errors.ts';
import { formatBytes } from '../../kernel/quantity.ts';
import { connectionProblem } from './failure.ts';
import { firstLine, printable } from './text.ts';
import type { UploadPack, UploadPackTarget } from './upload-pack.ts';

const ADVERTISEMENT = '/info/refs?service=git-upload-pack';
const MAX_REDIRECTS = 5;

interface Call {
  readonly method: 'GET' | 'POST';
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array | null;
  readonly maxBytes: number;
}

export function httpUploadPack(target: UploadPackTarget, url: string, signal: AbortSignal): UploadPack {
  // Where the advertisement came from in the end: the request that follows goes there as well.
  let base = url;

  return {
    async advertisement() {
      for (let hops = 0; hops <= MAX_REDIRECTS; hops += 1) {
        const response = await send(target, signal, {
          method: 'GET',
          url: `${base}${ADVERTISEMENT}`,
          headers: {},
          body: null,
          maxBytes: target.limits.advertisementBytes,
        });
        if (response.redirect === null) return Buffer.concat(response.pieces);
        base = redirectedBase(base, response.redirect, target.where);
      }
      throw new PlimsollError(problem('source/unreachable', `${target.where} redirects without end`));
    },

    async exchange(body) {
      const response = await send(target, signal, {
        method: 'POST',
        url: `${base}/git-upload-pack`,
        headers: { 'content-type': 'application/x-git-upload-pack-request' },
        body,
        maxBytes: target.limits.packBytes,
      });
      if (response.redirect !== null) {
        throw new PlimsollError(problem('source/unreachable', `${target.where} redirects a fetch request`));
      }
      return response.pieces;
    },

    close() {},
  };
}

interface Answer {
  /** Where the server points to instead, as it wrote it. */
  readonly redirect: string | null;
  readonly pieces: readonly Buffer[];
}

async function send(target: UploadPackTarget, signal: AbortSignal, call: Call): Promise<Answer> {
  try {
    const response = await open(target, signal, call);
    const status = response.statusCode ?? 0;
    const { location } = response.headers;
    if (status >= 300 && status < 400 && location !== undefined) {
      response.destroy();
      return { redirect: location, pieces: [] };
    }
    const refused = refusal(response, target, call);
    if (refused !== null) {
      response.destroy();
      throw new PlimsollError(refused);
    }
    return { redirect: null, pieces: await readAll(response, target, call.maxBytes) };
  } catch (thrown) {
    throw new PlimsollError(connectionProblem(signal.aborted ? signal.reason : thrown, target.where));
  }
}

function open(target: UploadPackTarget, signal: AbortSignal, call: Call): Promise<IncomingMessage> {
  const headers: Record<string, string> = {
    ...call.headers,
    accept: '*/*',
    'user-agent': 'git/plimsoll',
    ...(call.body === null ? {} : { 'content-length': String(call.body.length) }),
    ...(target.credential?.kind === 'basic' ? { authorization: basic(target.credential) } : {}),
  };
  const options = { method: call.method, headers, signal };
  return new Promise((resolve, reject) => {
    const request = call.url.startsWith('https:')
      ? httpsRequest(call.url, target.caPem === null ? options : { ...options, ca: target.caPem }, resolve)
      : httpRequest(call.url, options, resolve);
    request.on('error', reject);
    request.end(call.body ?? undefined);
  });
}

function basic(credential: { readonly username: string; readonly password: string }): string {
  return `Basic ${Buffer.from(`${credential.username}:${credential.password}`).toString('base64')}`;
}

/** Why an answer is none that Git could go on with, or null. */
function refusal(response: IncomingMessage, target: UploadPackTarget, call: Call): Problem | null {
  const status = response.statusCode ?? 0;
  const { where } = target;
  const said = `${where} answers ${status} ${firstLine(response.statusMessage ?? '', 80)}`;
  if (status === 401 || status === 403 || status === 407) {
    return problem(
      'source/auth',
      target.credential === null ? `${said}; no credential is configured` : `${said} to the credential`,
    );
  }
  if (status === 404 || status === 410) {
    return problem(
      'source/not-found',
      `${said}: there is no such repository, or the credential may not see it`,
    );
  }
  if (status !== 200) return problem('source/unreachable', said);
  const expected = `application/x-git-upload-pack-${call.method === 'GET' ? 'advertisement' : 'result'}`;
  if (response.headers['content-type'] === expected) return null;
  return problem('source/not-found', `${where} does not answer as a Git server (smart HTTP)`);
}

async function readAll(
  response: IncomingMessage,
  target: UploadPackTarget,
  maxBytes: number,
): Promise<readonly Buffer[]> {
  const pieces: Buffer[] = [];
  let bytes = 0;
  for await (const piece of response) {
    if (!Buffer.isBuffer(piece)) continue;
    bytes += piece.length;
    if (bytes > maxBytes) {
      throw new PlimsollError(
        problem('source/limit', `${target.where} sends more than ${formatBytes(maxBytes)}`, {
          hint: 'Use a smaller repository for manifests.',
        }),
      );
    }
    pieces.push(piece);
  }
  return pieces;
}

/**
 * The base address after a redirect of the advertisement. Only another path on the same host, or the
 * step from http to https, is followed: a server must not send the controller to where it chooses.
 */
function redirectedBase(base: string, location: string, where: string): string {
  const from = new URL(base);
  const to = URL.canParse(location, `${base}/info/refs`) ? new URL(location, `${base}/info/refs`) : null;
  if (to === null || !`${to.pathname}${to.search}`.endsWith(ADVERTISEMENT)) {
    throw new PlimsollError(
      problem('source/not-found', `${where} does not answer as a Git server: it redirects elsewhere`),
    );
  }
  const sameOrigin = to.origin === from.origin;
  const upgraded = from.protocol === 'http:' && to.protocol === 'https:' && to.hostname === from.hostname;
  if (!sameOrigin && !upgraded) {
    throw new PlimsollError(
      problem('source/scheme', `${where} redirects to another host: ${printable(to.origin)}`, {
        hint: 'Put the new address into plimsoll.yaml if it is the right one.',
      }),
    );
  }
  return `${to.origin}${to.pathname.slice(0, -'/info/refs'.length)}`;
}
