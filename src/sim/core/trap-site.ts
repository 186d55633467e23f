// One place where the real world could get into a simulation.

export interface TrapSite {
  readonly owner: object;
  readonly key: string;
  /** As a person writes the call. */
  readonly name: string;
  /** Calls that are let through; none where it is missing. */
  readonly passes?: (args: readonly unknown[]) => boolean;
}
