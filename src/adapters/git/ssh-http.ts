// Git's smart protocol over SSH: `git-upload-pack` on an exec channel of a connection of its own. The
// advertisement and the request that answers it share one channel, unlike over http.

import { connect as connectTcp, type Socket } from 'node:net';
import ssh2, { type Client, type ClientChannel, type ConnectConfig } from 'ssh2';
import { PlimsollError, type Problem, problem } from '../../kernel/errors.ts';
import { formatBytes } from '../../kernel/quantity.ts';
import { describeHostKey, hostKeyAlgorithms, judgeHostKey } from '../ssh/host-key.ts';
import type { SourceAddress } from './address.ts';
import { connectionProblem } from './failure.ts';
import { FLUSH, FlushFinder, pktLine } from './pkt-line.ts';
import { firstLine } from './text.ts';
import type { UploadPack, UploadPackTarget } from './upload-pack.ts';

type SshAddress = Extract<SourceAddress, { readonly kind: 'ssh' }>;

const MAX_STDERR_BYTES = 4096;
/** For the server to end the session by itself. */
const FAREWELL_MS = 1_000;

export function sshUploadPack(
  target: UploadPackTarget,
  address: SshAddress,
  signal: AbortSignal,
): UploadPack {
  const client = new ssh2.Client();
  // A late error of a connection that has already failed is no news.
  client.on('error', () => {});
  let socket: Socket | null = null;
  const abandon = () => {
    client.destroy();
    socket?.destroy();
  };
  signal.addEventListener('abort', abandon, { once: true });
  let service: Service | null = null;

  const failing = (thrown: unknown) =>
    new PlimsollError(connectionProblem(signal.aborted ? signal.reason : thrown, target.where));

  return {
    async advertisement() {
      try {
        signal.throwIfAborted();
        // Small packets go at once: every step of the handshake would wait 40 ms otherwise.
        socket = connectTcp({ host: address.host, port: address.port, noDelay: true });
        await connect(client, socket, target, address.user);
        service = await startService(client, target, address.path);
        return await service.advertisement();
      } catch (thrown) {
        throw failing(thrown);
      }
    },
    async exchange(body) {
      if (service === null) throw new Error('a fetch request answers an advertisement');
      try {
        return await service.exchange(body);
      } catch (thrown) {
        throw failing(thrown);
      }
    },
    close() {
      signal.removeEventListener('abort', abandon);
      service?.park();
      client.end();
      setTimeout(abandon, FAREWELL_MS).unref();
    },
  };
}

function connect(client: Client, socket: Socket, target: UploadPackTarget, username: string): Promise<void> {
  const { credential, where } = target;
  if (credential?.kind !== 'ssh') {
    throw new PlimsollError(problem('source/auth', `${where} needs a credential of kind ssh`));
  }
  const { privateKey, passphrase, hostKeys } = credential;
  let refusedKey: string | null = null;
  const config: ConnectConfig = {
    sock: socket,
    username,
    privateKey,
    authHandler: ['publickey'], // one method: more would count against the server's MaxAuthTries
    ...(passphrase === null ? {} : { passphrase }),
    algorithms: { serverHostKey: hostKeyAlgorithms(hostKeys) },
    // Without a verifier ssh2 trusts every server.
    hostVerifier: (blob: Buffer) => {
      const key = describeHostKey(blob);
      if (judgeHostKey(hostKeys, key) === 'pinned') return true;
      refusedKey = `${key.type} ${key.fingerprint}`;
      return false;
    },
    readyTimeout: 0, // the signal bounds the whole exchange
  };
  return new Promise((resolve, reject) => {
    client.once('ready', resolve);
    client.once('error', (error) => {
      reject(new PlimsollError(handshakeProblem(error, refusedKey, where)));
    });
    client.once('close', () => reject(new Error('the connection was closed')));
    try {
      client.connect(config);
    } catch (thrown) {
      // ssh2 reads the key here; its message says what is wrong with the format and quotes nothing.
      const message = thrown instanceof Error ? firstLine(thrown.message) : 'unknown format';
      reject(
        new PlimsollError(problem('source/auth', `the private key for ${where} cannot be used: ${message}`)),
      );
    }
  });
}

