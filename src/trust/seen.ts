// What a step is told of the world, and what it wants done.

import type { HostId, RootId } from '../kernel/ids.ts';
import type { Instant } from '../kernel/time.ts';
import type { Holding } from './state.ts';

export interface SeenRoot {
  readonly id: RootId;
  readonly createdAt: Instant;
  readonly expiresAt: Instant;
}

export interface SeenHost {
  readonly host: HostId;
  /** `unanswered`: nobody can say what it holds now. Null: it holds nothing. */
  readonly holds: Holding | null | 'unanswered';
}

export interface Seen {
  /** All roots in the store. */
  readonly roots: readonly SeenRoot[];
  /** Every host of the fleet, whether it answers or not. */
  readonly hosts: readonly SeenHost[];
  /** A person asks to have this root replaced; any other than the one in force has been. */
  readonly replace: RootId | null;
}

export type TrustAction =
  | { readonly kind: 'create-root'; readonly because: string }
  | {
      /** A new certificate by the root `by`, made at `issuedAt`, and the certificates of all roots of `trusts`. */
      readonly kind: 'equip';
      readonly host: HostId;
      readonly by: RootId;
      readonly trusts: readonly RootId[];
      readonly issuedAt: Instant;
      readonly because: string;
    }
  /** Its private key is deleted. */
  | { readonly kind: 'forget-root'; readonly root: RootId; readonly because: string };
