// Counts what really arrives at an engine: a socket beside the engine's own, on which every request is noted and
// passed on byte by byte. The host's sshd opens it in the place of the engine's.

import { rmSync } from 'node:fs';
import { createConnection, createServer, type Server, type Socket } from 'node:net';
import { dirname, join } from 'node:path';
import type { LabHost } from '../lab/host.ts';

/** The tap's socket as the host itself sees it. */
export const TAP_SOCKET = '/run/tap.sock';

export interface TappedRequest {
  readonly method: string;
  /** Without the API version. */
  readonly path: string;
  /** Wall-clock milliseconds, with fractions. */
  readonly atMs: number;
}

/** Clients write a request's head in one piece, and nothing that they send besides looks like one. */
const HEAD = /^(GET|HEAD|POST|PUT|DELETE) (?:\/v[\d.]+)?(\/\S*) HTTP\/1\.1\r\n/;

const nowMs = (): number => performance.timeOrigin + performance.now();

export class RequestTap implements AsyncDisposable {
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  requests: TappedRequest[] = [];

  private constructor(server: Server) {
    this.#server = server;
  }

  static async open(host: LabHost): Promise<RequestTap> {
    const path = join(dirname(host.dockerSocket), 'tap.sock');
    rmSync(path, { force: true });
    const server = createServer((client) => tap.#serve(client, host.dockerSocket));
    const tap = new RequestTap(server);
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      server.listen(path, resolve);
    });
    return tap;
  }

  #serve(client: Socket, enginePath: string): void {
    const engine = createConnection(enginePath);
    for (const socket of [client, engine]) {
      this.#sockets.add(socket);
      socket.once('close', () => this.#sockets.delete(socket));
    }
    client.on('data', (chunk: Buffer) => this.#note(chunk));
    client.on('error', () => engine.destroy());
    engine.on('error', () => client.destroy());
    client.pipe(engine);
    engine.pipe(client);
  }

  #note(chunk: Buffer): void {
    const [, method, path] = HEAD.exec(chunk.toString('latin1', 0, 2_048)) ?? [];
    if (method === undefined || path === undefined) return;
    this.requests.push({ method, path, atMs: nowMs() });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    await new Promise<void>((resolve) => this.#server.close(() => resolve()));
  }
}

/** Anything that could change something. */
export const isWrite = ({ method }: TappedRequest): boolean => method !== 'GET' && method !== 'HEAD';
