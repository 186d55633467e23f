// Puts a copy of a running fleet on a stage: the rows of the store on the disk, and on the machines the images,
// networks, volumes and containers that were seen there. Somebody else's containers take their memory and
// their ports as well.

import type { ContainerRequest } from '../../action/container-request.ts';
import { plainContainer } from '../../desired/plain-container.ts';
import { imageToRun, type Revision } from '../../desired/revision.ts';
import { PlimsollError } from '../../kernel/errors.ts';
import { serviceKey } from '../../kernel/ids.ts';
import { parseImageReference } from '../../kernel/image-reference.ts';
import { configVolumeName, type OwnedContainer, ownedContainer, volumeName } from '../../kernel/owner.ts';
import type { CopiedHost, FleetCopy } from '../../loop/fleet-copy.ts';
import { loadMemory } from '../../loop/rows.ts';
import type { ObservedContainer, ObservedImage } from '../../observed/report.ts';
import type { Memory } from '../../plan/world.ts';
import { WORLD_BEGINS_AT } from '../core/virtual-clock.ts';
import { createContainer } from '../engine/create.ts';
import { createNetwork } from '../engine/networks.ts';
import { startContainer } from '../engine/start.ts';
import { createVolume } from '../engine/volumes.ts';
import { SimStore } from '../store/sim-store.ts';
import { imageBehind } from './images.ts';
import type { DryMachine } from './machines.ts';
import type { Assumptions } from './report.ts';
import type { Stage } from './stage.ts';

/** What somebody else runs may be anything. */
const FOREIGN_IMAGE = 'registry.invalid/somebody/else:1';
const RUNS: ReadonlySet<ObservedContainer['status']> = new Set(['running', 'restarting', 'paused']);

async function memoryOn({ disk, clock }: Stage): Promise<Memory> {
  const store = new SimStore({
    disk,
    clock,
    delayMs: () => 0,
    onWrite: () => 'go on',
    isAlive: () => true,
  });
  const memory = await loadMemory(store);
  if (!memory.ok) throw new PlimsollError(memory.error);
  return memory.value;
}

function load({ engine }: DryMachine, image: ObservedImage, assumptions: Assumptions): void {
  const digest = image.digests[0]?.split('@')[1] ?? image.id;
  engine.loadImage({ ...imageBehind(digest, assumptions), id: image.id }, [...image.tags, ...image.digests]);
}

function volumesOf({ container }: Revision, { namespace }: OwnedContainer): readonly string[] {
  return container.mounts.flatMap((mount) => {
    if (mount.kind === 'volume') return [volumeName(namespace, mount.volume)];
    return mount.kind === 'config' ? [configVolumeName(mount.contentHash)] : [];
  });
}

function ownRequest(
  { name, labels, hostPorts, networks }: ObservedContainer,
  identity: OwnedContainer,
  revision: Revision,
  memory: Memory,
): ContainerRequest {
  const { namespace, service, ordinal, attempt } = identity;
  const instance = memory.services
    .get(serviceKey(namespace, service))
    ?.instances.find((i) => i.revision === revision.id && i.ordinal === ordinal && i.attempt === attempt);
  const isBridged = revision.container.networkMode === 'bridge';
  return {
    name,
    labels,
    image: imageToRun(revision),
    spec: revision.container,
    hostPorts: instance?.hostPorts ?? hostPorts.map(({ port }) => port),
    networks: isBridged
      ? Object.entries(networks).map(([network, { aliases }]) => ({ name: network, aliases, address: null }))
      : [],
    sharesNetworkOf: null,
    hosts: [],
    volumes: volumesOf(revision, identity),
  };
}

/** Of a container of which only the outside is known. */
function strangeRequest({ name, labels, hostPorts }: ObservedContainer): ContainerRequest {
  const ports = hostPorts.map(({ port, protocol }) => ({
    target: port,
    protocol,
    published: { from: port, to: port },
    hostIp: '0.0.0.0',
  }));
  return {
    name,
    labels,
    image: FOREIGN_IMAGE,
    spec: { ...plainContainer(FOREIGN_IMAGE), ports },
    hostPorts: hostPorts.map(({ port }) => port),
    networks: [],
    sharesNetworkOf: null,
    hosts: [],
    volumes: [],
  };
}

