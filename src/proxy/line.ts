// Words of HAProxy's configuration. Whatever comes from a manifest passes through `quoted`.

import { invariant } from '../kernel/invariant.ts';

const DELETE = '\u007f';

/** In strong quotes nothing has a meaning but the quote itself (HAProxy's manual, "Quoting and escaping"). */
export function quoted(text: string): string {
  const isOneLine = [...text].every((character) => character >= ' ' && character !== DELETE);
  invariant(isOneLine, 'a control character would end the line');
  return `'${text.replaceAll("'", `'\\''`)}'`;
}

/** Requests of which one more does no harm: whatever became of the first, it may be sent again. */
export const REPEATABLE = '{ method GET HEAD OPTIONS TRACE PUT DELETE }';

/** The variable that holds the timeout of the rule that has led a request in, in ms. */
export const TIMEOUT = 'txn.timeout';

/** A section with its lines indented. */
export const section = (title: string, lines: readonly string[]): string =>
  `${[title, ...lines.map((line) => `  ${line}`)].join('\n')}\n`;
