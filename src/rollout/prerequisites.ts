// What a container needs to find on its host: the networks of its service, its volumes, its configs.
// Each function gives the key of the action that makes it, null where it is there, or `blocked`.

import { actionKey } from '../action/action.ts';
import type { MountSpec } from '../desired/container.ts';
import { imageToRun, type Revision } from '../desired/revision.ts';
import type { HostId } from '../kernel/ids.ts';
import {
  configLabels,
  configVolumeName,
  isOwnedBy,
  networkLabels,
  networkName,
  volumeLabels,
  volumeName,
} from '../kernel/owner.ts';
import { subnetFor, subnetsIn } from './addressing.ts';
import type { Draft } from './draft.ts';
import { removalUnderWay } from './under-way.ts';

type Prerequisite = string | null;
type ConfigMount = Extract<MountSpec, { kind: 'config' }>;

function refuse(draft: Draft, host: HostId, what: string, name: string): 'blocked' {
  const because = `a foreign ${what} on ${host} has this name; it is left untouched: remove or rename it`;
  draft.block('person', because, name);
  return 'blocked';
}

function subnetOn(draft: Draft, host: HostId, name: string): string | null {
  const view = draft.input.hosts.get(host);
  const desired = draft.input.candidates.find((candidate) => candidate.host.id === host)?.host;
  const failed = draft.input.facts.failures.get(actionKey(host, 'createNetwork', name));
  if (view === undefined || desired === undefined) return null;
  const planned = [...draft.input.planned(), ...draft.actions.values()];
  return subnetFor(name, desired, view, failed?.count ?? 0, subnetsIn(planned, host, name));
}

/** `index`: which of the service's networks. */
export function ensureNetwork(draft: Draft, host: HostId, index: number): Prerequisite {
  const { key, namespace, name: service } = draft.memory;
  const name = networkName(namespace, service, index);
  const there = draft.input.hosts.get(host)?.networks.get(name);
  const removal = removalUnderWay(draft, host, 'removeNetwork', name);
  if (there !== undefined && removal === null)
    return isOwnedBy(there.labels, draft.input.controller) ? null : refuse(draft, host, 'network', name);
  const labels = networkLabels(draft.input.controller, namespace, service);
  const because = `${key} comes to ${host}`;
  const after = removal === null ? [] : [removal];
  const wish = { kind: 'createNetwork', name, labels, subnet: subnetOn(draft, host, name) } as const;
  return draft.act(host, name, because, wish, { shared: true, after });
}

export function ensureVolume(draft: Draft, host: HostId, volume: string): Prerequisite {
  const name = volumeName(draft.memory.namespace, volume);
  const there = draft.input.hosts.get(host)?.volumes.get(name);
  if (there !== undefined)
    return isOwnedBy(there.labels, draft.input.controller) ? null : refuse(draft, host, 'volume', name);
  const labels = volumeLabels(draft.input.controller, draft.memory.namespace, volume);
  const because = `${draft.memory.key} mounts it`;
  return draft.act(host, name, because, { kind: 'createVolume', name, labels }, { shared: true });
}

export function ensureConfig(
  draft: Draft,
  host: HostId,
  mount: ConfigMount,
  revision: Revision,
  pull: string | null,
): Prerequisite {
  const volume = configVolumeName(mount.contentHash);
  const there = draft.input.hosts.get(host)?.volumes.get(volume);
  const removal = removalUnderWay(draft, host, 'removeVolume', volume);
  if (there !== undefined && removal === null) {
    if (!isOwnedBy(there.labels, draft.input.controller)) return refuse(draft, host, 'volume', volume);
    if (draft.input.filled.has(`${host}/${mount.contentHash}`)) return null;
  }
  const files = draft.input.config(mount.contentHash);
  if (files === null) {
    draft.block('person', `the content of config ${mount.config} is not known any more`);
    return 'blocked';
  }
  return draft.act(
    host,
    volume,
    `${draft.memory.key} mounts config ${mount.config}`,
    {
      kind: 'fillConfig',
      volume,
      labels: configLabels(draft.input.controller, mount.contentHash),
      image: imageToRun(revision),
      files,
    },
    { shared: true, after: [pull, removal].filter((key) => key !== null) },
  );
}
