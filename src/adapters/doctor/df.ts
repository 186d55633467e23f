// Reads what `df -Pk` prints: its format is the one that POSIX fixes.

const BYTES_PER_BLOCK = 1024;

/** The last line's space; null where the text is not what df prints. */
export function freeSpaceFromDf(
  output: string,
): { readonly freeBytes: number; readonly totalBytes: number } | null {
  const [heading, ...lines] = output.trim().split('\n');
  const last = lines.at(-1);
  if (heading === undefined || last === undefined || !heading.startsWith('Filesystem')) return null;
  const match = /\s(?<total>\d+)\s+\d+\s+(?<free>\d+)\s+\d+%\s/.exec(last);
  if (match?.groups === undefined) return null;
  return {
    freeBytes: Number(match.groups['free']) * BYTES_PER_BLOCK,
    totalBytes: Number(match.groups['total']) * BYTES_PER_BLOCK,
  };
}
