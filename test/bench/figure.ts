// What a benchmark says: figures with a bar that they hold or miss, for people as text, for programs as JSON.

export interface Figure {
  /** `firstDeployment.overDirect` */
  readonly name: string;
  readonly value: number;
  /** `ratio`, `ms`, `requests`, `MB`, … */
  readonly unit: string;
  /** The most that is allowed, or the least; null where the figure is only told. */
  readonly bar: number | null;
  readonly limit: 'most' | 'least';
  readonly holds: boolean | null;
  /** For people: what is divided by what, or what was counted. */
  readonly meaning: string;
}

/** What one part of a benchmark prints, and its figures. */
export interface Section {
  readonly title: string;
  readonly lines: readonly string[];
  readonly figures: readonly Figure[];
  /** Reasons behind the figures, printed below them. */
  readonly notes: readonly string[];
}

export function atMost(
  name: string,
  meaning: string,
  measured: { readonly value: number; readonly unit: string; readonly bar: number },
): Figure {
  return { name, meaning, ...measured, limit: 'most', holds: measured.value <= measured.bar };
}

export function atLeast(
  name: string,
  meaning: string,
  measured: { readonly value: number; readonly unit: string; readonly bar: number },
): Figure {
  return { name, meaning, ...measured, limit: 'least', holds: measured.value >= measured.bar };
}

export function told(name: string, meaning: string, value: number, unit: string): Figure {
  return { name, meaning, value, unit, bar: null, limit: 'most', holds: null };
}

const WIDTH = 58;

function verdict({ bar, limit, holds }: Figure): string {
  if (bar === null) return '';
  return `   bar ${limit === 'most' ? '≤' : '≥'} ${bar}   ${holds === true ? 'holds' : 'MISSED'}`;
}

const shown = ({ value, unit }: Figure): string =>
  unit === 'ratio' ? value.toFixed(2) : `${unit === 'ms' ? value.toFixed(0) : rounded(value)} ${unit}`;

const rounded = (value: number): string => String(Number(value.toFixed(1)));

export function sectionText({ title, lines, figures, notes }: Section): string {
  const told = figures.map((f) => `  ${f.meaning.padEnd(WIDTH)} ${shown(f).padStart(12)}${verdict(f)}`);
  return [
    title,
    ...lines.map((line) => `  ${line}`),
    ...told,
    ...notes.map((line) => `    ${line}`),
    '',
  ].join('\n');
}

/** The object that `--json` prints on the last line. */
export function figuresJson(figures: readonly Figure[]): string {
  return JSON.stringify({
    figures: figures.map(({ name, value, unit, bar, holds }) => ({
      name,
      value: Number(value.toFixed(3)),
      unit,
      bar,
      holds,
    })),
  });
}
