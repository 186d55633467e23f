// Bugs as a careless programmer would write them, each as the replacement of a text that occurs exactly
// once in its file: where the code has changed, the patch has to be looked at again.

import { readFileSync } from 'node:fs';
import path from 'node:path';
import { type Mutant, roomOf } from '../mutant.ts';

export interface Planted {
  readonly id: string;
  readonly file: string;
  readonly text: string;
  readonly replacement: string;
  /** What somebody would have thought who wrote it so. */
  readonly thought: string;
}

/** The patched source; throws where the text is gone or is there more than once. */
export function plant(root: string, { id, file, text, replacement, thought }: Planted): Mutant {
  const source = readFileSync(path.join(root, file), 'utf8');
  const parts = source.split(text);
  const [above] = parts;
  if (parts.length !== 2 || above === undefined)
    throw new Error(`${id}: ${file} has the text to be replaced ${parts.length - 1} times:\n${text}`);
  const trimmed = (lines: string): string => lines.replaceAll(/^ +/gm, '');
  return {
    id,
    origin: 'by hand',
    room: roomOf(file),
    file,
    line: above.split('\n').length,
    what: thought,
    before: trimmed(text),
    after: trimmed(replacement),
    sources: { [file]: parts.join(replacement) },
  };
}
