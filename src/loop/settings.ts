// What an operator can set about the loop. The defaults stand in the configuration's schema.

export interface LoopSettings {
  /** How long a stopped container is kept for its logs. */
  readonly keepStoppedMs: number;
  /** Housekeeping runs this often. */
  readonly housekeepingMs: number;
  /** A whole report of each host is taken this often even if no event was missed. */
  readonly resyncMs: number;
  /** One container of each host is inspected this often, in turn: it catches what no event told. */
  readonly auditMs: number;
  readonly actionsPerHost: number;
  readonly pullsPerHost: number;
  /** How long the controller's lease on its store lasts without renewal. */
  readonly leaseMs: number;
}
