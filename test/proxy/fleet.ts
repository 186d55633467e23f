// A fleet on this machine's loopback: real HAProxy processes and small servers behind them, every host and
// replica with an address of its own. What is rendered is tried without engines; these come with the lab.

import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { connect, createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { HostId } from '../../src/kernel/ids.ts';
import { Sealed } from '../../src/kernel/sealed.ts';
import { type ProxySettings, type RulesFile, rulesFile } from '../../src/proxy/base.ts';
import { renderHaproxy } from '../../src/proxy/render.ts';
import type { Traffic } from '../../src/proxy/traffic.ts';
import { CLEAN_ENVIRONMENT, runCommand } from '../lab/command.ts';
import { eventually, logTail } from '../lab/eventually.ts';
import { makeAuthority, makeHostCertificate } from './certificates.ts';

/** Of each load balancer. */
export const MOST_CONNECTIONS = 2_000;
const START_MS = 5_000;
const ADMIN_PORT = 9_999;
const NEWEST_PORT = 9_997;
const NEWEST_INGRESS_PORT = 9_996;
const NOBODY_PORT = 9_995;

/** Beside the rules, as the driver unpacks them. */
function heldIn(directory: string, hostPem: string, caPem: string) {
  const files = { host: hostPem, roots: caPem };
  const names = Object.entries(files).map(([kind, content]) => {
    const { name } = rulesFile(kind, new Sealed(content));
    writeFileSync(join(directory, name), content);
    return name;
  });
  const [certificate = '', roots = ''] = names;
  return { certificate, roots };
}

export class RunningProxy {
  readonly #name: string;
  readonly #directory: string;
  #settings: ProxySettings;
  #master: ChildProcess | undefined;

  constructor(name: string, directory: string, adminAddress: string) {
    this.#name = name;
    this.#directory = directory;
    const read = (file: string): string => readFileSync(join(directory, file), 'utf8');
    this.#settings = {
      admin: { address: adminAddress, port: ADMIN_PORT },
      newest: { address: adminAddress, port: NEWEST_PORT },
      newestIngress: { address: adminAddress, port: NEWEST_INGRESS_PORT },
      nobody: { address: adminAddress, port: NOBODY_PORT },
      ...heldIn(directory, read('host.pem'), read('ca.pem')),
      maxConnections: MOST_CONNECTIONS,
      oldProcessMs: 10_000,
    };
  }

  get #file(): string {
    return join(this.#directory, 'haproxy.cfg');
  }

  /** Other certificates than those that it came with; a start or a reload takes them up. */
  hold(hostPem: string, caPem: string): void {
    this.#settings = { ...this.#settings, ...heldIn(this.#directory, hostPem, caPem) };
  }

  /** Starts by this traffic, or reloads; resolves when a process serves by it. */
  async follow(traffic: Traffic): Promise<void> {
    const { text, hash, files } = renderHaproxy(traffic, this.#settings);
    this.#write(this.#file, text, files);
    await runCommand('haproxy', ['-c', '-f', this.#file]);
    if (this.#master === undefined) this.#start();
    else this.#master.kill('SIGUSR2');
    await eventually(`${this.#name} to serve by ${hash}`, this.#patience(), async () =>
      (await this.ask('show info')).includes(`description: ${hash}`),
    );
  }

  #write(file: string, text: string, files: readonly RulesFile[]): void {
    for (const { name, content } of files) writeFileSync(join(this.#directory, name), content.open());
    writeFileSync(file, text);
  }

  #start(): void {
    const log = openSync(join(this.#directory, 'haproxy.log'), 'a');
    // It dies with the tests, however they end.
    this.#master = spawn('setpriv', ['--pdeathsig', 'KILL', '--', 'haproxy', '-W', '-f', this.#file], {
      env: CLEAN_ENVIRONMENT,
      stdio: ['ignore', log, log],
    });
  }

  #patience() {
    return {
      deadlineMs: START_MS,
      evidence: () => logTail(join(this.#directory, 'haproxy.log')),
    };
  }

  /** What the process says to a command of its admin socket. */
  async ask(command: string): Promise<string> {
    const { address, port } = this.#settings.admin;
    const socket = connect({ host: address, port });
    socket.end(`${command}\n`);
    let answer = '';
    for await (const chunk of socket) answer += chunk;
    return answer;
  }

  /** The rendered text has nothing that HAProxy would warn about. */
  async warnings(traffic: Traffic): Promise<string> {
    const file = join(this.#directory, 'checked.cfg');
    const { text, files } = renderHaproxy(traffic, this.#settings);
    this.#write(file, text, files);
    return runCommand('haproxy', ['-c', '-dW', '-f', file]);
  }

  async stop(): Promise<void> {
    const master = this.#master;
    this.#master = undefined;
    if (master === undefined || master.exitCode !== null) return;
    master.kill('SIGKILL');
    await once(master, 'exit');
  }
}

const NETWORKS = { first: 20, last: 249 } as const;

/**
 * A part of the loopback that no other fleet of this machine has: held by an abstract unix socket, which the kernel
 * drops with the process. That address is taken, or is not, by the time `listen` returns.
 */
export function claimNetwork(): { readonly number: number; readonly lock: Server } {
  const count = NETWORKS.last - NETWORKS.first + 1;
  for (let step = 0; step < count; step += 1) {
    const number = NETWORKS.first + ((process.pid + step) % count);
    const lock = createServer().unref();
    lock.on('error', () => {});
    lock.listen(`\0plimsoll-proxies/${number}`);
    if (lock.listening) return { number, lock };
  }
  throw new Error('no free part of the loopback: every one has a fleet');
}

export class ProxyFleet implements AsyncDisposable {
  readonly #network = claimNetwork();
  readonly #directory = mkdtempSync(join(tmpdir(), 'plimsoll-proxy-'));
  readonly #proxies: RunningProxy[] = [];
  readonly #ready: Promise<void>;

  constructor() {
    this.#ready = makeAuthority(this.#directory);
  }

  /** Station 0 is the host itself, as others see it. */
  address(host: string, station: number): string {
    return `127.${this.#network.number}.${host.replace(/\D/g, '')}.${station + 1}`;
  }

  subnet(host: string): string {
    return `${this.address(host, 0).replace(/\d+$/, '0')}/24`;
  }

  /** A load balancer; its certificate is the fleet's unless another authority is named. */
  async proxy(name: string, authority = this.#directory): Promise<RunningProxy> {
    await this.#ready;
    const directory = join(this.#directory, name);
    mkdirSync(directory);
    await makeHostCertificate(authority, directory, HostId.parse(name));
    const proxy = new RunningProxy(name, directory, this.address(name, 250));
    this.#proxies.push(proxy);
    return proxy;
  }

  /** What a client needs to ask a host as `name`: files in PEM. */
  async certificate(name: string, authority = this.#directory): Promise<string> {
    await this.#ready;
    const directory = mkdtempSync(join(this.#directory, 'client-'));
    await makeHostCertificate(authority, directory, HostId.parse(name));
    return directory;
  }

  /** An authority that the fleet does not know. */
  async foreignAuthority(): Promise<string> {
    const directory = mkdtempSync(join(this.#directory, 'foreign-'));
    await makeAuthority(directory);
    return directory;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.#proxies.map((proxy) => proxy.stop()));
    rmSync(this.#directory, { recursive: true, force: true });
    this.#network.lock.close();
  }
}
