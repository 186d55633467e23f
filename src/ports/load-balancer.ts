// The load balancer on a host as the controller uses it: it is given rules as a whole, and says by which it
// serves. Every failing call rejects with a PlimsollError of the catalogue; nothing ever hangs.

import type { LoadBalancerCounts } from '../kernel/request-counters.ts';
import type { Sealed } from '../kernel/sealed.ts';
import type { Traffic } from '../proxy/traffic.ts';
import type { CallOptions, Host } from './host.ts';

export interface LoadBalancerRules {
  /** What the driver's rendering gave. */
  readonly text: string;
  /** Of the text and of what it names. */
  readonly hash: string;
  /** Grows with every change of the rules, also where the controller has started again: the larger one wins. */
  readonly generation: number;
  /** Certificates with their keys, and maps: the text names them, and each has its content in its name. */
  readonly files: readonly { readonly name: string; readonly content: Sealed<string> }[];
}

/**
 * A replica, or another host, as one backend of the load balancer sees it. One that only processes know that a reload
 * has replaced is listed as well, as long as they live: it may still have something to answer.
 */
export interface ServerState {
  readonly backend: string;
  readonly server: string;
  /** Of the replica, or of the other host. */
  readonly address: string;
  /** Whether it is given requests, by the process that serves. */
  readonly isUp: boolean;
  /**
   * What it has to answer now: requests that wait for it or are being answered, and open connections of TCP. Those of
   * the processes that reloads have replaced are in it. A connection of HTTP on which nothing is asked is none.
   */
  readonly sessions: number;
  /** Requests, or connections of TCP, since the process began that serves. */
  readonly total: number;
}

export interface LoadBalancerState {
  /** Of the rules by which it serves; null: it has been given none yet, or could not begin by them. */
  readonly hash: string | null;
  readonly version: string;
  readonly uptimeMs: number;
  readonly servers: readonly ServerState[];
}

export interface LoadBalancer {
  /**
   * Resolves when a process serves by the rules. Rejects with `proxy/refused` where they are not valid, and
   * then those before stay in force; with `proxy/reload` where no process came up by them; with `proxy/superseded` where
   * it has been given a newer generation. Idempotent.
   */
  apply(container: string, rules: LoadBalancerRules, options: CallOptions): Promise<void>;
  /** Rejects with `proxy/silent` where the container runs and the load balancer in it does not answer. */
  state(container: string, options: CallOptions): Promise<LoadBalancerState>;
  /**
   * What it has counted of the requests to each revision, where several share a pool. Two looks at it make an interval;
   * nothing is reset by looking. Rejects as `state`.
   */
  measure(container: string, options: CallOptions): Promise<LoadBalancerCounts>;
}

/** What a load balancer is told, and by which name it says that it serves by it. */
export interface Telling {
  readonly traffic: Traffic;
  readonly mark: string;
  /** Grows: what arrives late does not win over what was told since. */
  readonly generation: number;
  /** Null without a mesh. */
  readonly credentials: HostCredentials | null;
}

/** What a load balancer shows to those of other hosts, and what it checks theirs by. */
export interface HostCredentials {
  /** PEM: its certificate, and then its key. */
  readonly certificate: Sealed<string>;
  /** PEM: the certificates of all roots that it trusts. */
  readonly roots: Sealed<string>;
}

/** One kind of load balancer: how its containers are made, and how they are spoken to. */
export interface LoadBalancerDriver {
  /** The first process of its container. */
  readonly command: readonly string[];
  /** Whose its processes are. */
  readonly user: string;
  /** Where it keeps what it was told. */
  readonly directory: string;
  on(host: Host): {
    /**
     * Resolves when a process serves by it. Rejects as `LoadBalancer.apply`, and with `proxy/unknown-host` where another
     * host has a name as its address that is not found in the container.
     */
    tell(container: string, telling: Telling, options: CallOptions): Promise<void>;
    state(container: string, options: CallOptions): Promise<LoadBalancerState>;
    /** As `LoadBalancer.measure`. */
    measure(container: string, options: CallOptions): Promise<LoadBalancerCounts>;
  };
}
