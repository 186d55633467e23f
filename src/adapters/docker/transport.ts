// How bytes get to an engine and to addresses behind it. Above this line nothing knows whether a host is
// reached over SSH, a local socket or TLS.

import type { Duplex } from 'node:stream';
import type { Problem } from '../../kernel/errors.ts';

export interface Transport {
  /** For messages: `root@10.0.0.1:22`. */
  readonly where: string;
  /** How many short calls may run at once. */
  readonly maxCalls: number;
  /** A new connection to the engine. Rejects with a PlimsollError. */
  openEngine(): Promise<Duplex>;
  /**
   * A TCP connection made by the host. Rejects with a PlimsollError where it could not be tried, with any
   * other error where the target did not take it.
   */
  openTcp(address: string, port: number): Promise<Duplex>;
  /** Why a connection to the engine has just broken in the middle of a call. */
  explainHangUp(error: unknown): Promise<Problem>;
  /** Called once when the host is lost; not after `close`. */
  onLost(callback: (problem: Problem) => void): void;
  close(): void;
}

export interface OpeningOptions {
  readonly deadlineMs: number;
  readonly signal?: AbortSignal;
}
