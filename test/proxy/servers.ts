// Small servers that say who they are: what stands behind the load balancers of these tests.

import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { createServer as createHttpServer, type Server as HttpServer } from 'node:http';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { Worker } from 'node:worker_threads';
import { z } from 'zod';

export const HTTP_PORT = 8_080;
export const TCP_PORT = 5_432;

/** `/answer/503/20`: with the status 503, after 20 ms. */
const ORDERED = /^\/answer\/(\d+)\/(\d+)$/;

/** Answers its name to every request; `/echo` gives the body back, `/drop` breaks off, `/hesitate` every first time. */
export class WebServer implements AsyncDisposable {
  readonly name: string;
  readonly address: string;
  requests = 0;
  #hasHesitated = false;
  readonly #server: HttpServer;

  private constructor(name: string, address: string) {
    this.name = name;
    this.address = address;
    this.#server = createHttpServer((request, response) => {
      if (request.url !== '/health') this.requests += 1;
      const [, status, afterMs] = ORDERED.exec(request.url ?? '') ?? [];
      if (request.url === '/echo') request.pipe(response);
      else if (request.url === '/drop' || (request.url === '/hesitate' && this.#hesitates()))
        request.destroy();
      else if (status === undefined) response.end(name);
      else setTimeout(() => response.writeHead(Number(status)).end(name), Number(afterMs));
    });
    this.#server.keepAliveTimeout = 120_000;
    this.#server.on('upgrade', (_, socket) =>
      socket.write('HTTP/1.1 101 Switching Protocols\r\nconnection: upgrade\r\nupgrade: lines\r\n\r\n'),
    );
  }

  #hesitates(): boolean {
    this.#hasHesitated = !this.#hasHesitated;
    return this.#hasHesitated;
  }

  static async start(name: string, address: string): Promise<WebServer> {
    const web = new WebServer(name, address);
    web.#server.listen(HTTP_PORT, address);
    await once(web.#server, 'listening');
    return web;
  }

  /** As a killed container: every connection is reset, and nobody listens any more. */
  kill(): void {
    this.#server.close();
    this.#server.closeAllConnections();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.kill();
    await new Promise((resolve) => setImmediate(resolve));
  }
}

/** What a replica has got, as it tells it itself. */
export const Mirrored = z.object({
  name: z.string(),
  method: z.string(),
  path: z.string(),
  headers: z.record(z.string(), z.string()),
});

/** By which a server shows that it has understood a key (RFC 6455, section 1.3). */
const WEBSOCKET = '258EAFA5-E914-47DA-95CA-C5AB0DC85B11';

/** Answers with what it was asked; to a path that ends in `/silent` never. Where a connection is upgraded, it echoes. */
export class MirrorServer implements AsyncDisposable {
  readonly name: string;
  readonly address: string;
  /** Of all requests so far. */
  readonly paths: string[] = [];
  readonly #server: HttpServer;

  private constructor(name: string, address: string) {
    this.name = name;
    this.address = address;
    this.#server = createHttpServer(({ url: path = '', method, headers }, response) => {
      this.paths.push(path);
      if (!path.endsWith('/silent')) response.end(JSON.stringify({ name, method, path, headers }));
    });
    this.#server.on('upgrade', ({ headers }, socket) => {
      socket.on('error', () => {});
      const accept = createHash('sha1')
        .update(`${headers['sec-websocket-key']}${WEBSOCKET}`)
        .digest('base64');
      const lines = ['Connection: Upgrade', 'Upgrade: websocket', `Sec-WebSocket-Accept: ${accept}`];
      socket.write(`HTTP/1.1 101 Switching Protocols\r\n${lines.join('\r\n')}\r\n\r\n`);
      socket.pipe(socket);
    });
    this.#server.keepAliveTimeout = 120_000;
  }

  static async start(name: string, address: string): Promise<MirrorServer> {
    const mirror = new MirrorServer(name, address);
    mirror.#server.listen(HTTP_PORT, address);
    await once(mirror.#server, 'listening');
    return mirror;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.close();
    this.#server.closeAllConnections();
    await new Promise((resolve) => setImmediate(resolve));
  }
}

/** Says its name to every line. */
export class LineServer implements AsyncDisposable {
  readonly name: string;
  readonly address: string;
  readonly #sockets = new Set<Socket>();
  readonly #server: Server;

