// The lab as the benchmark uses it: engines with the images on them, their sockets for direct calls, a
// repository, and a watch on what happens. One lab serves all figures that need real engines.

import { join } from 'node:path';
import { eventually } from '../lab/eventually.ts';
import type { LabRepository } from '../lab/git-repository.ts';
import type { LabHost } from '../lab/host.ts';
import { type Lab, startLab } from '../lab/lab.ts';
import { busyboxLayer, layerOf } from '../lab/layers.ts';
import { pushImage } from '../lab/push.ts';
import { type ConfigWords, writeConfig } from './controller-files.ts';
import { DirectEngine } from './direct-engine.ts';
import { EngineWatch } from './engine-watch.ts';
import { quietMachine } from './quiet-machine.ts';

/** Ends at once on SIGTERM: what takes long is then the engine's doing or ours. */
const START = `#!/bin/sh
trap 'exit 0' TERM
sleep 2147483647 &
wait
`;

export interface BenchHost {
  readonly name: string;
  readonly host: LabHost;
  readonly engine: DirectEngine;
}

export class BenchFleet implements AsyncDisposable {
  readonly lab: Lab;
  readonly hosts: readonly BenchHost[];
  readonly watch: EngineWatch;
  /** Two versions of one image as `name@sha256:…`, both on every host. */
  readonly images: readonly [string, string];
  #disturbed = 0;

  private constructor(
    lab: Lab,
    hosts: readonly BenchHost[],
    watch: EngineWatch,
    images: readonly [string, string],
  ) {
    this.lab = lab;
    this.hosts = hosts;
    this.watch = watch;
    this.images = images;
  }

  /** `parallel`: connections at once for direct calls to one engine. */
  static async start(hostCount: number, parallel: number): Promise<BenchFleet> {
    const lab = await startLab({ hosts: hostCount });
    try {
      const images = [await pushVersion(lab, '1'), await pushVersion(lab, '2')] as const;
      await Promise.all(lab.hosts.flatMap((host) => images.map((image) => pull(host, image))));
      const hosts = lab.hosts.map((host) => ({
        name: host.name,
        host,
        engine: new DirectEngine(host.dockerSocket, parallel),
      }));
      return new BenchFleet(lab, hosts, await EngineWatch.open(lab.hosts), images);
    } catch (error) {
      await lab.stop();
      throw error;
    }
  }

  /** How often something was measured although the machine was busy with other work. */
  get disturbed(): number {
    return this.#disturbed;
  }

  repository(name: string): Promise<LabRepository> {
    return this.lab.git.createRepository(name);
  }

  /** The path of a plimsoll.yaml in a directory of that name, for a controller that reaches the hosts by SSH. */
  config(name: string, words: Pick<ConfigWords, 'repositoryPath' | 'poll'>): string {
    const directory = join(this.lab.directory, name);
    return writeConfig({ directory, privateKeyPath: this.lab.ssh.key.privateKeyPath, ...words });
  }

  /** Removes all containers and what Plimsoll's networks are left, and waits until nothing stirs. */
  async clear(): Promise<void> {
    await eventually('an empty fleet', { deadlineMs: 120_000, intervalMs: 200 }, async () => {
      const left = await Promise.all(this.hosts.map(clearHost));
      return left.every((count) => count === 0);
    });
  }

  /** Waits for a moment in which little happens, on the engines and beside them. */
  async quiet(): Promise<void> {
    if (!(await quietMachine())) this.#disturbed += 1;
    this.watch.clear();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.watch[Symbol.dispose]();
    for (const { engine } of this.hosts) engine[Symbol.dispose]();
    await this.lab.stop();
  }
}

async function pushVersion(lab: Lab, version: string): Promise<string> {
  const own = await layerOf({ start: START, 'etc/version': `${version}\n` });
  const layers = [await busyboxLayer(), own];
  const config = { Env: ['PATH=/bin'], Entrypoint: ['/start'] };
  return (await pushImage(lab.registry, 'bench', version, layers, config)).pinned;
}

async function pull({ docker }: LabHost, image: string): Promise<void> {
  const progress = await docker.pull(image);
  await new Promise<void>((resolve, reject) => {
    docker.modem.followProgress(progress, (error) => (error === null ? resolve() : reject(error)));
  });
}

/** How many containers there were. */
async function clearHost({ host, engine }: BenchHost): Promise<number> {
  const containers = await host.docker.listContainers({ all: true });
  await Promise.all(
    containers.map((c) => engine.send('DELETE', `/containers/${c.Id}?force=true&v=true`).catch(() => {})),
  );
  const networks = await host.docker.listNetworks();
  const ours = networks.filter((n) => n.Name.startsWith('plimsoll.'));
  await Promise.all(ours.map((n) => engine.send('DELETE', `/networks/${n.Id}`).catch(() => {})));
  return containers.length;
}
