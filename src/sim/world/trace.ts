// The record of a world: every line is folded into one number, so that two runs of a seed can be compared
// at no cost; the lines themselves are kept only when somebody wants to read them.

import { WORLD_BEGINS_AT } from '../core/virtual-clock.ts';

const FNV_OFFSET = 0x811c9dc5;
const FNV_PRIME = 0x01000193;
/** Its first digits are enough for whoever reads; the sums are over all of them. */
const DIGEST = /\b([0-9a-f]{12})[0-9a-f]{52}\b/g;

export class Trace {
  readonly #lines: string[] | null;
  readonly #nowMs: () => number;
  #hash = FNV_OFFSET;
  #other = 0;

  /** `isKept`: whether the lines can be read afterwards. */
  constructor(nowMs: () => number, isKept: boolean) {
    this.#nowMs = nowMs;
    this.#lines = isKept ? [] : null;
  }

  /** Two FNV-1a sums over all lines and their moments, as text. */
  get hash(): string {
    return (
      (this.#hash >>> 0).toString(16).padStart(8, '0') + (this.#other >>> 0).toString(16).padStart(8, '0')
    );
  }

  get lines(): readonly string[] {
    return this.#lines ?? [];
  }

  add(text: string): void {
    const nowMs = this.#nowMs();
    this.#fold(`${nowMs} ${text}`);
    this.#lines?.push(`${clockText(nowMs)}  ${text.replaceAll(DIGEST, '$1')}`);
  }

  #fold(text: string): void {
    let hash = this.#hash;
    let other = this.#other;
    for (let at = 0; at < text.length; at += 1) {
      const code = text.charCodeAt(at);
      hash = Math.imul(hash ^ code, FNV_PRIME);
      other = Math.imul(other + code, 0x9e3779b1) ^ (other >>> 15);
    }
    this.#hash = hash;
    this.#other = other;
  }
}

/** `00:03:07.250`: since the world began. */
function clockText(ms: number): string {
  return new Date(WORLD_BEGINS_AT + ms).toISOString().slice(11, 23);
}
