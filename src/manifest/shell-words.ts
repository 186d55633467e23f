// Splits a command line into words as a POSIX shell does (quotes and backslashes), without a shell:
// nothing is expanded, and `|`, `;`, `$` and the like are ordinary characters.

/** The words, or null where a quote does not end. */
export function shellWords(line: string): readonly string[] | null {
  const words: string[] = [];
  let word: string | null = null;
  let quote: '"' | "'" | null = null;
  for (let index = 0; index < line.length; index += 1) {
    const char = line[index] ?? '';
    const next = line[index + 1];
    if (quote !== null) {
      if (char === quote) quote = null;
      else if (char === '\\' && quote === '"' && next !== undefined && '"\\$`\n'.includes(next)) {
        if (next !== '\n') word = (word ?? '') + next;
        index += 1;
      } else word = (word ?? '') + char;
    } else if (char === '"' || char === "'") {
      quote = char;
      word ??= '';
    } else if (char === '\\') {
      if (next === undefined) return null;
      if (next !== '\n') word = (word ?? '') + next;
      index += 1;
    } else if (' \t\n\r'.includes(char)) {
      if (word !== null) words.push(word);
      word = null;
    } else word = (word ?? '') + char;
  }
  if (quote !== null) return null;
  if (word !== null) words.push(word);
  return words;
}
