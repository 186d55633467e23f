// Reads commits, tags and trees from their raw bytes. isomorphic-git's own parsers normalise what they
// read (names are decoded leniently, unsafe ones throw without their path); here the bytes decide.

import type { HeadFacts } from './messages.ts';
import { firstLine } from './text.ts';

export interface ParsedCommit {
  readonly tree: string;
  readonly parents: readonly string[];
  readonly head: HeadFacts;
}

/** Null where the bytes are no commit. */
export function parseCommit(oid: string, bytes: Buffer): ParsedCommit | null {
  const { headers, body } = splitHeaders(bytes);
  const tree = headers.find(([key]) => key === 'tree')?.[1] ?? '';
  const committer = headers.find(([key]) => key === 'committer')?.[1] ?? '';
  const author = headers.find(([key]) => key === 'author')?.[1] ?? '';
  if (!isObjectId(tree)) return null;
  return {
    tree,
    parents: headers
      .filter(([key, value]) => key === 'parent' && isObjectId(value))
      .map(([, value]) => value),
    head: {
      commit: oid,
      author: firstLine(author.replace(/ -?\d+ [+-]\d+$/, '')),
      subject: firstLine(body),
      committedAtMs: Number(/ (\d{1,12}) [+-]\d+$/.exec(committer)?.[1] ?? '0') * 1000,
    },
  };
}

/** What an annotated tag points at; null where the bytes are no tag. */
export function parseTag(bytes: Buffer): string | null {
  const target = splitHeaders(bytes).headers.find(([key]) => key === 'object')?.[1] ?? '';
  return isObjectId(target) ? target : null;
}

export interface RawTreeEntry {
  readonly mode: string;
  /** Null where the bytes are not UTF-8. */
  readonly name: string | null;
  readonly oid: string;
}

/** Null where the bytes are no tree. */
export function parseTree(bytes: Buffer): readonly RawTreeEntry[] | null {
  const entries: RawTreeEntry[] = [];
  let offset = 0;
  while (offset < bytes.length) {
    const space = bytes.indexOf(0x20, offset);
    const zero = bytes.indexOf(0, offset);
    if (space < 0 || zero < space || zero + 21 > bytes.length) return null;
    entries.push({
      mode: bytes.toString('latin1', offset, space),
      name: decode(bytes.subarray(space + 1, zero)),
      oid: bytes.toString('hex', zero + 1, zero + 21),
    });
    offset = zero + 21;
  }
  return entries;
}

const isObjectId = (text: string): boolean => /^[0-9a-f]{40}$/.test(text);

const strictUtf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

function decode(bytes: Buffer): string | null {
  try {
    return strictUtf8.decode(bytes);
  } catch {
    return null;
  }
}

/** Header lines up to the first blank one; continuation lines (of signatures) are left out. */
function splitHeaders(bytes: Buffer): { headers: [string, string][]; body: string } {
  const text = bytes.toString('utf8');
  const end = text.indexOf('\n\n');
  const headers = (end < 0 ? text : text.slice(0, end))
    .split('\n')
    .filter((line) => !line.startsWith(' '))
    .map((line): [string, string] => {
      const space = line.indexOf(' ');
      return [line.slice(0, space), line.slice(space + 1)];
    });
  return { headers, body: end < 0 ? '' : text.slice(end + 2) };
}
