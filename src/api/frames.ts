// Frames on the connection that a command runs over: one byte that says what it is, four bytes of
// length, the content. The same code reads and writes on both sides.

import { PlimsollError, problem } from '../kernel/errors.ts';

export const FRAME = {
  /** Client: what to run, as JSON. */
  start: 0,
  /** Client: input. */
  input: 1,
  /** Client: the input ends. */
  inputEnd: 2,
  /** Client: the terminal has another size, as JSON. */
  resize: 3,
  /** Server: it runs; where, as JSON (`container`, `host`). */
  started: 16,
  stdout: 17,
  stderr: 18,
  /** Server: it has ended, as JSON. */
  exit: 19,
  /** Server: it could not go on, as the JSON of a Problem. */
  problem: 20,
} as const;

export interface Frame {
  readonly type: number;
  readonly content: Uint8Array;
}

const HEADER_BYTES = 5;
export const MAX_FRAME_BYTES = 1024 * 1024;

export function encodeFrame(type: number, content: Uint8Array = new Uint8Array()): Uint8Array {
  const frame = Buffer.allocUnsafe(HEADER_BYTES + content.length);
  frame.writeUInt8(type, 0);
  frame.writeUInt32BE(content.length, 1);
  frame.set(content, HEADER_BYTES);
  return frame;
}

export function encodeJsonFrame(type: number, value: unknown): Uint8Array {
  return encodeFrame(type, Buffer.from(JSON.stringify(value)));
}

/** Content in pieces that fit into frames. */
export function* encodeFrames(type: number, content: Uint8Array): Generator<Uint8Array> {
  for (let at = 0; at < content.length; at += MAX_FRAME_BYTES) {
    yield encodeFrame(type, content.subarray(at, at + MAX_FRAME_BYTES));
  }
}

/** Cuts a stream of bytes into frames, in whatever pieces it comes. */
export class FrameReader {
  #rest: Buffer = Buffer.alloc(0);

  /** The frames that `data` completes. Throws for one that is larger than allowed. */
  push(data: Uint8Array): readonly Frame[] {
    this.#rest = this.#rest.length === 0 ? Buffer.from(data) : Buffer.concat([this.#rest, data]);
    const frames: Frame[] = [];
    while (this.#rest.length >= HEADER_BYTES) {
      const length = this.#rest.readUInt32BE(1);
      if (length > MAX_FRAME_BYTES) {
        throw new PlimsollError(problem('command/usage', `a frame of ${length} bytes is too large`));
      }
      const end = HEADER_BYTES + length;
      if (this.#rest.length < end) break;
      frames.push({ type: this.#rest.readUInt8(0), content: this.#rest.subarray(HEADER_BYTES, end) });
      this.#rest = this.#rest.subarray(end);
    }
    return frames;
  }
}

/** JSON of a frame; undefined where it is none. */
export function frameJson(frame: Frame): unknown {
  try {
    return JSON.parse(Buffer.from(frame.content).toString('utf8'));
  } catch {
    return undefined;
  }
}
