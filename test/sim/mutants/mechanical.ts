// All mutants that can be made mechanically of a file, and a fixed sample of them. Which are drawn depends
// on what they are and not on where they stand: a change elsewhere leaves the sample nearly as it was.

import { createHash } from 'node:crypto';
import { parseSync } from 'oxc-parser';
import { lineAt, readSources, type SourceFile } from '../../architecture/source-file.ts';
import type { Edit } from './edits.ts';
import { EXPRESSION_OPERATORS } from './expressions.ts';
import { type Mutant, ROOMS, type Room, roomOf, shortPath } from './mutant.ts';
import { readSignatures, type Signatures } from './signatures.ts';
import { mutableSources } from './sources.ts';
import { STATEMENT_OPERATORS } from './statements.ts';
import { walk } from './tree.ts';

const OPERATORS = [...EXPRESSION_OPERATORS, ...STATEMENT_OPERATORS];
const MOST_PER_FILE = 6;

const hash = (...parts: readonly string[]): string =>
  createHash('sha256').update(parts.join('\0')).digest('hex');

/** The lines that a range touches, each without its indentation. */
function linesOf(text: string, start: number, end: number): string {
  const from = text.lastIndexOf('\n', start - 1) + 1;
  const until = text.indexOf('\n', end);
  const lines = text.slice(from, until === -1 ? text.length : until).split('\n');
  return lines.map((line) => line.trim()).join('\n');
}

const parses = (file: string, text: string): boolean =>
  parseSync(file, text, { lang: 'ts', sourceType: 'module' }).errors.length === 0;

function mutantOf(file: SourceFile, edit: Edit): Mutant {
  const { start, end, text, kind } = edit;
  const source = file.text.slice(0, start) + text + file.text.slice(end);
  const before = linesOf(file.text, start, end);
  const after = linesOf(source, start, start + text.length);
  return {
    id: `${shortPath(file.path)}#${hash(file.path, kind, before, after).slice(0, 6)}`,
    origin: 'mechanical',
    room: roomOf(file.path),
    file: file.path,
    line: lineAt(file, start),
    what: kind,
    before,
    after,
    sources: { [file.path]: source },
  };
}

/** Every mutant of a file that parses; of those that change equal lines equally only the first. */
export function mutantsOf(file: SourceFile, signatures: Signatures): readonly Mutant[] {
  const found = new Map<string, Mutant>();
  walk(file.program, (node, ancestors) => {
    for (const operator of OPERATORS)
      for (const edit of operator({ file, node, ancestors, signatures })) {
        const mutant = mutantOf(file, edit);
        const isNew = !found.has(mutant.id) && mutant.sources[file.path] !== file.text;
        if (isNew && parses(file.path, mutant.sources[file.path] ?? '')) found.set(mutant.id, mutant);
      }
  });
  return [...found.values()];
}

/** How many of `total` fall to each room: in proportion to its lines. */
function shares(files: readonly SourceFile[], total: number): ReadonlyMap<Room, number> {
  const lines = new Map<Room, number>();
  for (const file of files) {
    const room = roomOf(file.path);
    lines.set(room, (lines.get(room) ?? 0) + file.text.split('\n').length);
  }
  const all = [...lines.values()].reduce((sum, n) => sum + n, 0);
  const exact = ROOMS.map((room) => ({ room, share: ((lines.get(room) ?? 0) * total) / all }));
  const given = new Map<Room, number>(exact.map(({ room, share }) => [room, Math.floor(share)]));
  const left = total - [...given.values()].reduce((sum, n) => sum + n, 0);
  const byRest = exact.toSorted((a, b) => (b.share % 1) - (a.share % 1));
  for (const { room } of byRest.slice(0, left)) given.set(room, (given.get(room) ?? 0) + 1);
  return given;
}

export interface Draw {
  readonly seed: string;
  readonly total: number;
  /** Those that the compiler takes; the others are found by it and not worth a run. */
  readonly compiles: (mutants: readonly Mutant[]) => Promise<ReadonlySet<string>>;
}

/** Of a room's mutants so many more are shown to the compiler, since it refuses some. */
const SPARE = 3;

export interface Drawn {
  readonly mutants: readonly Mutant[];
  /** How many could be made, and how many of those in question the compiler refused. */
  readonly possible: number;
  readonly refused: number;
}

export async function drawMutants(root: string, { seed, total, compiles }: Draw): Promise<Drawn> {
  const files = mutableSources(root);
  const signatures = readSignatures(readSources(root, ['src']));
  const all = files.flatMap((file) => mutantsOf(file, signatures));
  const ranked = all.toSorted((a, b) => (hash(seed, a.id) < hash(seed, b.id) ? -1 : 1));
  const share = shares(files, total);
  const inQuestion = ROOMS.flatMap((room) =>
    ranked.filter((mutant) => mutant.room === room).slice(0, Math.ceil((share.get(room) ?? 0) * SPARE) + 20),
  );
  const good = await compiles(inQuestion);
  const perFile = new Map<string, number>();
  const mutants = ROOMS.flatMap((room) => {
    const chosen = inQuestion.filter(({ room: its, id, file }) => {
      const count = perFile.get(file) ?? 0;
      if (its !== room || !good.has(id) || count >= MOST_PER_FILE) return false;
      perFile.set(file, count + 1);
      return true;
    });
    return chosen.slice(0, share.get(room) ?? 0);
  });
  return { mutants, possible: all.length, refused: inQuestion.length - good.size };
}
