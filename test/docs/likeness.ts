// Whether a page shows what a program prints. Other ids, digests, counts and gaps between columns are no
// difference; the words and their order are.

const inWords = (line: string): string =>
  line
    .replaceAll(/\b[0-9a-f]{12}\b/g, 'ID')
    .replaceAll(/\d+/g, 'N')
    .replaceAll(/\s+/g, ' ')
    .trim();

/** The lines of a page that nothing which was printed resembles. */
export function linesNotPrinted(shown: readonly string[], printed: string): readonly string[] {
  const lines = new Set(printed.split('\n').map(inWords));
  return shown.filter((line) => line.trim() !== '' && !lines.has(inWords(line)));
}
