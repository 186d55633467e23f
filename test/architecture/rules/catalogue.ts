// The error catalogue holds what can happen, no more: every code is used somewhere, and every code
// tells what to do.

import { type SourceFile, visit } from '../source-file.ts';

/** The codes that no file mentions, other than as the key of an entry. */
export function unusedCodes(codes: readonly string[], files: readonly SourceFile[]): readonly string[] {
  const keys = new Set<object>();
  const mentioned = new Set<unknown>();
  for (const file of files) {
    visit(file, {
      Property: (node) => keys.add(node.key),
      Literal: (node) => {
        if (!keys.has(node)) mentioned.add(node.value);
      },
    });
  }
  return codes.filter((code) => !mentioned.has(code));
}

/** The codes whose hint is no sentence that a person could follow. */
export function codesWithoutHint(
  catalogue: Readonly<Record<string, { readonly hint: string }>>,
): readonly string[] {
  return Object.entries(catalogue)
    .filter(([, entry]) => !/^[A-Z].{6,}\.$/.test(entry.hint))
    .map(([code]) => code);
}
