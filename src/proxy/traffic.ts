// What one host's load balancer is told, as a value: who may connect where, which replicas answer, and in
// what shares. It knows nothing of HAProxy: another driver would render the same value.

import type { HostId, RevisionId, ServiceKey } from '../kernel/ids.ts';
import type { RouteRule } from '../kernel/route.ts';

/** A port of a service: what others connect to, and what is balanced. */
export interface ServicePort {
  readonly service: ServiceKey;
  /** As its containers listen on it. */
  readonly port: number;
}

/** A container on this host. */
export interface Replica {
  /** The container's name. */
  readonly name: string;
  readonly address: string;
  /**
   * serving: gets its part of all requests.
   * leaving: gets only what other hosts still send here, where nobody else on this host could answer.
   */
  readonly state: 'serving' | 'leaving';
}

/** Another host that has replicas of a revision; it is asked through its own load balancer. */
export interface RemoteReplicas {
  readonly host: HostId;
  /** By which of the names that it offers them. */
  readonly as: PoolName;
  readonly replicas: number;
}

/** How the load balancer itself finds out whether a replica answers, beside what it sees of its requests. */
export type PoolCheck = { readonly timeoutMs: number } & (
  | { readonly kind: 'tcp' }
  | { readonly kind: 'http'; readonly path: string; readonly hostHeader: string }
);

/** Whose replicas are asked as one: those of a revision, or all of the service where no revision has a share of its own. */
export type PoolName = RevisionId | 'all';

/** Replicas on this host by a name under which other hosts ask for them. */
export interface LocalPool {
  readonly revision: PoolName;
  readonly local: readonly Replica[];
}

export interface RevisionPool extends LocalPool {
  /** Of 10,000 requests or connections so many go to this revision; those of a pool add up to 10,000. */
  readonly share: number;
  /** Answers for the others where none of theirs does: what is known to serve well. */
  readonly isFallback: boolean;
  readonly remote: readonly RemoteReplicas[];
}

export interface Pool {
  readonly to: ServicePort;
  readonly protocol: 'http' | 'tcp';
  readonly check: PoolCheck;
  readonly revisions: readonly RevisionPool[];
  /**
   * What other hosts may ask this one for: all, and each revision, however the requests are split here at the moment.
   * Each host's rules change at a time of its own.
   */
  readonly offered: readonly LocalPool[];
  /** Hosts whose load balancers may ask this one for the service. */
  readonly askedBy: readonly HostId[];
}

/** Where the containers of one service on this host reach another service. */
export interface Door {
  readonly from: ServiceKey;
  readonly to: ServicePort;
  /** Which of the networks of `from` it is in, from 0. */
  readonly network: number;
  /** This load balancer's address in the network of the consumer, and the port that the consumer connects to. */
  readonly address: string;
  readonly port: number;
  /** The consumer's network, e.g. `10.201.0.0/26`: nobody else is let in. */
  readonly subnet: string;
}

/** Where a host's load balancer is asked by those of other hosts. */
export interface MeshAddress {
  readonly address: string;
  /** One port for each protocol: HAProxy closes idle connections gently only where it knows that they are HTTP. */
  readonly ports: { readonly http: number; readonly tcp: number };
}

export interface Peer extends MeshAddress {
  readonly host: HostId;
}

/** Where clients of the outside come in, and which of their requests lead where. */
export interface Ingress {
  readonly address: string;
  readonly port: number;
  /** Those of all routes. Of two that ask for as much, the one that stands first counts. */
  readonly rules: readonly RouteRule[];
}

export interface Traffic {
  readonly host: HostId;
  readonly doors: readonly Door[];
  readonly pools: readonly Pool[];
  /** Every other host that a pool names, and those that may ask. */
  readonly peers: readonly Peer[];
  /** Where it listens for other hosts; null: none asks it, and it asks none. */
  readonly mesh: MeshAddress | null;
  /** Names the certificate that it shows to them, and by which roots it checks theirs; null without a mesh. */
  readonly identity: string | null;
  /** Null: nobody of the outside is let in. */
  readonly ingress: Ingress | null;
}
