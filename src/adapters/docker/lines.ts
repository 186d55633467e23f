// Streams of one JSON value per line, as the engine sends events and the progress of a pull.

import type { Readable } from 'node:stream';

const MAX_LINE_CHARACTERS = 1024 * 1024;

/** The lines of a stream without their ends; empty ones are left out. Rejects where the stream breaks. */
export async function* linesOf(stream: Readable): AsyncGenerator<string> {
  stream.setEncoding('utf8');
  let rest = '';
  for await (const chunk of stream) {
    const lines = `${rest}${chunk}`.split(/\r?\n/);
    rest = lines.pop() ?? '';
    if (rest.length > MAX_LINE_CHARACTERS) throw new Error('a line of the stream is too long');
    yield* lines.filter((line) => line !== '');
  }
  if (rest !== '') yield rest;
}
