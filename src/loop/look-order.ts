// Answers come in whatever order the network likes. Of two looks at the same thing the one that was asked for
// later counts, also when it was answered first: what is older would put the picture back in time, and nothing
// would put it right before the next look.

export class LookOrder {
  #asked = 0;
  /** The number of the newest look that was taken, by container id or name of a list. */
  readonly #taken = new Map<string, number>();

  /** To be called when a look is asked for; its answer is taken under this number. */
  ask(): number {
    this.#asked += 1;
    return this.#asked;
  }

  /** Whether nothing newer about it was taken; then this is the newest. */
  take(what: string, asked: number): boolean {
    if (asked < (this.#taken.get(what) ?? 0)) return false;
    this.#taken.set(what, asked);
    return true;
  }

  /** A whole report was taken: looks that were asked for before it come too late from now on. */
  takeReport(asked: number, containers: Iterable<string>, withoutImages: boolean): void {
    const there = new Set([...containers, 'networks', 'volumes', 'images']);
    for (const what of there) if (what !== 'images' || !withoutImages) this.take(what, asked);
    // Ids never come back.
    for (const what of this.#taken.keys()) if (!there.has(what)) this.#taken.delete(what);
  }
}
