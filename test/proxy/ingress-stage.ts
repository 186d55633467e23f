// An ingress with five services behind it, each of which says what it was asked, and clients that ask it.

import type { Agent } from 'node:http';
import { connect, type Socket } from 'node:net';
import { ServiceKey } from '../../src/kernel/ids.ts';
import type { Pool, Traffic } from '../../src/proxy/traffic.ts';
import { type Answer, ask } from './client.ts';
import { ProxyFleet, type RunningProxy } from './fleet.ts';
import { HTTP_PORT, Mirrored, MirrorServer } from './servers.ts';
import { api, rule, serving, stable, traffic, type WrittenRule } from './words.ts';

const NAMES = ['a', 'b', 'c', 'd', 'e'] as const;
type Name = (typeof NAMES)[number];

/** Leads to the service `a` unless it says otherwise. */
export type Rule = Omit<WrittenRule, 'to'> & { readonly to?: Name };

interface Asked {
  readonly host?: string;
  readonly path?: string;
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
  readonly from?: string;
  readonly agent?: Agent;
}

const portOf = (name: Name) => ({ service: ServiceKey.parse(`shop/${name}`), port: HTTP_PORT });

export class IngressStage implements AsyncDisposable {
  readonly fleet = new ProxyFleet();
  readonly client = this.fleet.address('h1', 2);
  readonly otherClient = this.fleet.address('h7', 2);
  readonly #at = { address: this.fleet.address('h1', 1), port: 8_000 };
  readonly #mirrors = new Map<Name, MirrorServer>();
  #proxy: RunningProxy | undefined;
  #followed: readonly Rule[] | undefined;

  async start(): Promise<void> {
    this.#proxy = await this.fleet.proxy('h1');
    for (const [at, name] of NAMES.entries())
      this.#mirrors.set(name, await MirrorServer.start(name, this.fleet.address('h1', 11 + at)));
  }

  get proxy(): RunningProxy {
    if (this.#proxy === undefined) throw new Error('the stage has not been started');
    return this.#proxy;
  }

  /** Paths of all requests that services have got. */
  get paths(): readonly string[] {
    return [...this.#mirrors.values()].flatMap((mirror) => mirror.paths);
  }

  routed(rules: readonly Rule[]): Traffic {
    const pools = [...this.#mirrors].map(
      ([name, mirror]): Pool => ({
        ...api([stable({ local: [serving(mirror)] })]),
        to: portOf(name),
        check: { kind: 'tcp', timeoutMs: 1_000 },
      }),
    );
    const led = rules.map(({ to = 'a', ...more }) => rule({ ...more, to: portOf(to) }));
    return traffic('h1', { pools, ingress: { ...this.#at, rules: led } });
  }

  /** Reloads only where the rules are others. */
  async follow(rules: readonly Rule[]): Promise<void> {
    if (this.#followed === rules) return;
    this.#followed = rules;
    await this.proxy.follow(this.routed(rules));
  }

  knock({ host = 'shop.example.com', headers = {}, from = this.client, ...more }: Asked): Promise<Answer> {
    const { address: to, port } = this.#at;
    return ask({ to, port, from, headers: { host, ...headers }, ...more });
  }

  /** The name of the service, or the status where none has answered. */
  async whoAnswers(asked: Asked): Promise<string> {
    const { status, text } = await this.knock(asked);
    return status === 200 ? Mirrored.parse(JSON.parse(text)).name : String(status);
  }

  /** What the service has got. */
  async seen(asked: Asked) {
    const { text } = await this.knock(asked);
    return Mirrored.parse(JSON.parse(text));
  }

  connect(): Socket {
    const { address: host, port } = this.#at;
    return connect({ host, port, localAddress: this.client });
  }

  /** The first line of the answer to a request that no library would send. */
  rawly(text: string): Promise<string> {
    const socket = this.connect();
    socket.setTimeout(3_000, () => socket.destroy());
    socket.write(text);
    return new Promise((resolve) => {
      socket.on('error', () => {});
      socket.on('close', () => resolve('closed'));
      socket.once('data', (data) => {
        resolve(data.toString().split('\r\n')[0] ?? '');
        socket.destroy();
      });
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.fleet[Symbol.asyncDispose]();
    for (const mirror of this.#mirrors.values()) await mirror[Symbol.asyncDispose]();
  }
}
