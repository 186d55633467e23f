// The load balancer on a host as the controller uses it: it is given rules as a whole, and says by which it
// serves. Every failing call rejects with a PlimsollError of the catalogue; nothing ever hangs.

import type { Sealed } from '../kernel/sealed.ts';
import type { CallOptions } from './host.ts';

export interface LoadBalancerRules {
  /** What the driver's rendering gave. */
  readonly text: string;
  /** Of the text and of what it names. */
  readonly hash: string;
  /** Certificates with their keys: the text names them, and each has its content in its name. */
  readonly files: readonly { readonly name: string; readonly content: Sealed<string> }[];
}

/** A replica, or another host, as one backend of the load balancer sees it. */
export interface ServerState {
  readonly backend: string;
  readonly server: string;
  /** Whether it is given requests. */
  readonly isUp: boolean;
  readonly sessions: number;
  /** Requests, or connections of TCP, since the process began. */
  readonly total: number;
}

export interface LoadBalancerState {
  /** Of the rules by which it serves; null: it has been given none yet. */
  readonly hash: string | null;
  readonly version: string;
  readonly uptimeMs: number;
  readonly servers: readonly ServerState[];
}

export interface LoadBalancer {
  /**
   * Resolves when a process serves by the rules. Rejects with `proxy/refused` where they are not valid, and
   * then those before stay in force; with `proxy/reload` where no process came up by them. Idempotent.
   */
  apply(container: string, rules: LoadBalancerRules, options: CallOptions): Promise<void>;
  /** Rejects with `proxy/silent` where the container runs and the load balancer in it does not answer. */
  state(container: string, options: CallOptions): Promise<LoadBalancerState>;
}
