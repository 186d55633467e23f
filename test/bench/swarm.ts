// Docker's own Swarm on the same engines, asked through the API (its command line would only add time). There is
// no published port and no virtual address, which the kernel of a lab may lack.

import { z } from 'zod';
import { eventually } from '../lab/eventually.ts';
import type { Begin, Contestant } from './contestant.ts';
import type { BenchFleet, BenchHost } from './fleet.ts';

const Tokens = z.object({ JoinTokens: z.object({ Worker: z.string() }) });
const Nodes = z.array(z.object({ Status: z.object({ State: z.string() }) }));
const Service = z.object({ Version: z.object({ Index: z.number() }) });

const SERVICE = 'swarm';
const NETWORK = 'swarm-bridge';
const NODE_NETWORK = 'swarm-bridge-of-node';

export class Swarm {
  readonly fleet: BenchFleet;
  readonly #leader: BenchHost;

  private constructor(fleet: BenchFleet, leader: BenchHost) {
    this.fleet = fleet;
    this.#leader = leader;
  }

  /** Makes one swarm of all hosts; it stays until `leave`. */
  static async form(fleet: BenchFleet): Promise<Swarm> {
    const [leader, ...others] = fleet.hosts;
    if (leader === undefined) throw new Error('a swarm needs a host');
    const at = (host: BenchHost): string => `${host.host.address}:2377`;
    await leader.engine.send('POST', '/swarm/init', { ListenAddr: at(leader), AdvertiseAddr: at(leader) });
    const tokens = Tokens.parse(await leader.engine.send('GET', '/swarm'));
    for (const host of others) {
      await host.engine.send('POST', '/swarm/join', {
        ListenAddr: at(host),
        AdvertiseAddr: at(host),
        RemoteAddrs: [at(leader)],
        JoinToken: tokens.JoinTokens.Worker,
      });
    }
    const swarm = new Swarm(fleet, leader);
    await swarm.#ready();
    await swarm.#createNetwork();
    return swarm;
  }

  async #ready(): Promise<void> {
    await eventually('all nodes ready', { deadlineMs: 60_000, intervalMs: 200 }, async () => {
      const nodes = Nodes.parse(await this.#leader.engine.send('GET', '/nodes'));
      return nodes.length === this.fleet.hosts.length && nodes.every((n) => n.Status.State === 'ready');
    });
  }

  /** A bridge on every node under one name: what Plimsoll's network of a namespace is, known to Swarm. */
  async #createNetwork(): Promise<void> {
    for (const { engine } of this.fleet.hosts) {
      await engine.send('POST', '/networks/create', { Name: NODE_NETWORK, ConfigOnly: true });
    }
    const body = { Name: NETWORK, Driver: 'bridge', Scope: 'swarm', ConfigFrom: { Network: NODE_NETWORK } };
    await this.#leader.engine.send('POST', '/networks/create', body);
  }

  /** `network`: whether its containers share a network in which they find each other by name. */
  contestant(name: string, network: boolean): Contestant {
    const { engine } = this.#leader;
    let replicas = 0;
    const spec = (image: string, parallel: number): object =>
      serviceSpec(image, { replicas, parallel, network });
    return {
      name,
      open: async () => {},
      deployment: async (image, count): Promise<Begin> => {
        replicas = count;
        return async () => void (await engine.send('POST', '/services/create', spec(image, 1)));
      },
      update: async (image, parallel): Promise<Begin> => {
        return async () => {
          const service = Service.parse(await engine.send('GET', `/services/${SERVICE}`));
          const path = `/services/${SERVICE}/update?version=${service.Version.Index}`;
          await engine.send('POST', path, spec(image, parallel));
        };
      },
      close: async () => {
        await engine.send('DELETE', `/services/${SERVICE}`);
        await this.fleet.clear();
      },
    };
  }

  async leave(): Promise<void> {
    for (const { engine } of [...this.fleet.hosts].reverse()) {
      await engine.send('POST', '/swarm/leave?force=true');
    }
  }
}

interface ServiceWords {
  readonly replicas: number;
  readonly parallel: number;
  readonly network: boolean;
}

const STOP_GRACE_NS = 30e9;
const LEAST_NS = 1;

function serviceSpec(image: string, { replicas, parallel, network }: ServiceWords): object {
  return {
    Name: SERVICE,
    TaskTemplate: {
      ContainerSpec: { Image: image, StopGracePeriod: STOP_GRACE_NS },
      Resources: { Limits: { MemoryBytes: 32 * 1024 * 1024, Pids: 1024 } },
      ...(network ? { Networks: [{ Target: NETWORK, Aliases: [SERVICE] }] } : {}),
    },
    Mode: { Replicated: { Replicas: replicas } },
    // How long it watches before it calls an update complete; zero would mean five seconds.
    UpdateConfig: { Parallelism: parallel, Order: 'start-first', Delay: 0, Monitor: LEAST_NS },
    EndpointSpec: { Mode: 'dnsrr' },
  };
}
