// How a simulated engine creates a container from a request.

import type { ContainerRequest } from '../../action/container-request.ts';
import { invariant } from '../../kernel/invariant.ts';
import { ok } from '../../kernel/result.ts';
import { type Answer, diskFull, refuse } from './answer.ts';
import { type PortRequest, SimContainer, type VolumeMount } from './container.ts';
import { findImage } from './images.ts';
import type { Machine } from './machine.ts';
import { ensureVolumes } from './volumes.ts';

/** Those that are asked for, or Docker's `bridge`; the host's own and none at all; no own one beside another's. */
function networksOf({
  name,
  spec,
  networks,
  sharesNetworkOf,
}: ContainerRequest): ContainerRequest['networks'] {
  invariant(
    networks.length === 0 || (spec.networkMode === 'bridge' && sharesNetworkOf === null),
    `${name} has networks of its own, or another's`,
  );
  if (sharesNetworkOf !== null || networks.length > 0) return networks;
  return [{ name: spec.networkMode, aliases: [], address: null }];
}

/** What belongs to the network that it shares, in the words of Docker's refusal; null where there is nothing. */
function foreignToShared({ spec, hosts, sharesNetworkOf }: ContainerRequest): string | null {
  if (sharesNetworkOf === null) return null;
  if (spec.hostname !== null) return 'hostname and the network mode';
  if (spec.dns.length > 0) return 'dns and the network mode';
  if (spec.extraHosts.length + hosts.length > 0) return 'custom host-to-IP mapping and the network mode';
  if (spec.ports.length > 0) return 'port publishing and the container type network mode';
  return spec.expose.length > 0 ? 'port exposing and the container type network mode' : null;
}

function mountsOf({ name, spec, volumes }: ContainerRequest): readonly VolumeMount[] {
  const mounts = spec.mounts.filter(({ kind }) => kind === 'volume' || kind === 'config');
  return mounts.map((mount, index) => {
    const volume = volumes[index];
    invariant(volume !== undefined, `${name} has a volume for each of its volume mounts`);
    return { volume, readOnly: mount.kind !== 'volume' || mount.readOnly };
  });
}

const portsOf = ({ spec, hostPorts }: ContainerRequest): readonly PortRequest[] =>
  spec.ports.map(({ target, protocol, hostIp }, index) => ({
    target,
    protocol,
    hostIp,
    port: hostPorts[index] ?? null,
  }));

/** Returns the id. */
export function createContainer(machine: Machine, request: ContainerRequest): Answer<string> {
  const { name, spec, sharesNetworkOf } = request;
  const wrong = foreignToShared(request);
  if (wrong !== null) return refuse('engine/rejected', `conflicting options: ${wrong}`);
  const image = findImage(machine, request.image);
  if (image === null) return refuse('image/not-found', `No such image: ${request.image}`);
  const holder = machine.names.get(name);
  if (holder !== undefined) {
    return refuse(
      'engine/conflict',
      `Conflict. The container name "/${name}" is already in use by container "${holder.id}". You have to remove (or rename) that container to be able to reuse that name.`,
    );
  }
  if (machine.isDiskFull) return diskFull('failed to create the layer of the container: mkdir');
  const mounts = mountsOf(request);
  ensureVolumes(
    machine,
    mounts.map(({ volume }) => volume),
  );
  const made = {
    id: machine.newId(),
    name,
    labels: { ...spec.labels, ...request.labels },
    image,
    reference: request.image,
    spec,
    mounts,
    ports: portsOf(request),
    sharesNetworkOf: sharesNetworkOf === null ? null : (machine.find(sharesNetworkOf)?.id ?? sharesNetworkOf),
    hosts: request.hosts,
    createdAt: machine.now(),
  };
  const container = new SimContainer(made, machine.options.meaning(image.made.behaviour, spec, made.labels));
  for (const { name: network, aliases, address } of networksOf(request))
    container.endpoints.set(network, { aliases, fixed: address, networkId: null, address: null });
  machine.containers.set(container.id, container);
  machine.names.set(name, container);
  machine.touch(container);
  machine.tellOf(container, 'create');
  return ok(container.id);
}
