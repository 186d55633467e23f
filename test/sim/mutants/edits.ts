// One change of a file's text, and what each kind of mutation shares.

import type { Node } from 'oxc-parser';
import type { SourceFile } from '../../architecture/source-file.ts';
import type { Kind } from './mutant.ts';
import type { Signatures } from './signatures.ts';

export interface Edit {
  readonly kind: Kind;
  readonly start: number;
  readonly end: number;
  readonly text: string;
}

export interface Place {
  readonly file: SourceFile;
  readonly node: Node;
  /** The nearest first. */
  readonly ancestors: readonly Node[];
  readonly signatures: Signatures;
}

/** What a kind of mutation can do to one node. */
export type Operator = (place: Place) => readonly Edit[];

export const textOf = ({ text }: SourceFile, { start, end }: { start: number; end: number }): string =>
  text.slice(start, end);

export const replace = (kind: Kind, { start, end }: Node, text: string): Edit => ({ kind, start, end, text });
