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
  /** On which of its networks a container reaches which service: fixed when it is created. */
  doors: `${PREFIX}doors`,
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

/**
 * A network holds the replicas of one service and, where it connects to others or they to it, the load balancer.
 * `index`: its own is 0; the others are for services that listen on the same port as another one that it connects to.
 */
export const networkName = (namespace: NamespaceName, service: ServiceName, index = 0): string =>
  `plimsoll.${namespace}.${service}${index === 0 ? '' : `.${index + 1}`}`;
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

export function networkLabels(
  controller: ControllerId,
  namespace: NamespaceName,
  service: ServiceName,
): Labels {
  return {
    [LABEL.controller]: controller,
    [LABEL.kind]: 'network',
    [LABEL.namespace]: namespace,
    [LABEL.service]: service,
  };
}

/** What a host's load balancer has beside its two containers. */
export const BALANCER_NETWORK = 'plimsoll.balancer';
export const BALANCER_VOLUME = 'plimsoll.balancer';

/** Of what a host's load balancer is made of: two containers, and a network and a volume of its own. */
export const balancerLabels = (controller: ControllerId, kind: 'anchor' | 'proxy' | 'balancer'): Labels => ({
  [LABEL.controller]: controller,
  [LABEL.kind]: kind,
});

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

/** One of the two containers of a host's load balancer. */
export const isBalancerPart = (labels: Labels, controller: ControllerId): boolean =>
  isOwnedBy(labels, controller) && (labels[LABEL.kind] === 'anchor' || labels[LABEL.kind] === 'proxy');

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
