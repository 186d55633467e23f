// Sentences for what zod finds wrong. Given to zod as its error map, so a schema's own message wins.
// Values are never repeated, except a short one where a fixed set of words is expected.

import type { z } from 'zod';
import { suggestion } from './nearest.ts';
import { quoted, typeName } from './schema/values.ts';

const EXPECTED: Readonly<Record<string, string>> = {
  string: 'a string',
  number: 'a number',
  int: 'a whole number',
  boolean: '`true`/`false`',
  array: 'a list',
  object: 'a map',
  record: 'a map',
};

export const expectedWord = (expected: string): string => EXPECTED[expected] ?? expected;

/** `a list or a string` */
export function alternatives(words: readonly string[]): string {
  const unique = [...new Set(words)];
  const last = unique.at(-1) ?? 'something else';
  return unique.length < 2 ? last : `${unique.slice(0, -1).join(', ')} or ${last}`;
}

/** The sentence for one issue, or undefined to let zod speak (which only the tests would see). */
export function issueText(issue: z.core.$ZodRawIssue): string | undefined {
  const input = issue.input;
  switch (issue.code) {
    case 'invalid_type':
      if (input === undefined) return 'is missing';
      return `expected ${expectedWord(issue.expected)}, got ${typeName(input)}`;
    case 'invalid_value': {
      if (input === undefined) return 'is missing';
      const values = issue.values.map(String);
      if (typeof input !== 'string') return `expected ${oneOf(values)}, got ${typeName(input)}`;
      return `${quoted(input)} is not ${oneOf(values)}${suggestion(input, values)}`;
    }
    case 'invalid_union':
      // No sentence of its own: what the alternatives say is told.
      return '';
    case 'too_small':
      return `must be at least ${String(issue.minimum)}`;
    case 'too_big':
      return `must be at most ${String(issue.maximum)}`;
    default:
      return undefined;
  }
}

function oneOf(values: readonly string[]): string {
  const list = alternatives(values.map((value) => `\`${value}\``));
  return values.length === 1 ? list : `one of ${list}`;
}
