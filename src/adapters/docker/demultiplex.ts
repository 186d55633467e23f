// Docker sends standard output and standard error of a container without a terminal over one stream, in
// frames: one byte that names the stream, three of nothing, four of length, then the data.

import type { LogChunk } from '../../ports/host.ts';

const HEADER_BYTES = 8;
const STDERR = 2;

/** Takes the stream apart, chunk by chunk; holds back at most an unfinished header. */
export class Demultiplexer {
  #header = Buffer.alloc(0);
  #stream: LogChunk['stream'] = 'stdout';
  #bytesLeft = 0;

  /** What `chunk` completes; long frames come in pieces. */
  push(chunk: Uint8Array): LogChunk[] {
    const out: LogChunk[] = [];
    let rest = Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength);
    while (rest.length > 0) {
      if (this.#bytesLeft > 0) {
        const data = rest.subarray(0, this.#bytesLeft);
        out.push({ stream: this.#stream, data });
        this.#bytesLeft -= data.length;
        rest = rest.subarray(data.length);
      } else {
        rest = this.#readHeader(rest);
      }
    }
    return out;
  }

  #readHeader(bytes: Buffer): Buffer {
    const missing = HEADER_BYTES - this.#header.length;
    this.#header = Buffer.concat([this.#header, bytes.subarray(0, missing)]);
    if (this.#header.length === HEADER_BYTES) {
      this.#stream = this.#header[0] === STDERR ? 'stderr' : 'stdout';
      this.#bytesLeft = this.#header.readUInt32BE(4);
      this.#header = Buffer.alloc(0);
    }
    return bytes.subarray(missing);
  }
}
