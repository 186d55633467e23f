// The variable-length numbers of a pack, and deltas: copy from the base, or insert.

import { PlimsollError, problem } from '../../kernel/errors.ts';
import { formatBytes } from '../../kernel/quantity.ts';

/** No commit, tree or file of manifests comes near it; nothing larger is unpacked. */
export const MAX_OBJECT_BYTES = 128 * 1024 * 1024;

export function requireObjectSize(sizeBytes: number): void {
  if (sizeBytes <= MAX_OBJECT_BYTES) return;
  const sizes = `${formatBytes(sizeBytes)}; the limit is ${formatBytes(MAX_OBJECT_BYTES)}`;
  throw new PlimsollError(problem('source/limit', `an object of the repository has ${sizes}`));
}

export interface EntryHeader {
  /** Git's number for the type of the entry. */
  readonly kind: number;
  /** Size after unpacking: of a delta, of the delta itself. */
  readonly sizeBytes: number;
  readonly headerBytes: number;
}

export function readEntryHeader(bytes: Buffer): EntryHeader {
  const first = byteAt(bytes, 0);
  let sizeBytes = first & 0b1111;
  let headerBytes = 1;
  // Multiplication instead of shifts: sizes may pass 32 bits.
  for (let factor = 16, more = first & 0x80; more !== 0; factor *= 128, headerBytes += 1) {
    const byte = byteAt(bytes, headerBytes);
    sizeBytes += (byte & 0x7f) * factor;
    more = byte & 0x80;
  }
  return { kind: (first >> 4) & 0b111, sizeBytes, headerBytes };
}

/** How far before a delta its base lies; each continuation adds one (so that no number has two forms). */
export function readDeltaOffset(bytes: Buffer, at: number): { distance: number; bytes: number } {
  let byte = byteAt(bytes, at);
  let distance = byte & 0x7f;
  let read = 1;
  while ((byte & 0x80) !== 0) {
    byte = byteAt(bytes, at + read);
    distance = (distance + 1) * 128 + (byte & 0x7f);
    read += 1;
  }
  return { distance, bytes: read };
}

/** The object that `delta` makes of `base`. Throws `source/corrupt`, and `source/limit` for a huge one. */
export function applyDelta(delta: Buffer, base: Buffer): Buffer {
  const reader = new DeltaReader(delta);
  if (reader.number() !== base.length) throw damaged();
  const sizeBytes = reader.number();
  requireObjectSize(sizeBytes);
  const made = Buffer.allocUnsafe(sizeBytes);
  let written = 0;
  while (!reader.atEnd) {
    const piece = reader.instruction(base);
    if (written + piece.length > sizeBytes) throw damaged();
    written += piece.copy(made, written);
  }
  if (written !== sizeBytes) throw damaged();
  return made;
}

class DeltaReader {
  readonly #delta: Buffer;
  #at = 0;

  constructor(delta: Buffer) {
    this.#delta = delta;
  }

  get atEnd(): boolean {
    return this.#at >= this.#delta.length;
  }

  #byte(): number {
    return byteAt(this.#delta, this.#at++);
  }

  number(): number {
    let value = 0;
    for (let factor = 1; ; factor *= 128) {
      const byte = this.#byte();
      value += (byte & 0x7f) * factor;
      if ((byte & 0x80) === 0) return value;
    }
  }

  /** The bytes that the next instruction adds. */
  instruction(base: Buffer): Buffer {
    const instruction = this.#byte();
    if (instruction === 0) throw damaged();
    if ((instruction & 0x80) === 0) {
      const piece = this.#delta.subarray(this.#at, this.#at + instruction);
      this.#at += instruction;
      if (piece.length !== instruction) throw damaged();
      return piece;
    }
    const offset = this.#little(instruction, 4);
    const length = this.#little(instruction >> 4, 3) || 0x10000;
    if (offset + length > base.length) throw damaged();
    return base.subarray(offset, offset + length);
  }

  /** A little-endian number of which only the bytes that `present` names are there. */
  #little(present: number, bytes: number): number {
    let value = 0;
    for (let index = 0; index < bytes; index += 1) {
      if ((present & (1 << index)) !== 0) value += this.#byte() * 256 ** index;
    }
    return value;
  }
}

function byteAt(bytes: Buffer, at: number): number {
  const byte = bytes[at];
  if (byte === undefined) throw damaged();
  return byte;
}

const damaged = () => new PlimsollError(problem('source/corrupt', 'a pack of the repository is damaged'));
