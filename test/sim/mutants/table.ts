// How the run looks: a line or two for each mutant, totals by room, and the two figures with their bars.

import { faint, heading, mark } from '../../runner/terminal.ts';
import { isSurvivor, type Judged, type Tally, tallyOf } from './judged.ts';
import { ROOMS } from './mutant.ts';

const WIDTH = 100;
const clip = (text: string): string => (text.length > WIDTH ? `${text.slice(0, WIDTH - 1)}…` : text);

/** The changed lines, those that were dropped with a minus alone. */
function changeText({ mutant }: Judged, indent: string): string {
  const lines = (text: string, sign: string): readonly string[] =>
    text
      .split('\n')
      .filter((line) => line.trim() !== '')
      .map((line) => `${indent}${faint(`${sign} ${line}`)}`);
  return [...lines(mutant.before, '-'), ...lines(mutant.after, '+')].join('\n');
}

function fate({ caught, trials, explanation }: Judged): string {
  if (caught !== null) return `${caught.by} at ${caught.trial}: ${clip(caught.message.split('\n')[0] ?? '')}`;
  const how = explanation === null ? 'not explained' : `${explanation.class}: ${explanation.because}`;
  return `survives ${trials} stories; ${how}`;
}

export function mutantText(judged: Judged): string {
  const { mutant } = judged;
  const place = `${mutant.file}:${mutant.line}`;
  return [
    `${mark(!isSurvivor(judged))} ${mutant.id}  ${place}  ${mutant.what}`,
    changeText(judged, '      '),
    `    ${fate(judged)}`,
  ].join('\n');
}

const tallyText = (name: string, { total, equivalent, caught, percent }: Tally): string =>
  `  ${name.padEnd(24)} ${String(caught).padStart(4)} of ${String(total - equivalent).padStart(4)} caught` +
  `  ${percent.toFixed(1).padStart(5)} %  ${equivalent} equivalent`;

export function totalsText(all: readonly Judged[]): string {
  const lines = (['by hand', 'mechanical'] as const).flatMap((origin) => {
    const its = all.filter(({ mutant }) => mutant.origin === origin);
    const rooms = ROOMS.map((room) =>
      tallyText(`  ${room}`, tallyOf(its.filter(({ mutant }) => mutant.room === room))),
    );
    return [tallyText(origin, tallyOf(its)), ...rooms];
  });
  return [heading('Planted bugs that were caught'), ...lines].join('\n');
}

/** By which invariant how many were caught. */
export function catchersText(all: readonly Judged[]): string {
  const counts = new Map<string, number>();
  for (const { caught } of all) if (caught !== null) counts.set(caught.by, (counts.get(caught.by) ?? 0) + 1);
  const sorted = [...counts].sort((a, b) => b[1] - a[1]);
  return `  caught by: ${sorted.map(([by, n]) => `${by} ${n}`).join(', ')}`;
}
