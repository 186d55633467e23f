// Aligned columns. The last one may be as long as it likes: lines are cut by the terminal, not here.

import { widthOf } from './terminal.ts';

const GAP = 3;

/** Lines without trailing blanks; `heading` stands above. Cells may be painted. */
export function table(heading: readonly string[], rows: readonly (readonly string[])[]): string {
  const lines = [heading, ...rows];
  const widths = heading.map((_, column) => Math.max(...lines.map((line) => widthOf(line[column] ?? ''))));
  return lines
    .map((line) =>
      line
        .map((cell, column) => cell + ' '.repeat((widths[column] ?? 0) - widthOf(cell) + GAP))
        .join('')
        .trimEnd(),
    )
    .join('\n');
}
