// How much virtual time a dry run takes at most.

/** Longer than any rollout that somebody waits for. */
export const SIMULATED_AT_MOST_MS = 2 * 3_600_000;
