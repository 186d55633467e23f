// What a load balancer is made of on its host. One container only sleeps: it has the networks and the published
// ports. HAProxy runs in its network namespace, so that its container is back in half a second when it was killed; with
// twenty networks of its own it took four (measured: an engine takes some 60 ms for each).

import type { ContainerRequest } from '../action/container-request.ts';
import type { ContainerSpec } from '../desired/container.ts';
import { plainContainer } from '../desired/plain-container.ts';
import { contentHash } from '../kernel/canonical.ts';
import type { ControllerId } from '../kernel/ids.ts';
import { BALANCER_NETWORK, BALANCER_VOLUME, balancerLabels, type Labels } from '../kernel/owner.ts';
import type { MeshAddress } from '../proxy/traffic.ts';

export const STOP_GRACE_MS = 10_000;
const NAME_DIGITS = 8;

/** An engine starts it again, whatever ends it, and its log does not fill the disk. */
const LASTING: Pick<ContainerSpec, 'restart' | 'logging'> = {
  restart: 'always',
  logging: { driver: 'json-file', options: { 'max-size': '10m', 'max-file': '3' } },
};

export interface BalancerSettings {
  readonly image: string;
  /** Where other hosts ask. */
  readonly meshPorts: MeshAddress['ports'];
  /** The first process of the container that balances. */
  readonly command: readonly string[];
  readonly user: string;
  /** Where it keeps what it was told. */
  readonly directory: string;
}

export type BalancerRole = 'anchor' | 'proxy';

/** Named by its content: another one takes its place where anything about it changes. */
function named(role: BalancerRole, labels: Labels, request: Omit<ContainerRequest, 'name' | 'labels'>) {
  const hash = contentHash(JSON.parse(JSON.stringify(request)), NAME_DIGITS);
  return { ...request, name: `plimsoll.${role}.${hash}`, labels };
}

/** Other hosts may come to ask it at any time, and ports are fixed when it is created. */
function anchorRequest(
  controller: ControllerId,
  { image, meshPorts }: BalancerSettings,
  isAsked: boolean,
): ContainerRequest {
  const ports = isAsked ? [meshPorts.http, meshPorts.tcp] : [];
  return named('anchor', balancerLabels(controller, 'anchor'), {
    image,
    spec: {
      ...plainContainer(image),
      ...LASTING,
      entrypoint: ['sleep'],
      command: ['infinity'],
      init: true,
      // A door can be opened before the network that it is in has been joined.
      sysctls: { 'net.ipv4.ip_nonlocal_bind': '1' },
      ports: ports.map((port) => ({
        target: port,
        protocol: 'tcp',
        published: { from: port, to: port },
        hostIp: '0.0.0.0',
      })),
    },
    hostPorts: ports,
    networks: [{ name: BALANCER_NETWORK, aliases: [], address: null }],
    sharesNetworkOf: null,
    hosts: [],
    volumes: [],
  });
}

function proxyRequest(
  controller: ControllerId,
  { image, command, user, directory }: BalancerSettings,
  anchor: string,
): ContainerRequest {
  return named('proxy', balancerLabels(controller, 'proxy'), {
    image,
    spec: {
      ...plainContainer(image),
      ...LASTING,
      user,
      entrypoint: [...command.slice(0, 1)],
      command: [...command.slice(1)],
      mounts: [{ kind: 'volume', volume: 'balancer', target: directory, readOnly: false }],
    },
    hostPorts: [],
    networks: [],
    sharesNetworkOf: anchor,
    hosts: [],
    volumes: [BALANCER_VOLUME],
  });
}

export type BalancerRequests = Readonly<Record<BalancerRole, ContainerRequest>>;

/** Two kinds for all hosts, the same for ever, and asked for at every look. */
const made = new WeakMap<BalancerSettings, Map<string, BalancerRequests>>();

/** `isAsked`: other hosts can reach this one. */
export function balancerRequests(
  controller: ControllerId,
  settings: BalancerSettings,
  isAsked: boolean,
): BalancerRequests {
  const known = made.get(settings) ?? new Map<string, BalancerRequests>();
  made.set(settings, known);
  const key = `${controller} ${isAsked}`;
  const found = known.get(key);
  if (found !== undefined) return found;
  const anchor = anchorRequest(controller, settings, isAsked);
  const requests = { anchor, proxy: proxyRequest(controller, settings, anchor.name) };
  known.set(key, requests);
  return requests;
}
