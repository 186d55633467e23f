// The ways that `bench:traffic` compares, all to the same replicas on this machine's loopback: straight to one of them,
// through plain HAProxy, through one host's load balancer, and through those of two hosts with mTLS between them.

import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { eventually } from '../lab/eventually.ts';
import { ProxyFleet } from '../proxy/fleet.ts';
import { HTTP_PORT } from '../proxy/servers.ts';
import { API, api, door, MESH_PORTS, on, peer, serving, stable, traffic } from '../proxy/words.ts';

const REPLICAS = 3;
/** The load generator cannot choose an address within the consumer's network. */
const EVERYBODY = '127.0.0.0/8';

export interface TrafficPath {
  readonly name: 'direct' | 'plain' | 'oneHop' | 'twoHops';
  readonly meaning: string;
  readonly url: string;
}

/** The least that HAProxy needs to pass HTTP on. */
const MINIMAL = 'defaults\n  mode http\n  timeout connect 5s\n  timeout client 60s\n  timeout server 60s\n';

/** It dies with the benchmark, however that ends. */
function haproxy(directory: string, name: string, text: string): ChildProcess {
  const file = join(directory, `${name}.cfg`);
  writeFileSync(file, text);
  return spawn('setpriv', ['--pdeathsig', 'KILL', '--', 'haproxy', '-db', '-f', file], { stdio: 'inherit' });
}

async function answers(url: string): Promise<boolean> {
  const response = await fetch(url).catch(() => null);
  return response?.status === 200;
}

export class TrafficPaths implements AsyncDisposable {
  readonly #fleet = new ProxyFleet();
  readonly #directory = mkdtempSync(join(tmpdir(), 'plimsoll-bench-'));
  readonly #processes: ChildProcess[] = [];

  #address(host: string, station: number): string {
    return this.#fleet.address(host, station);
  }

  #replicas(host: string): readonly { readonly name: string; readonly address: string }[] {
    return Array.from({ length: REPLICAS }, (_, n) => ({
      name: `api.${n}`,
      address: this.#address(host, 10 + n),
    }));
  }

  /** Replicas that answer at once: what is compared is the way to them. */
  #startOrigin(): void {
    const binds = ['h1', 'h2'].flatMap((host) =>
      this.#replicas(host).map(({ address }) => `  bind ${address}:${HTTP_PORT}\n`),
    );
    const reply = '  http-request return status 200 content-type text/plain string ok\n';
    const text = `${MINIMAL}frontend replicas\n${binds.join('')}${reply}`;
    this.#processes.push(haproxy(this.#directory, 'origin', text));
  }

  #startPlain(): string {
    const at = `${this.#address('h1', 30)}:${HTTP_PORT}`;
    const servers = this.#replicas('h1').map(
      ({ name, address }) => `  server ${name} ${address}:${HTTP_PORT}\n`,
    );
    const text = `${MINIMAL}frontend door\n  bind ${at}\n  default_backend api\nbackend api\n${servers.join('')}`;
    this.#processes.push(haproxy(this.#directory, 'plain', text));
    return `http://${at}/`;
  }

  /** The door of h1 that leads to its own replicas. */
  async #startOneHop(): Promise<string> {
    const at = this.#address('h1', 1);
    const local = this.#replicas('h1').map(serving);
    const proxy = await this.#fleet.proxy('h1');
    await proxy.follow(
      traffic('h1', { doors: [door(API, at, EVERYBODY)], pools: [api([stable({ local })])] }),
    );
    return `http://${at}:${HTTP_PORT}/`;
  }

  /** The door of h3, which has no replica of its own. */
  async #startTwoHops(): Promise<string> {
    const at = this.#address('h3', 1);
    const [near, far] = [await this.#fleet.proxy('h3'), await this.#fleet.proxy('h2')];
    await far.follow(
      traffic('h2', {
        pools: [api([stable({ local: this.#replicas('h2').map(serving) })], ['h3'])],
        peers: [peer('h3', this.#address('h3', 0))],
        mesh: { address: this.#address('h2', 0), ports: MESH_PORTS },
      }),
    );
    await near.follow(
      traffic('h3', {
        doors: [door(API, at, EVERYBODY)],
        pools: [api([stable({ remote: [on('h2', REPLICAS)] })])],
        peers: [peer('h2', this.#address('h2', 0))],
        mesh: { address: this.#address('h3', 0), ports: MESH_PORTS },
      }),
    );
    return `http://${at}:${HTTP_PORT}/`;
  }

  /** Resolves when all of them answer. */
  async start(): Promise<readonly TrafficPath[]> {
    this.#startOrigin();
    const direct = `http://${this.#address('h1', 10)}:${HTTP_PORT}/`;
    const paths: readonly TrafficPath[] = [
      { name: 'direct', meaning: 'straight to a replica', url: direct },
      { name: 'plain', meaning: 'through HAProxy with a minimal configuration', url: this.#startPlain() },
      {
        name: 'oneHop',
        meaning: 'through the load balancer of its own host',
        url: await this.#startOneHop(),
      },
      { name: 'twoHops', meaning: 'to another host, with mTLS', url: await this.#startTwoHops() },
    ];
    for (const { name, url } of paths)
      await eventually(`${name} to answer`, { deadlineMs: 10_000 }, () => answers(url));
    return paths;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const child of this.#processes) child.kill('SIGKILL');
    await Promise.all(this.#processes.map((child) => child.exitCode ?? once(child, 'exit')));
    await this.#fleet[Symbol.asyncDispose]();
  }
}
