// An engine reached without SSH: on a local socket, or over TCP where both sides show a certificate.
// There is no connection of its own that could break, so a tcp host counts as lost when it takes no new
// connection; a local engine that is down is a matter of the engine, as it is behind SSH.

import { createConnection } from 'node:net';
import type { Duplex } from 'node:stream';
import { connect as connectTls } from 'node:tls';
import type { HostAddress } from '../../desired/desired.ts';
import { PlimsollError, type Problem, problem } from '../../kernel/errors.ts';
import type { Sealed } from '../../kernel/sealed.ts';
import type { Transport } from './transport.ts';

/** PEM texts: who may answer, and who we are. */
export interface TlsCredential {
  readonly kind: 'tls';
  readonly ca: string;
  readonly certificate: string;
  readonly privateKey: Sealed<string>;
}

const MAX_CALLS = 8;
const TCP_CONNECT_MS = 5_000;
const TCP_KEEP_ALIVE_MS = 1_000;

const codeOf = (error: unknown): string => {
  const code: unknown = error instanceof Error ? Reflect.get(error, 'code') : undefined;
  return typeof code === 'string' ? code : '';
};
const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

/** Connections to the engine: they end with the transport, also those that have become streams. */
class OpenSockets {
  readonly #sockets = new Set<Duplex>();

  add<T extends Duplex>(socket: T): T {
    this.#sockets.add(socket);
    socket.once('close', () => this.#sockets.delete(socket));
    return socket;
  }

  end(reason: Problem): void {
    for (const socket of this.#sockets) socket.destroy(new PlimsollError(reason));
  }
}

const closed = (where: string): Problem =>
  problem('host/unreachable', `the connection to ${where} was closed`);

/** Resolves when `event` comes, rejects when an error comes first or the time is up. */
function established<T extends Duplex>(socket: T, event: string, deadlineMs: number): Promise<T> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => {
      socket.destroy(Object.assign(new Error('it does not answer'), { code: 'ETIMEDOUT' }));
    }, deadlineMs);
    socket.once('error', (error) => {
      clearTimeout(timer);
      reject(error);
    });
    socket.once(event, () => {
      clearTimeout(timer);
      resolve(socket);
    });
  });
}

function openPlainTcp(host: string, port: number): Promise<Duplex> {
  return established(createConnection({ host, port, noDelay: true }), 'connect', TCP_CONNECT_MS);
}

function unixProblem(where: string, error: unknown): Problem {
  if (codeOf(error) === 'EACCES' || codeOf(error) === 'EPERM') {
    return problem('host/permission', `the user of the controller may not use ${where}`);
  }
  return problem('host/no-engine', `the Docker engine cannot be reached at ${where} (${messageOf(error)})`);
}

export function openUnixTransport(address: HostAddress & { readonly scheme: 'unix' }): Transport {
  const where = `unix://${address.socketPath}`;
  const sockets = new OpenSockets();
  return {
    where,
    maxCalls: MAX_CALLS,
    async openEngine() {
      try {
        const socket = createConnection(address.socketPath);
        return sockets.add(await established(socket, 'connect', TCP_CONNECT_MS));
      } catch (error) {
        throw new PlimsollError(unixProblem(where, error), error);
      }
    },
    openTcp: openPlainTcp,
    explainHangUp: async () =>
      problem('host/no-engine', `the Docker engine at ${where} closed the connection`),
    onLost: () => {},
    close: () => sockets.end(closed(where)),
  };
}

/** What a failed TLS connection means; exported for its table of tests. */
export function tlsProblem(where: string, error: unknown): Problem {
  const code = codeOf(error);
  const message = messageOf(error);
  if (/ALERT|TLSV1|SSLV3/.test(code)) {
    return problem('host/auth', `${where} does not accept the controller's certificate (${message})`);
  }
  if (/CERT|SIGNATURE|ISSUER|CRL/.test(code)) {
    return problem('host/key-mismatch', `the certificate of ${where} is not trusted: ${message}`, {
      hint: 'Check the CA in plimsoll.yaml and the names in the certificate of the engine.',
    });
  }
  return problem('host/unreachable', `${where} is unreachable: ${message === '' ? code : message}`);
}

export function openTlsTransport(
  address: HostAddress & { readonly scheme: 'tcp' },
  credential: TlsCredential,
): Transport {
  const where = `tcp://${address.host}:${address.port}`;
  const sockets = new OpenSockets();
  const listeners: ((problem: Problem) => void)[] = [];
  let isOver = false;
  return {
    where,
    maxCalls: MAX_CALLS,
    async openEngine() {
      const socket = connectTls({
        host: address.host,
        port: address.port,
        ca: credential.ca,
        cert: credential.certificate,
        key: credential.privateKey.open(),
      });
      try {
        await established(socket, 'secureConnect', TCP_CONNECT_MS);
        socket.setNoDelay(true).setKeepAlive(true, TCP_KEEP_ALIVE_MS);
        return sockets.add(socket);
      } catch (error) {
        const reason = tlsProblem(where, error);
        if (!isOver && reason.code === 'host/unreachable') {
          isOver = true;
          sockets.end(reason);
          for (const listener of listeners) listener(reason);
        }
        throw new PlimsollError(reason, error);
      }
    },
    openTcp: openPlainTcp,
    // In TLS 1.3 a client learns only after the handshake that its certificate is refused.
    explainHangUp: async (error) =>
      codeOf(error).startsWith('ERR_SSL')
        ? tlsProblem(where, error)
        : problem('host/no-engine', `the Docker engine at ${where} closed the connection`),
    onLost: (callback) => void listeners.push(callback),
    close: () => {
      isOver = true;
      sockets.end(closed(where));
    },
  };
}
