// Revisions on the command line.

import { InvalidArgumentError } from 'commander';
import { RevisionId } from '../kernel/ids.ts';

export function parseRevision(text: string): RevisionId {
  const parsed = RevisionId.safeParse(text);
  if (parsed.success) return parsed.data;
  throw new InvalidArgumentError(
    'A revision has 12 hexadecimal digits; `plimsoll history SERVICE` lists them.',
  );
}
