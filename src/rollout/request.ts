// What an engine is asked for to have a replica.

import type { ContainerRequest } from '../action/container-request.ts';
import { imageToRun, type Revision } from '../desired/revision.ts';
import { configVolumeName, containerLabels, LABEL, volumeName } from '../kernel/owner.ts';
import type { Assessed } from './assess.ts';
import { doorsLabel } from './doors.ts';
import type { Draft } from './draft.ts';
import { inSpecOrder } from './found-row.ts';
import { namesFor, networksFor } from './networks.ts';

/** Null while the addresses of what it connects to are not known. */
export function requestFor(
  draft: Draft,
  { instance, name }: Assessed,
  revision: Revision,
): ContainerRequest | null {
  const { namespace, name: service } = draft.memory;
  const { container } = revision;
  const volumes: string[] = [];
  for (const mount of container.mounts) {
    if (mount.kind === 'volume') volumes.push(volumeName(namespace, mount.volume));
    if (mount.kind === 'config') volumes.push(configVolumeName(mount.contentHash));
  }
  const hosts = namesFor(draft, instance.host, revision);
  if (hosts === null) return null;
  const labels = containerLabels(draft.input.controller, { ...instance, namespace, service });
  const doors = doorsLabel(draft.memory.doors, container.connects);
  return {
    name,
    labels: doors === '' ? labels : { ...labels, [LABEL.doors]: doors },
    image: imageToRun(revision),
    spec: container,
    hostPorts: inSpecOrder(container.ports, instance.hostPorts),
    networks: networksFor(draft, revision).map(({ name: network, aliases }) => ({
      name: network,
      aliases,
      address: null,
    })),
    sharesNetworkOf: null,
    hosts,
    volumes,
  };
}