  private constructor(name: string, address: string) {
    this.name = name;
    this.address = address;
    this.#server = createServer((socket) => {
      this.#sockets.add(socket);
      socket.on('error', () => {});
      socket.on('close', () => this.#sockets.delete(socket));
      socket.on('data', () => socket.write(`${name}\n`));
    });
  }

  static async start(name: string, address: string): Promise<LineServer> {
    const server = new LineServer(name, address);
    server.#server.listen(TCP_PORT, address);
    await once(server.#server, 'listening');
    return server;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.close();
    for (const socket of this.#sockets) socket.destroy();
    await new Promise((resolve) => setImmediate(resolve));
  }
}

/** Of a thread of its own: in the one of its clients, its timers and theirs would always meet in the same order. */
const IMPATIENT = `
  const { workerData, parentPort } = require('node:worker_threads');
  const { createServer } = require('node:http');
  const { name, address, port, idleMs } = workerData;
  const server = createServer((request, response) => {
    // Said by itself, so that Node does not add for how long: clients would know when not to ask.
    response.setHeader('connection', 'keep-alive');
    request.resume().on('end', () => response.end(name));
  });
  server.keepAliveTimeout = idleMs;
  server.keepAliveTimeoutBuffer = 0;
  server.listen(port, address, () => parentPort.postMessage('listening'));
`;

/** Closes every connection on which nothing has been asked for so long. */
export class ImpatientServer implements AsyncDisposable {
  readonly name: string;
  readonly address: string;
  readonly #thread: Worker;

  private constructor(name: string, address: string, idleMs: number) {
    this.name = name;
    this.address = address;
    this.#thread = new Worker(IMPATIENT, {
      eval: true,
      workerData: { name, address, port: HTTP_PORT, idleMs },
    });
  }

  static async start(name: string, address: string, idleMs: number): Promise<ImpatientServer> {
    const server = new ImpatientServer(name, address, idleMs);
    await once(server.#thread, 'message');
    return server;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#thread.terminate();
  }
}

/** As many servers that begin a process for each request: what it has not taken yet soon fills its queue. */
const BUSY = `
  const { workerData, parentPort } = require('node:worker_threads');
  const { createServer } = require('node:http');
  const { name, address: host, port } = workerData;
  const server = createServer((request, response) => {
    response.setHeader('connection', 'close');
    request.resume().on('end', () => response.end(name));
  });
  server.listen({ host, port, backlog: 4 }, () => parentPort.postMessage('listening'));
  parentPort.on('message', (forMs) => Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, forMs));
`;

/** Can be kept from taking connections for a while. */
export class BusyServer implements AsyncDisposable {
  readonly name: string;
  readonly address: string;
  readonly #thread: Worker;

  private constructor(name: string, address: string) {
    this.name = name;
    this.address = address;
    this.#thread = new Worker(BUSY, { eval: true, workerData: { name, address, port: HTTP_PORT } });
  }

  static async start(name: string, address: string): Promise<BusyServer> {
    const server = new BusyServer(name, address);
    await once(server.#thread, 'message');
    return server;
  }

  /** What is asked meanwhile waits, as far as there is room for it. */
  pause(forMs: number): void {
    this.#thread.postMessage(forMs);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#thread.terminate();
  }
}

const DELAY_MS = 150;

/** A long way to another host: every byte takes a while, in both directions. */
export class SlowPath implements AsyncDisposable {
  readonly address: string;
  readonly #sockets = new Set<Socket>();
  readonly #servers: readonly Server[];

  private constructor(address: string, to: string, ports: readonly number[]) {
    this.address = address;
    this.#servers = ports.map((port) =>
      createServer({ allowHalfOpen: true }, (near) => {
        const far = connect({ host: to, port, allowHalfOpen: true });
        this.#delay(near, far);
        this.#delay(far, near);
      }),
    );
  }

  static async start(address: string, to: string, ports: readonly number[]): Promise<SlowPath> {
    const path = new SlowPath(address, to, ports);
    for (const [at, server] of path.#servers.entries()) {
      server.listen(ports[at], address);
      await once(server, 'listening');
    }
    return path;
  }

  #delay(from: Socket, to: Socket): void {
    this.#sockets.add(from);
    from.on('error', () => to.destroy());
    from.on('close', () => this.#sockets.delete(from));
    from.on('data', (data) => setTimeout(() => to.writable && to.write(data), DELAY_MS));
    from.on('end', () => setTimeout(() => to.end(), DELAY_MS));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const server of this.#servers) server.close();
    for (const socket of this.#sockets) socket.destroy();
    await new Promise((resolve) => setImmediate(resolve));
  }
}
