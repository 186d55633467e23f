// Git's pkt-line framing, as far as a ref advertisement needs it: four hexadecimal digits of length, then
// the payload; `0000` is a flush.

import { PlimsollError, problem } from '../../kernel/errors.ts';

export const FLUSH = Buffer.from('0000');

export function pktLine(text: string): Buffer {
  const payload = Buffer.from(text);
  return Buffer.concat([Buffer.from((payload.length + 4).toString(16).padStart(4, '0')), payload]);
}

/** Length of the line that starts at `offset`, its four digits included; null while they are missing. */
function lengthAt(bytes: Buffer, offset: number): number | null {
  if (bytes.length < offset + 4) return null;
  const digits = bytes.toString('latin1', offset, offset + 4);
  if (!/^[0-9a-fA-F]{4}$/.test(digits)) {
    throw new PlimsollError(problem('source/not-found', 'the answer is not the Git protocol'));
  }
  return Number.parseInt(digits, 16);
}

/** Payloads up to the end of `bytes`; null stands for a flush. A cut-off line is an error. */
export function* readPktLines(bytes: Buffer): Generator<string | null> {
  let offset = 0;
  while (offset < bytes.length) {
    const length = lengthAt(bytes, offset);
    if (length === null || (length >= 4 && offset + length > bytes.length)) {
      throw new PlimsollError(problem('source/unreachable', 'the answer of the Git server was cut off'));
    }
    if (length < 4) {
      yield null;
      offset += 4;
    } else {
      yield bytes.toString('utf8', offset + 4, offset + length).replace(/\n$/, '');
      offset += length;
    }
  }
}

/** Finds the first flush in bytes that come in pieces. */
export class FlushFinder {
  #offset = 0;

  /** The offset behind the first flush, or null where it has not come yet. `bytes` only ever grows. */
  find(bytes: Buffer): number | null {
    for (;;) {
      const length = lengthAt(bytes, this.#offset);
      if (length === null) return null;
      if (length === 0) return this.#offset + 4;
      if (this.#offset + length > bytes.length) return null;
      this.#offset += Math.max(length, 4);
    }
  }
}
