// Answers come in whatever order the network likes. Of two looks at the same thing the one that was asked for
// later counts, also when it was answered first: what is older would put the picture back in time, and nothing
// would put it right before the next look.

const LISTS: ReadonlySet<string> = new Set(['networks', 'volumes', 'images']);

/** By id: what there was before a report was taken, and what there is after it; the same object: nothing new. */
export interface TakenReport {
  readonly known: ReadonlyMap<string, object>;
  readonly containers: ReadonlyMap<string, object>;
  readonly withoutImages: boolean;
}

export class LookOrder {
  #asked = 0;
  /** The number of the newest look that was taken, by container id or name of a list. */
  readonly #taken = new Map<string, number>();
  /** The number of the newest report in which a container was as it was known. */
  readonly #listed = new Map<string, number>();
  /** By id or name: at which number a look at a container had failed. */
  readonly #missed = new Map<string, number>();

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

  /** A look at a container failed: what it was to tell is not known. */
  miss(idOrName: string): void {
    this.#missed.set(idOrName, this.ask());
  }

  /** Those of which no look has been missed since: a report need not look at them more closely than a list. */
  certain<T extends { readonly name: string }>(known: ReadonlyMap<string, T>): ReadonlyMap<string, T> {
    if (this.#missed.size === 0) return known;
    const isMissed = (id: string, name: string): boolean => this.#missed.has(id) || this.#missed.has(name);
    return new Map([...known].filter(([id, { name }]) => !isMissed(id, name)));
  }

  /** Whether a report that was asked for later has found a container to be as it was known. */
  isListedSince(container: string, asked: number): boolean {
    return asked < (this.#listed.get(container) ?? 0);
  }

  /** A whole report was taken: looks that were asked for before it come too late from now on. */
  takeReport(asked: number, { known, containers, withoutImages }: TakenReport): void {
    for (const what of ['networks', 'volumes', ...(withoutImages ? [] : ['images'])]) this.take(what, asked);
    // By the little that a list shows it was as it was known, and nobody has looked any closer.
    for (const [id, container] of containers)
      if (container === known.get(id)) this.#listed.set(id, Math.max(asked, this.#listed.get(id) ?? 0));
      else this.take(id, asked);
    for (const [what, missed] of this.#missed) if (missed < asked) this.#missed.delete(what);
    // Ids never come back.
    for (const looks of [this.#taken, this.#listed])
      for (const what of looks.keys()) if (!containers.has(what) && !LISTS.has(what)) looks.delete(what);
  }
}
