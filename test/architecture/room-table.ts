// Reads what src/ARCHITECTURE.md says in its machine-read parts: the room table, the pure rooms and
// the banned names. The document is the rule; this file only understands it.

export interface Room {
  /** `kernel`, or `main.ts` for a file that is a room by itself. */
  readonly name: string;
  /** Rooms that it may import, `all` for every one. */
  readonly imports: readonly string[];
  /** Rooms of which it may import types only. */
  readonly typeImports: readonly string[];
  readonly packages: readonly AllowedPackage[];
}

export interface AllowedPackage {
  /** `zod`, `node:crypto`, `node:*` for every built-in module. */
  readonly name: string;
  /** The only names that may be imported from it; null: all. */
  readonly names: readonly string[] | null;
}

export interface Architecture {
  readonly rooms: readonly Room[];
  readonly pureRooms: readonly string[];
  readonly bannedNames: readonly string[];
}

const HEADER = ['room', 'what lives there', 'may import', 'packages'];
const NOTHING = '–';

/** Throws where the document lacks one of the parts, or a row refers to a room that has no row. */
export function parseArchitecture(markdown: string): Architecture {
  const rooms = tableRows(markdown).map(parseRoom);
  const pureRooms = listAfter(markdown, 'Pure rooms:');
  const known = new Set([...rooms.map((room) => room.name), 'all']);
  const mentioned = [...rooms.flatMap((room) => [...room.imports, ...room.typeImports]), ...pureRooms];
  for (const name of mentioned) {
    if (!known.has(name.split('/')[0] ?? name))
      throw new Error(`ARCHITECTURE.md names a room "${name}" without a row`);
  }
  return { rooms, pureRooms, bannedNames: listAfter(markdown, 'Banned names:') };
}

function tableRows(markdown: string): readonly (readonly string[])[] {
  const lines = markdown.split('\n').map(cells);
  const start = lines.findIndex((row) => row.join('|') === HEADER.join('|'));
  if (start === -1) throw new Error(`ARCHITECTURE.md has no table with the columns ${HEADER.join(', ')}`);
  const rows = lines.slice(start + 2);
  const end = rows.findIndex((row) => row.length === 0);
  const body = end === -1 ? rows : rows.slice(0, end);
  if (body.length === 0) throw new Error('the room table of ARCHITECTURE.md is empty');
  return body;
}

/** The cells of a table's line, without code marks; none for any other line. */
function cells(line: string): readonly string[] {
  if (!line.startsWith('|')) return [];
  return line
    .split('|')
    .slice(1, -1)
    .map((cell) => cell.replaceAll('`', '').trim());
}

function parseRoom(row: readonly string[]): Room {
  const [name, , imports, packages] = row;
  if (row.length !== HEADER.length || !name || !imports || !packages) {
    throw new Error(`the room table of ARCHITECTURE.md has a broken row: ${row.join(' | ')}`);
  }
  const parts = imports.split(';').map((part) => part.trim());
  const typePart = parts.find((part) => part.startsWith('types of '));
  return {
    name: name.replace(/\/$/, ''),
    imports: parts.filter((part) => part !== typePart).flatMap(names),
    typeImports: names(typePart?.slice('types of '.length) ?? NOTHING),
    packages: splitOutsideParentheses(packages).map(parsePackage),
  };
}

function parsePackage(text: string): AllowedPackage {
  const match = /^(\S+)(?: \((.+)\))?$/.exec(text);
  if (match?.[1] === undefined) throw new Error(`not a package in ARCHITECTURE.md: "${text}"`);
  return { name: match[1], names: match[2] === undefined ? null : names(match[2]) };
}

function splitOutsideParentheses(list: string): readonly string[] {
  if (list === NOTHING) return [];
  return list.split(/,\s*(?![^(]*\))/).map((item) => item.trim());
}

function names(list: string): readonly string[] {
  if (list === NOTHING) return [];
  return list.split(',').map((item) => item.trim().replace(/\/$/, ''));
}

function listAfter(markdown: string, label: string): readonly string[] {
  const line = markdown.split('\n').find((candidate) => candidate.startsWith(label));
  if (line === undefined) throw new Error(`ARCHITECTURE.md has no line that starts with "${label}"`);
  return names(line.slice(label.length).replaceAll('`', '').replace(/\.$/, '').trim());
}
