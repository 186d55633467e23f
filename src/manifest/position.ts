// Where each key and value of a document stands in its file, as plain data, so that everything found
// out later about a document can still be shown at its line and column.

import type { Span } from '../kernel/errors.ts';

/** Line and column count from 1. */
export interface Position {
  readonly line: number;
  readonly column: number;
}

export type Path = readonly (string | number)[];

/** Both maps go by JSON pointer: `/spec/ports/0`; the empty pointer is the document itself. */
export interface Positions {
  readonly values: ReadonlyMap<string, Position>;
  readonly keys: ReadonlyMap<string, Position>;
}

/** The JSON pointer of a key below another one. */
export function pointerBelow(parent: string, key: string | number): string {
  return `${parent}/${String(key).replaceAll('~', '~0').replaceAll('/', '~1')}`;
}

const pointerOf = (path: Path): string => path.reduce<string>(pointerBelow, '');

/** The place of the value at `path`, or of the closest value around it that stands in the file. */
export function spanOfValue(file: string, positions: Positions, path: Path): Span {
  for (let length = path.length; length >= 0; length -= 1) {
    const found = positions.values.get(pointerOf(path.slice(0, length)));
    if (found !== undefined) return { file, line: found.line, column: found.column };
  }
  return { file, line: 1, column: 1 };
}

/** The place of the key at the end of `path`, or of the value where it is an item of a list. */
export function spanOfKey(file: string, positions: Positions, path: Path): Span {
  const found = positions.keys.get(pointerOf(path));
  return found === undefined
    ? spanOfValue(file, positions, path)
    : { file, line: found.line, column: found.column };
}

/** A path for people: `spec.ports[0]`. */
export function formatPath(path: Path): string {
  let text = '';
  for (const part of path) {
    if (typeof part === 'number') text += `[${part}]`;
    else text += text === '' ? printableKey(part) : `.${printableKey(part)}`;
  }
  return text;
}

/** Characters that move a terminal's cursor, turn the direction of its text or cannot be seen. */
const UNPRINTABLE = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/gu;

export const isPrintable = (text: string): boolean => text.search(UNPRINTABLE) === -1;

/** A key in a message: short and printable. */
export const printableKey = (key: string): string =>
  (key.length <= 60 ? key : `${key.slice(0, 57)}...`).replaceAll(UNPRINTABLE, '?');
