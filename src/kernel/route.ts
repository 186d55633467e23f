// What clients of the outside ask for and where that leads, as manifests say it and as load balancers are told it:
// one value, so that nothing is lost between the two.

import type { ServiceKey } from './ids.ts';

export interface PathMatch {
  /** exact: this path and no other. prefix: it, and everything below it by whole segments. */
  readonly kind: 'exact' | 'prefix';
  /** As decoded. A prefix has no slash at its end, so that the one of all paths is empty. */
  readonly path: string;
}

export interface HeaderMatch {
  /** In lower case. */
  readonly name: string;
  readonly value: string;
}

export interface RouteMatch {
  /** In lower case; `*.example.com` is every name below example.com. Empty: whatever host is asked for. */
  readonly hosts: readonly string[];
  readonly path: PathMatch;
  /** Empty: any. */
  readonly methods: readonly string[];
  /** All must be there. */
  readonly headers: readonly HeaderMatch[];
}

export type RouteAction =
  | {
      readonly kind: 'service';
      readonly service: ServiceKey;
      readonly port: number;
      /** What takes the place of the prefix, without a slash at its end; null: the path stays. */
      readonly rewrite: string | null;
      /** How long the service has for each answer or part of one; null: as between services. */
      readonly timeoutMs: number | null;
    }
  | {
      readonly kind: 'redirect';
      readonly to: string;
      readonly status: number;
      /** Whether the path and the query of the request are added. */
      readonly isPathKept: boolean;
    };

export interface RequestLimits {
  readonly maxBodyBytes: number | null;
  /** Of each client address. */
  readonly rate: { readonly requests: number; readonly perMs: number } | null;
  /** Addresses and networks of clients; empty: everybody. */
  readonly allow: readonly string[];
}

export interface RouteRule {
  readonly match: RouteMatch;
  readonly action: RouteAction;
  readonly limits: RequestLimits;
}
