// A planted bug: some places of some files with other text. Mechanical ones are made from the syntax tree,
// others by hand; both are played in the same way.

import path from 'node:path';

/** The rooms that decide or act: a bug there is what the simulator has to find. */
export const ROOMS = ['plan', 'rollout', 'executor', 'loop'] as const;
export type Room = (typeof ROOMS)[number];

export const KINDS = [
  'condition',
  'bound',
  'logic',
  'dropped statement',
  'dropped early return',
  'order',
  'boolean',
  'dropped filter',
  'ternary',
] as const;
export type Kind = (typeof KINDS)[number];

export interface Mutant {
  /** Stays the same as long as the changed lines do, wherever they move to. */
  readonly id: string;
  readonly origin: 'mechanical' | 'by hand';
  readonly room: Room;
  /** Relative to the project: `src/plan/order.ts`. */
  readonly file: string;
  readonly line: number;
  readonly what: string;
  /** The changed lines, without indentation. */
  readonly before: string;
  readonly after: string;
  /** Whole texts of the files that are changed, by path. */
  readonly sources: Readonly<Record<string, string>>;
}

/** Of a path like `src/loop/lease.ts`; throws for other rooms. */
export function roomOf(file: string): Room {
  const room = ROOMS.find((name) => file.startsWith(`src/${name}/`));
  if (room === undefined) throw new Error(`${file} is in none of the rooms ${ROOMS.join(', ')}`);
  return room;
}

/** `src/rollout/judge.ts` → `rollout/judge`. */
export const shortPath = (file: string): string => file.replace(/^src\//, '').replace(/\.ts$/, '');

/** Where a mutant's text would lie below `root`, with a mark of its own: beside the file that it changes. */
export const variantPath = (root: string, file: string, mark: string): string =>
  path.join(root, file.replace(/\.ts$/, `.${mark}.ts`));
