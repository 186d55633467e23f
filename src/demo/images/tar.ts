// A tar archive (POSIX ustar) as a stream: an image's root file system goes to the engine while it is read.

import { createReadStream } from 'node:fs';
import { failed } from '../command.ts';

export interface TarEntry {
  /** Relative; that of a directory ends in `/`. */
  readonly name: string;
  readonly mode: number;
  readonly content:
    | { readonly kind: 'directory' }
    | { readonly kind: 'text'; readonly text: string }
    | { readonly kind: 'file'; readonly path: string; readonly size: number };
}

const BLOCK = 512;
const MAX_NAME = 100;
const MAX_PREFIX = 155;

/** `prefix/name`, split where both parts fit. */
function splitName(full: string): { readonly prefix: string; readonly name: string } {
  if (Buffer.byteLength(full) <= MAX_NAME) return { prefix: '', name: full };
  for (let slash = full.indexOf('/'); slash > 0; slash = full.indexOf('/', slash + 1)) {
    const [prefix, name] = [full.slice(0, slash), full.slice(slash + 1)];
    if (name !== '' && Buffer.byteLength(name) <= MAX_NAME && Buffer.byteLength(prefix) <= MAX_PREFIX)
      return { prefix, name };
  }
  throw failed(`the path ${full} is too long for an archive`);
}

const octal = (value: number, digits: number): string => value.toString(8).padStart(digits, '0');

function header(entry: TarEntry, size: number): Buffer {
  const { prefix, name } = splitName(entry.name);
  const block = Buffer.alloc(BLOCK);
  block.write(name, 0);
  block.write(`${octal(entry.mode, 7)}\0${octal(0, 7)}\0${octal(0, 7)}\0`, 100);
  block.write(`${octal(size, 11)}\0${octal(0, 11)}\0`, 124);
  // The checksum counts its own field as blanks.
  block.write('        ', 148);
  block.write(entry.content.kind === 'directory' ? '5' : '0', 156);
  block.write('ustar\x0000', 257);
  block.write(prefix, 345);
  const sum = block.reduce((total, byte) => total + byte, 0);
  block.write(`${octal(sum, 6)}\0 `, 148);
  return block;
}

const padding = (size: number): Buffer => Buffer.alloc((BLOCK - (size % BLOCK)) % BLOCK);

/** The archive, owned by root and dated at the epoch, so that equal content has equal bytes. */
export async function* tarOf(entries: readonly TarEntry[]): AsyncGenerator<Uint8Array> {
  for (const entry of entries) {
    const { content } = entry;
    if (content.kind === 'directory') yield header(entry, 0);
    else if (content.kind === 'text') {
      const bytes = Buffer.from(content.text);
      yield Buffer.concat([header(entry, bytes.length), bytes, padding(bytes.length)]);
    } else {
      yield header(entry, content.size);
      // Never more than announced, should the file grow meanwhile.
      yield* createReadStream(content.path, { end: Math.max(0, content.size - 1), highWaterMark: 1 << 20 });
      yield padding(content.size);
    }
  }
  yield Buffer.alloc(2 * BLOCK);
}
