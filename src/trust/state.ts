// What is remembered of the mesh's roots and of each host's certificate. It is stored before any action plays,
// so it never knows of fewer certificates than there are.

import { z } from 'zod';
import { HostId, RootId } from '../kernel/ids.ts';
import { Instant } from '../kernel/time.ts';

const Root = z.strictObject({
  id: RootId,
  createdAt: Instant,
  expiresAt: Instant,
  /** When the last certificate that it signed expires, of hosts that have left the fleet too. */
  leavesExpireAt: Instant.nullable(),
});
export type Root = z.infer<typeof Root>;

const Phase = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('none') }),
  z.strictObject({ kind: z.literal('steady'), root: Root }),
  /** A new root is wanted and not stored yet. */
  z.strictObject({ kind: z.literal('making'), root: Root }),
  /** All hosts come to trust both; the old one signs. */
  z.strictObject({ kind: z.literal('spreading'), old: Root, fresh: Root }),
  /** The new one signs; certificates of the old one are replaced or expire. */
  z.strictObject({ kind: z.literal('replacing'), old: Root, fresh: Root }),
]);
export type Phase = z.infer<typeof Phase>;

/** What a host's load balancer works with. */
const Holding = z.strictObject({
  /** The root that signed its certificate. */
  by: RootId,
  startsAt: Instant,
  expiresAt: Instant,
  trusts: z.array(RootId).readonly(),
});
export type Holding = z.infer<typeof Holding>;

/** To give a host a certificate and roots. */
const Attempt = z.strictObject({ by: RootId, trusts: z.array(RootId).readonly(), at: Instant });
export type Attempt = z.infer<typeof Attempt>;

const HostMemory = z.strictObject({
  host: HostId,
  /** As the host itself last said. */
  holds: Holding.nullable(),
  /** No certificate that was ever made for it is valid after this. */
  certificatesExpireAt: Instant.nullable(),
  /** The last attempt. */
  tried: Attempt.nullable(),
});
export type HostMemory = z.infer<typeof HostMemory>;

export const TrustState = z.strictObject({ phase: Phase, hosts: z.array(HostMemory).readonly() });
export type TrustState = z.infer<typeof TrustState>;

export const NO_TRUST: TrustState = { phase: { kind: 'none' }, hosts: [] };
