// When people are told that a commit is refused: once every source was looked at. Until then what a commit lacks, a
// namespace perhaps, may be in one that has yet to be read, and the refusal would be over a moment later.

import type { SourceId } from '../kernel/ids.ts';

export class Refusals {
  readonly #untold = new Map<SourceId, () => void>();

  /** A commit of the source is refused. `isFinal`: whatever the other sources say. */
  note(source: SourceId, isFinal: boolean, tell: () => void): void {
    this.#untold.delete(source);
    if (isFinal) tell();
    else this.#untold.set(source, tell);
  }

  /** It is not refused any more. */
  drop(source: SourceId): void {
    this.#untold.delete(source);
  }

  /** To be called when all sources were looked at. */
  tellAll(): void {
    for (const tell of this.#untold.values()) tell();
    this.#untold.clear();
  }
}