/** False where the simulated engine refuses what the real one has. */
function run(
  { engine }: DryMachine,
  seen: ObservedContainer,
  fleet: FleetCopy,
  memory: Memory,
  assumptions: Assumptions,
): boolean {
  const { machine } = engine;
  const identity = ownedContainer(seen.labels, fleet.controller);
  const revision = identity === null ? undefined : memory.revisions.get(identity.revision);
  const request =
    identity === null || revision === undefined
      ? strangeRequest(seen)
      : ownRequest(seen, identity, revision, memory);
  // Its name may have been taken from the image since; the container keeps it all the same.
  if (revision?.image.kind === 'digest')
    engine.loadImage({ ...imageBehind(revision.image.digest, assumptions), id: seen.imageId }, [
      request.image,
    ]);
  const created = createContainer(machine, request);
  const container = created.ok ? machine.containers.get(created.value) : undefined;
  if (container === undefined) return false;
  container.limits = seen.limits;
  if (!startContainer(machine, container).ok) return false;
  if (seen.health === 'unhealthy')
    engine.changeBehaviour(container.id, { startupMs: Number.POSITIVE_INFINITY });
  return true;
}

/** Engines that choose for themselves take larger ones, which are of no matter. */
const canBeSimulated = (subnet: string): boolean => subnet.endsWith('.0/24');

function furnishHost(
  machine: DryMachine,
  seen: CopiedHost,
  fleet: FleetCopy,
  memory: Memory,
  assumptions: Assumptions,
): readonly string[] {
  for (const image of seen.images) load(machine, image, assumptions);
  machine.engine.loadImage(imageBehind(FOREIGN_IMAGE, assumptions), [FOREIGN_IMAGE]);
  for (const { name, labels, subnets } of seen.networks)
    if (name.startsWith('plimsoll.'))
      createNetwork(machine.engine.machine, { name, labels, subnet: subnets.find(canBeSimulated) ?? null });
  for (const { name, labels } of seen.volumes) createVolume(machine.engine.machine, name, labels);
  return seen.containers
    .filter(({ status }) => RUNS.has(status))
    .filter((container) => !run(machine, container, fleet, memory, assumptions))
    .map(({ name }) => `${name} on ${seen.host.id} cannot be simulated and is left out`);
}

/**
 * What the controller knows of images. Where a name has moved on: what some service is to run by it now, and where
 * none is, any of the digests that it stood for.
 */
function digestsIn({ revisions, services }: Memory): ReadonlyMap<string, string> {
  const digests = new Map<string, string>();
  const targets = [...services.values()].flatMap(({ target }) =>
    target === null ? [] : (revisions.get(target) ?? []),
  );
  for (const { container, image } of [...revisions.values(), ...targets]) {
    const reference = parseImageReference(container.image);
    if (image.kind === 'digest' && reference.ok) digests.set(reference.value.normalized, image.digest);
  }
  return digests;
}

/** Returns notes about what could not be copied. Rejects where the rows cannot be read. */
export async function furnish(
  stage: Stage,
  fleet: FleetCopy,
  assumptions: Assumptions,
): Promise<readonly string[]> {
  const aheadMs = fleet.at - WORLD_BEGINS_AT;
  for (const clock of [stage.clock, ...[...stage.machines.values()].map((m) => m.clock)]) clock.jump(aheadMs);
  const written = stage.disk.write(
    fleet.rows.map(({ key, value }) => ({ kind: 'put', key, value })),
    [],
    undefined,
  );
  if (!written.ok) throw new PlimsollError(written.error);
  const memory = await memoryOn(stage);
  for (const [reference, digest] of digestsIn(memory)) stage.digests.set(reference, digest);
  return fleet.hosts.flatMap((seen) => {
    const machine = stage.machines.get(seen.host.id);
    return machine === undefined ? [] : furnishHost(machine, seen, fleet, memory, assumptions);
  });
}
