// What the run and the process that plays a mutant tell each other.

export interface Order {
  /** Folder of the copy. */
  readonly root: string;
  /** Mutated texts by path below it. */
  readonly sources: Readonly<Record<string, string>>;
  readonly seeds: number;
}

/** After each trial; the last one is that in which an invariant broke. */
export interface TrialNews {
  readonly trial: string;
  readonly verdict: { readonly invariant: string; readonly message: string } | null;
}

/** How a child ends where no story loads the mutated file: that proves nothing. */
export const NOT_PLAYED = 64;
