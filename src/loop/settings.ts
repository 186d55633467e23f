// What an operator can set about the loop, with the defaults.

export interface LoopSettings {
  /** How long a stopped container is kept for its logs. */
  readonly keepStoppedMs: number;
  /** Housekeeping runs this often. */
  readonly housekeepingMs: number;
  /** A whole report of each host is taken this often even if no event was missed. */
  readonly resyncMs: number;
  readonly actionsPerHost: number;
  readonly pullsPerHost: number;
  /** A change waits this long for others, so that a burst of events is one pass. */
  readonly debounceMs: number;
  /** How long the controller's lease on its store lasts without renewal. */
  readonly leaseMs: number;
}

export const DEFAULT_LOOP_SETTINGS: LoopSettings = {
  keepStoppedMs: 600_000,
  housekeepingMs: 300_000,
  resyncMs: 60_000,
  actionsPerHost: 8,
  pullsPerHost: 3,
  debounceMs: 10,
  leaseMs: 15_000,
};
