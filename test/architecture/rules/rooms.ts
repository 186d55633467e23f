// Who may import whom: every import of src/ held against the room table.

import path from 'node:path';
import { type Import, importsOf } from '../imports.ts';
import type { AllowedPackage, Architecture, Room } from '../room-table.ts';
import { type SourceFile, type Violation, violationAt } from '../source-file.ts';

export function roomViolations(file: SourceFile, architecture: Architecture): readonly Violation[] {
  const room = roomOf(file.path, architecture);
  if (room === null) return [violationAt(file, 0, 'lies in no room of the table in src/ARCHITECTURE.md')];
  return importsOf(file).flatMap((item) => {
    const refusal = refuse(file, room, item);
    return refusal === null ? [] : [violationAt(file, item.offset, refusal)];
  });
}

/** Value imports must not run in a circle between rooms: the flow of data has one direction. */
export function roomCycle(rooms: readonly Room[]): readonly string[] | null {
  const finished = new Set<string>();
  const search = (name: string, trail: readonly string[]): readonly string[] | null => {
    if (trail.includes(name)) return [...trail.slice(trail.indexOf(name)), name];
    if (finished.has(name)) return null;
    finished.add(name);
    const room = rooms.find((candidate) => candidate.name === name);
    const next = (room?.imports ?? [])
      .filter((item) => item !== 'all')
      .map((item) => item.split('/')[0] ?? item);
    return next.reduce<readonly string[] | null>(
      (found, item) => found ?? search(item, [...trail, name]),
      null,
    );
  };
  return rooms.reduce<readonly string[] | null>((found, room) => found ?? search(room.name, []), null);
}

function roomOf(filePath: string, architecture: Architecture): Room | null {
  const name = filePath.split('/')[1];
  return architecture.rooms.find((room) => room.name === name) ?? null;
}

function refuse(file: SourceFile, room: Room, item: Import): string | null {
  if (item.specifier === null) return 'imports a computed path, which cannot be held against the room table';
  if (!item.specifier.startsWith('.')) return refusePackage(room, item, item.specifier);
  const target = path.posix.join(path.posix.dirname(file.path), item.specifier);
  if (!target.startsWith('src/')) return `imports ${target}, which lies outside src`;
  const inside = target.slice('src/'.length);
  if (isWithin(inside, [room.name, ...room.imports])) return null;
  if (!isWithin(inside, room.typeImports)) return `${room.name} may not import ${inside}`;
  return item.typeOnly ? null : `${room.name} may import only types of ${inside}: use \`import type\``;
}

function isWithin(target: string, allowed: readonly string[]): boolean {
  return allowed.some(
    (name) => name === 'all' || `${target}/`.startsWith(`${name}/`) || target === `${name}.ts`,
  );
}

function refusePackage(room: Room, item: Import, specifier: string): string | null {
  const allowed = room.packages.find((candidate) => matchesPackage(candidate, specifier));
  if (allowed === undefined) return `${room.name} may not import the package ${specifier}`;
  const refused = (item.names ?? ['*']).filter((name) => allowed.names?.includes(name) === false);
  return refused.length === 0
    ? null
    : `${room.name} may import only ${allowed.names?.join(', ')} from ${specifier}, not ${refused.join(', ')}`;
}

function matchesPackage(allowed: AllowedPackage, specifier: string): boolean {
  if (allowed.name === 'node:*') return specifier.startsWith('node:');
  return specifier === allowed.name || specifier.startsWith(`${allowed.name}/`);
}
