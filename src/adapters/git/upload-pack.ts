// The two exchanges of Git's fetch protocol, whatever carries them. The main thread asks for the
// advertisement alone (a poll); the worker hands the same thing to isomorphic-git as its `http` plug-in.

import type { HttpClient } from 'isomorphic-git';
import { PlimsollError, problem } from '../../kernel/errors.ts';
import type { SourceAddress } from './address.ts';
import type { OpenCredential } from './credential.ts';
import { httpUploadPack } from './http.ts';
import { firstLine } from './text.ts';

export interface UploadPack {
  /** The ref advertisement in the form of smart HTTP (`# service=…` first). */
  advertisement(): Promise<Buffer>;
  /** Sends a fetch request that answers the advertisement; gives the response in pieces. */
  exchange(body: Uint8Array): Promise<readonly Uint8Array[]>;
  /** Closes what is still open. An advertisement may stay without a request. */
  close(): void;
}

/** What a connection needs. It crosses to the worker, so it is plain data. */
export interface UploadPackTarget {
  readonly address: Exclude<SourceAddress, { readonly kind: 'file' }>;
  /** The address for messages. */
  readonly where: string;
  readonly credential: OpenCredential | null;
  /** PEM text of the certificate authorities that replace the built-in ones; null for those. */
  readonly caPem: string | null;
  readonly limits: { readonly advertisementBytes: number; readonly packBytes: number };
}

/** Opens nothing yet. All waiting ends when `signal` does; every failure is a PlimsollError. */
export async function openUploadPack(target: UploadPackTarget, signal: AbortSignal): Promise<UploadPack> {
  if (target.address.kind === 'http') return httpUploadPack(target, target.address.url, signal);
  // ssh2 is loaded where it is needed: it takes 30 ms and several megabytes of every new worker.
  const { sshUploadPack } = await import('./ssh-http.ts');
  return sshUploadPack(target, target.address, signal);
}

/** isomorphic-git wants a URL; the connection knows where it really goes. */
export const PLACEHOLDER_URL = 'http://source.invalid/repository';

/** The connection as isomorphic-git's `http` plug-in. */
export function asHttpClient(connection: UploadPack): HttpClient {
  return {
    async request({ url, method, body }) {
      if (method === 'POST') {
        const pieces: Uint8Array[] = [];
        for await (const piece of body ?? []) pieces.push(piece);
        const response = await connection.exchange(Buffer.concat(pieces));
        refuseError(response);
        return answer(url, 'application/x-git-upload-pack-result', response);
      }
      return answer(url, 'application/x-git-upload-pack-advertisement', [await connection.advertisement()]);
    },
  };
}

/** isomorphic-git takes a server's `ERR …` for an empty answer. */
function refuseError(response: readonly Uint8Array[]): void {
  const start = Buffer.concat(response.map((piece) => piece.subarray(0, 512)).slice(0, 4)).toString('latin1');
  const words = /^[0-9a-f]{4}ERR ([^\n]*)/.exec(start)?.[1];
  if (words === undefined) return;
  throw new PlimsollError(problem('source/unreachable', `the Git server answers: ${firstLine(words)}`));
}

function answer(url: string, contentType: string, pieces: readonly Uint8Array[]) {
  return {
    url,
    statusCode: 200,
    statusMessage: 'OK',
    headers: { 'content-type': contentType },
    body: inTurn(pieces),
  };
}

async function* inTurn(pieces: readonly Uint8Array[]): AsyncIterableIterator<Uint8Array> {
  yield* pieces;
}
