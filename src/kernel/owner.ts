// The names and labels by which Plimsoll knows what it made. A container, network or volume without
// the owner label of this controller belongs to somebody else and is never touched.

import {
  type ControllerId,
  NamespaceName,
  RevisionId,
  type ServiceKey,
  ServiceName,
  serviceKey,
} from './ids.ts';

const PREFIX = 'dev.plimsoll.';
export const LABEL = {
  controller: `${PREFIX}controller`,
  kind: `${PREFIX}kind`,
  namespace: `${PREFIX}namespace`,
  service: `${PREFIX}service`,
  revision: `${PREFIX}revision`,
  ordinal: `${PREFIX}ordinal`,
  attempt: `${PREFIX}attempt`,
  host: `${PREFIX}host`,
  volume: `${PREFIX}volume`,
  content: `${PREFIX}content`,
} as const;

/** Which instance of which revision a container is. */
export interface InstanceIdentity {
  readonly namespace: NamespaceName;
  readonly service: ServiceName;
  readonly revision: RevisionId;
  /** Position among the replicas, from 0. */
  readonly ordinal: number;
  /** Grows when a container is replaced by a new one of the same revision and ordinal. */
  readonly attempt: number;
}

export interface OwnedContainer extends InstanceIdentity {
  readonly key: ServiceKey;
}

/** `namespace.service.revision.ordinal.attempt`: the same wish always gives the same name. */
export function containerName(i: InstanceIdentity): string {
  return `${i.namespace}.${i.service}.${i.revision}.${i.ordinal}.${i.attempt}`;
}

export const networkName = (namespace: NamespaceName): string => `plimsoll.${namespace}`;
export const volumeName = (namespace: NamespaceName, volume: string): string =>
  `plimsoll.${namespace}.${volume}`;
/** Configs are shared by all who mount the same content, so their volume is named by it. */
export const configVolumeName = (contentHash: string): string =>
  `plimsoll.config.${contentHash.slice(0, 24)}`;

export type Labels = Readonly<Record<string, string>>;

export function containerLabels(controller: ControllerId, i: InstanceIdentity): Labels {
  return {
    [LABEL.controller]: controller,
    [LABEL.kind]: 'container',
    [LABEL.namespace]: i.namespace,
    [LABEL.service]: i.service,
    [LABEL.revision]: i.revision,
    [LABEL.ordinal]: String(i.ordinal),
    [LABEL.attempt]: String(i.attempt),
  };
}

export function networkLabels(controller: ControllerId, namespace: NamespaceName): Labels {
  return { [LABEL.controller]: controller, [LABEL.kind]: 'network', [LABEL.namespace]: namespace };
}

export function volumeLabels(controller: ControllerId, namespace: NamespaceName, volume: string): Labels {
  return {
    [LABEL.controller]: controller,
    [LABEL.kind]: 'volume',
    [LABEL.namespace]: namespace,
    [LABEL.volume]: volume,
  };
}

export function configLabels(controller: ControllerId, contentHash: string): Labels {
  return { [LABEL.controller]: controller, [LABEL.kind]: 'config', [LABEL.content]: contentHash };
}

export function isOwnedBy(labels: Labels, controller: ControllerId): boolean {
  return labels[LABEL.controller] === controller;
}

/** Reads back `containerLabels`; null where the labels are not those of one of our instances. */
export function ownedContainer(labels: Labels, controller: ControllerId): OwnedContainer | null {
  if (!isOwnedBy(labels, controller) || labels[LABEL.kind] !== 'container') return null;
  const namespace = NamespaceName.safeParse(labels[LABEL.namespace]);
  const service = ServiceName.safeParse(labels[LABEL.service]);
  const revision = RevisionId.safeParse(labels[LABEL.revision]);
  const ordinal = Number(labels[LABEL.ordinal]);
  const attempt = Number(labels[LABEL.attempt]);
  if (!namespace.success || !service.success || !revision.success) return null;
  const isCount = (n: number): boolean => Number.isSafeInteger(n) && n >= 0;
  if (!isCount(ordinal) || !isCount(attempt)) return null;
  return {
    namespace: namespace.data,
    service: service.data,
    revision: revision.data,
    ordinal,
    attempt,
    key: serviceKey(namespace.data, service.data),
  };
}
