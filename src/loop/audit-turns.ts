// Whose turn it is in the audit. Containers come and go between two looks: by its place in a list that changes
// one would be looked at twice in a row, and another passed over time and again.

export class AuditTurns {
  /** Ids; the one that has waited longest comes first. */
  readonly #waiting = new Set<string>();

  /** Which of `there` is to be looked at now; null where nothing is there. */
  next(there: ReadonlySet<string>): string | null {
    for (const id of this.#waiting) if (!there.has(id)) this.#waiting.delete(id);
    for (const id of there) this.#waiting.add(id);
    const [id] = this.#waiting;
    if (id === undefined) return null;
    this.#waiting.delete(id);
    this.#waiting.add(id);
    return id;
  }
}
