// What a rollout asks about the requests that a service's replicas get from other services.

import type { RevisionId } from '../kernel/ids.ts';
import type { Instant } from '../kernel/time.ts';
import type { Instance } from './memory.ts';

export interface Routing {
  /** Why it is not given requests yet from everywhere that it should be; null: it is. */
  readonly whyNotServing: (instance: Instance) => string | null;
  /** Why it may still be given new requests; null: by no rules that may be in force. */
  readonly whyStillNamed: (instance: Instance) => string | null;
  /** Why not so many of 10,000 requests are led to a revision from everywhere yet; null: they are. */
  readonly whyNotShared: (revision: RevisionId, share: number) => string | null;
  /** Whether rules that may be in force lead to the address that it has now, whoever had it when they were made. */
  readonly isAddressed: (instance: Instance) => boolean;
  /** What it is answering, and when that was counted; null: nobody knows. */
  readonly sessions: (instance: Instance) => { readonly count: number; readonly at: Instant } | null;
}
