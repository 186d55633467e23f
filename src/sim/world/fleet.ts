// The machines of a world, and the network between them and the controller.

import { sha256 } from '../../kernel/canonical.ts';
import type { HostId } from '../../kernel/ids.ts';
import { HostId as HostIdSchema } from '../../kernel/ids.ts';
import { ok } from '../../kernel/result.ts';
import type { EngineInfo } from '../../observed/report.ts';
import type { Random } from '../../ports/clock.ts';
import { between, chance } from '../core/random.ts';
import type { Scheduler } from '../core/scheduler.ts';
import { VirtualClock } from '../core/virtual-clock.ts';
import type { RegistryImage, RegistryView } from '../engine/registry-view.ts';
import { SimEngine } from '../engine/sim-engine.ts';
import type { LinkConditions } from '../link/conditions.ts';
import type { SimLink } from '../link/sim-link.ts';
import type { SimRegistry } from '../registry/sim-registry.ts';
import { BAD_TAGS, behaviourOf, GOOD_TAGS, WRITTEN_TAGS } from '../shop/behaviour.ts';
import { imageName, importedName, type SimShop } from '../shop/shop.ts';
import { FOREIGN_IMAGE, foreignImage } from './foreign.ts';
import { BALANCER_IMAGE } from './process.ts';
import type { Tempo } from './tempo.ts';

export interface SimHost {
  readonly id: HostId;
  readonly engine: SimEngine;
  readonly clock: VirtualClock;
  /** Links of all processes that are connected or try to be. */
  readonly links: Set<SimLink>;
  /** Ids of containers and networks, names of volumes that somebody else has made and nobody has removed. */
  readonly theirs: string[];
  /** Something has happened to it: whoever asked it may have got no answer. */
  isTroubled: boolean;
  /** Until when the last misfortune of its load balancer lasted, on the scheduler's clock. */
  balancerStruckMs: number;
  /** When somebody last put its load balancer back to older rules. */
  rulesSetBackMs: number;
  conditions: LinkConditions;
  /** While nothing is wrong with the network. */
  readonly usual: LinkConditions;
}

function engineInfo(name: string, random: Random): EngineInfo {
  return {
    id: `engine-${name}`,
    version: '27.3.1',
    apiVersion: '1.47',
    os: 'linux',
    architecture: 'amd64',
    cpus: between(random, 2, 8),
    memoryBytes: 8 * 2 ** 30,
    liveRestore: chance(random, 0.5),
  };
}

/** What engines see of the registry: the image, and what its processes do. */
function registryView(registry: SimRegistry): RegistryView {
  return {
    resolve(reference, credential) {
      const found = registry.find(reference, credential);
      if (!found.ok) return found;
      const { digest, sizeBytes, tag } = found.value;
      return ok({
        digest,
        id: `sha256:${sha256(digest)}`,
        sizeBytes,
        layers: [{ digest: `sha256:${sha256(`${digest}/layer`)}`, sizeBytes }],
        behaviour: behaviourOf(tag),
      });
    },
  };
}

/** Every image that services may name, and the load balancers'. */
export function stock(registry: SimRegistry): void {
  for (const service of ['web', 'api', 'worker', 'db', 'cache', 'mail'])
    for (const tag of [...GOOD_TAGS, ...BAD_TAGS, ...WRITTEN_TAGS])
      if (tag !== 'gone') registry.push(`${imageName(service)}:${tag}`);
  registry.push(BALANCER_IMAGE);
}

export function makeHost(
  name: string,
  scheduler: Scheduler,
  registry: SimRegistry,
  tempo: Tempo,
  stream: (name: string) => Random,
): SimHost {
  const id = HostIdSchema.parse(name);
  const clock = new VirtualClock(scheduler);
  const engine = new SimEngine({
    clock,
    random: stream(`engine/${name}`),
    host: id,
    engine: engineInfo(name, stream(`engine-info/${name}`)),
    registry: registryView(registry),
    pace: tempo.pace,
  });
  engine.loadImage(foreignImage, [FOREIGN_IMAGE]);
  return {
    id,
    engine,
    clock,
    links: new Set(),
    theirs: [],
    isTroubled: false,
    balancerStruckMs: Number.NEGATIVE_INFINITY,
    rulesSetBackMs: Number.NEGATIVE_INFINITY,
    conditions: tempo.link,
    usual: tempo.link,
  };
}

/** What was built on a machine and pushed nowhere. */
function importedImage(reference: string, tag: string): RegistryImage {
  const digest = `sha256:${sha256(reference)}`;
  const id = `sha256:${sha256(`${reference}/image`)}`;
  return { digest, id, sizeBytes: 1_000_000, layers: [], behaviour: behaviourOf(tag) };
}

/** Somebody has brought images to the hosts that no registry has. */
export function importImages(hosts: ReadonlyMap<string, SimHost>, shop: SimShop): void {
  for (const { name, imported = [] } of shop.services.values())
    for (const host of imported)
      for (const tag of GOOD_TAGS) {
        const reference = `${importedName(name)}:${tag}`;
        hosts.get(host)?.engine.loadImage(importedImage(reference, tag), [reference]);
      }
}

/** Sets the network to a host, for connections that are open and those to come. */
export function setConditions(host: SimHost, change: Partial<LinkConditions>): void {
  host.conditions = { ...host.conditions, ...change };
  for (const link of host.links) link.setConditions(host.conditions);
}
