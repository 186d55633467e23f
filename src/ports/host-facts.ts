// What a person wants to know about a host before it is trusted with containers, asked once, over a
// connection of its own.

import type { DesiredHost } from '../desired/desired.ts';
import type { Instant } from '../kernel/time.ts';
import type { EngineInfo } from '../observed/report.ts';

export interface HostFacts {
  readonly engine: EngineInfo;
  /**
   * forwarding: channels straight to the engine's socket; dial-stdio: one process per connection, which
   * sshd limits; socket: on this machine; tls: over TCP.
   */
  readonly door: 'forwarding' | 'dial-stdio' | 'socket' | 'tls';
  /** The engine's wall clock minus ours, in milliseconds; null where the engine does not tell. */
  readonly clockAheadMs: number | null;
  /** How far the measurement may be wrong. */
  readonly clockErrorMs: number;
  /** Where the engine keeps images and volumes. */
  readonly disk:
    | { readonly path: string; readonly freeBytes: number; readonly totalBytes: number }
    | { readonly path: string; readonly because: string };
  readonly askedAt: Instant;
}

/** Rejects with the PlimsollError that says which step failed. */
export type AskHost = (host: DesiredHost, options: { readonly deadlineMs: number }) => Promise<HostFacts>;
