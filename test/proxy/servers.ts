// Small servers that say who they are: what stands behind the load balancers of these tests.

import { once } from 'node:events';
import { createServer as createHttpServer, type Server as HttpServer } from 'node:http';
import { createServer, type Server, type Socket } from 'node:net';

export const HTTP_PORT = 8_080;
export const TCP_PORT = 5_432;

/** Answers its name to every request; `/echo` gives the body back. */
export class WebServer implements AsyncDisposable {
  readonly name: string;
  readonly address: string;
  requests = 0;
  readonly #server: HttpServer;

  private constructor(name: string, address: string) {
    this.name = name;
    this.address = address;
    this.#server = createHttpServer((request, response) => {
      if (request.url !== '/health') this.requests += 1;
      if (request.url === '/echo') request.pipe(response);
      else response.end(name);
    });
    this.#server.keepAliveTimeout = 120_000;
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
