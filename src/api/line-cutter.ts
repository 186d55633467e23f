// Cuts the output of a container into lines, so that those of several containers do not mix.

import { StringDecoder } from 'node:string_decoder';

/** A line without an end is cut here. */
const MAX_LINE_CHARACTERS = 64 * 1024;

export class LineCutter {
  readonly #decoder = new StringDecoder('utf8');
  #rest = '';

  /** The lines that `data` completes, without their line ends. */
  push(data: Uint8Array): readonly string[] {
    const parts = (this.#rest + this.#decoder.write(Buffer.from(data))).split('\n');
    this.#rest = parts.pop() ?? '';
    const lines = parts.map((line) => line.replace(/\r$/, ''));
    while (this.#rest.length > MAX_LINE_CHARACTERS) {
      lines.push(this.#rest.slice(0, MAX_LINE_CHARACTERS));
      this.#rest = this.#rest.slice(MAX_LINE_CHARACTERS);
    }
    return lines;
  }

  /** What came after the last line end; null where there is nothing. */
  end(): string | null {
    const rest = this.#rest + this.#decoder.end();
    this.#rest = '';
    return rest === '' ? null : rest;
  }
}
