// How often a Git server is asked for one source when many ask for it: hooks that come in a storm, a script in a
// loop. The first few are asked for at once, since a push should be seen at once; from then on there is a pause in
// between, so that a server which counts requests does not shut its door.

/** So many within a minute are as fast as they come … */
const AT_ONCE = 10;
/** … the next ones keep this distance. */
const APART_MS = 6_000;
const MINUTE_MS = 60_000;

export class FetchPace {
  /** When the last fetches began, oldest first; milliseconds of a clock that never goes back. */
  #beganMs: readonly number[] = [];

  /** How long a fetch that is due now has to wait. */
  waitMs(nowMs: number): number {
    this.#beganMs = this.#beganMs.filter((ms) => nowMs - ms < MINUTE_MS);
    const lastMs = this.#beganMs.at(-1);
    if (lastMs === undefined || this.#beganMs.length < AT_ONCE) return 0;
    return Math.max(0, lastMs + APART_MS - nowMs);
  }

  note(nowMs: number): void {
    this.#beganMs = [...this.#beganMs, nowMs];
  }
}