function handshakeProblem(
  error: Error & { level?: string },
  refusedKey: string | null,
  where: string,
): Problem {
  if (refusedKey !== null) {
    return problem('source/host-key', `${where} shows a host key that is not pinned: ${refusedKey}`);
  }
  if (error.level === 'client-authentication') {
    return problem('source/auth', `${where} does not accept the key of the source`);
  }
  return connectionProblem(error, where);
}

interface Service {
  advertisement(): Promise<Buffer>;
  exchange(body: Uint8Array): Promise<readonly Uint8Array[]>;
  park(): void;
}

async function startService(client: Client, target: UploadPackTarget, path: string): Promise<Service> {
  const channel = await new Promise<ClientChannel>((resolve, reject) => {
    client.once('close', () => reject(new Error('the connection was closed')));
    client.exec(`git-upload-pack ${quoted(path)}`, (error, opened) => {
      if (error === undefined) resolve(opened);
      else reject(error);
    });
  });
  let stderr = '';
  channel.stderr.on('data', (piece: Buffer) => {
    if (stderr.length < MAX_STDERR_BYTES) stderr += piece.toString();
  });
  const output = new ChannelOutput(channel, target.where);
  return {
    async advertisement() {
      const finder = new FlushFinder();
      let received = Buffer.alloc(0);
      for (;;) {
        const piece = await output.next();
        if (piece === null) throw new PlimsollError(endedEarly(stderr, target.where));
        received = Buffer.concat([received, piece]);
        const end = finder.find(received);
        if (end !== null) {
          return Buffer.concat([pktLine('# service=git-upload-pack\n'), FLUSH, received.subarray(0, end)]);
        }
        limit(received.length, target.limits.advertisementBytes, target.where);
      }
    },
    async exchange(body) {
      channel.end(body);
      const pieces: Buffer[] = [];
      let bytes = 0;
      for (let piece = await output.next(); piece !== null; piece = await output.next()) {
        bytes += piece.length;
        limit(bytes, target.limits.packBytes, target.where);
        pieces.push(piece);
      }
      if (bytes === 0) throw new PlimsollError(endedEarly(stderr, target.where));
      return pieces;
    },
    // A flush tells the server that nothing is wanted; then it ends by itself.
    park: () => {
      if (!channel.writableEnded) channel.end(FLUSH);
    },
  };
}

/** The channel's standard output, piece by piece; null at its end. */
class ChannelOutput {
  readonly #pieces: AsyncIterator<unknown>;
  readonly #where: string;

  constructor(channel: ClientChannel, where: string) {
    this.#pieces = channel[Symbol.asyncIterator]();
    this.#where = where;
  }

  async next(): Promise<Buffer | null> {
    try {
      const { done, value } = await this.#pieces.next();
      if (done === true) return null;
      return Buffer.isBuffer(value) ? value : Buffer.alloc(0);
    } catch (thrown) {
      throw new PlimsollError(connectionProblem(thrown, this.#where));
    }
  }
}

function limit(bytes: number, maxBytes: number, where: string): void {
  if (bytes <= maxBytes) return;
  throw new PlimsollError(
    problem('source/limit', `${where} sends more than ${formatBytes(maxBytes)}`, {
      hint: 'Use a smaller repository for manifests.',
    }),
  );
}

/** The server ended git-upload-pack instead of answering: its last words tell why. */
function endedEarly(stderr: string, where: string): Problem {
  const words = firstLine(stderr.replace(/^(fatal|error|remote):\s*/i, ''));
  if (/not found|does not (appear|exist)|no such|not a git repo/i.test(words)) {
    return problem('source/not-found', `${where} answers: ${words}`);
  }
  if (/denied|permission|access|unauthori[sz]ed|forbidden/i.test(words)) {
    return problem('source/auth', `${where} answers: ${words}`);
  }
  return problem('source/unreachable', `${where} ended the fetch: ${words || 'without a word'}`);
}

/** For the shell on the other side: single quotes, as git itself writes it. */
function quoted(path: string): string {
  return `'${path.replaceAll("'", `'\\''`).replaceAll('!', `'\\!'`)}'`;
}
