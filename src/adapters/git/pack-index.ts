// Git's pack index (version 2): where in its pack an object lies. It is searched as it lies in memory;
// isomorphic-git would turn every entry into a string.

import { PlimsollError, problem } from '../../kernel/errors.ts';

const MAGIC = 0xff744f63;
const HEADER_BYTES = 8;
const FANOUT_BYTES = 256 * 4;
const OID_BYTES = 20;

export class PackIndex {
  readonly #bytes: Buffer;
  readonly #count: number;

  /** Throws `source/corrupt` where the bytes are no complete index. */
  constructor(bytes: Buffer) {
    const isIndex =
      bytes.length >= HEADER_BYTES + FANOUT_BYTES &&
      bytes.readUInt32BE(0) === MAGIC &&
      bytes.readUInt32BE(4) === 2;
    const count = isIndex ? bytes.readUInt32BE(HEADER_BYTES + FANOUT_BYTES - 4) : 0;
    // Names, checksums and offsets of every object, and two checksums at the end.
    if (!isIndex || bytes.length < HEADER_BYTES + FANOUT_BYTES + count * (OID_BYTES + 8) + 2 * OID_BYTES) {
      throw new PlimsollError(problem('source/corrupt', 'a pack index of the repository is damaged'));
    }
    this.#bytes = bytes;
    this.#count = count;
  }

  /** Offset of the object in the pack; null where the pack does not have it. */
  offsetOf(oid: Buffer): number | null {
    const first = oid[0] ?? 0;
    let low = first === 0 ? 0 : this.#fanout(first - 1);
    let high = this.#fanout(first);
    while (low < high) {
      const middle = (low + high) >>> 1;
      const at = HEADER_BYTES + FANOUT_BYTES + middle * OID_BYTES;
      const order = this.#bytes.compare(oid, 0, OID_BYTES, at, at + OID_BYTES);
      if (order === 0) return this.#offsetAt(middle);
      // `order` tells how the index's entry compares to the one that is sought.
      if (order < 0) low = middle + 1;
      else high = middle;
    }
    return null;
  }

  #fanout(byte: number): number {
    return Math.min(this.#bytes.readUInt32BE(HEADER_BYTES + byte * 4), this.#count);
  }

  #offsetAt(position: number): number {
    const offsets = HEADER_BYTES + FANOUT_BYTES + this.#count * (OID_BYTES + 4);
    const offset = this.#bytes.readUInt32BE(offsets + position * 4);
    if (offset < 0x80000000) return offset;
    const large = offsets + this.#count * 4 + (offset - 0x80000000) * 8;
    return Number(this.#bytes.readBigUInt64BE(large));
  }
}
