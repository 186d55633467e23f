// The root file system of an image that needs no registry: programs of this machine, and the libraries that they
// load.

import { existsSync, statSync } from 'node:fs';
import path from 'node:path';
import { failed, tryCommand } from '../command.ts';
import type { TarEntry } from './tar.ts';

/** Loaded by name only when a host name or a user is looked up, so that `ldd` does not show them; older C libraries. */
const NAME_SERVICE = ['libnss_dns.so.2', 'libnss_files.so.2', 'libresolv.so.2'];
const LDD_MS = 10_000;

export interface RootFileSystem {
  readonly entries: readonly TarEntry[];
  readonly bytes: number;
  /** Dockerfile instructions for the image's configuration. */
  readonly changes: readonly string[];
}

export interface RootContent {
  /** Where a program is in the image, and where it is here. */
  readonly programs: ReadonlyMap<string, string>;
  /** By their paths in the image. */
  readonly texts: Readonly<Record<string, string>>;
  /** Dockerfile instructions besides. */
  readonly changes: readonly string[];
}

/** Paths of the shared libraries, the loader among them. */
async function librariesOf(program: string): Promise<readonly string[]> {
  const { code, stdout: listed, stderr } = await tryCommand('ldd', [program], { deadlineMs: LDD_MS });
  if (/not a (valid )?dynamic/i.test(stderr)) return [];
  if (code !== 0) throw failed(`\`ldd ${program}\` ended with code ${code}: ${stderr.trim()}`);
  const absent = /^\s*(\S+) => not found/m.exec(listed);
  if (absent !== null) throw failed(`${program} misses the library ${absent[1]}`);
  const found = [...listed.matchAll(/(\/\S+) \(0x[0-9a-f]+\)/g)].map((match) => match[1] ?? '');
  const directories = new Set(found.map((file) => path.dirname(file)));
  const alsoThere = [...directories]
    .flatMap((directory) => NAME_SERVICE.map((name) => path.join(directory, name)))
    .filter((file) => existsSync(file));
  return [...new Set([...found, ...alsoThere])];
}

const inArchive = (absolute: string): string => absolute.slice(1);

function fileEntry(source: string, target: string): TarEntry {
  const size = statSync(source).size;
  return { name: inArchive(target), mode: 0o755, content: { kind: 'file', path: source, size } };
}

function directoriesOf(files: readonly string[]): readonly string[] {
  const all = new Set<string>();
  for (const file of files) {
    for (let at = path.dirname(file); at !== '/'; at = path.dirname(at)) all.add(at);
  }
  return [...all].sort();
}

/** Rejects where a program cannot be taken apart: only those of Linux run in a Linux container. */
export async function rootFileSystem({ programs, texts, changes }: RootContent): Promise<RootFileSystem> {
  const lists = await Promise.all([...programs.values()].map(librariesOf));
  const libraries = [...new Set(lists.flat())];
  const files = [
    ...[...programs].map(([target, source]) => fileEntry(source, target)),
    ...libraries.map((library) => fileEntry(library, library)),
  ];
  const directories = directoriesOf([
    ...['/etc/x', '/proc/x', '/sys/x', '/dev/x'],
    ...programs.keys(),
    ...libraries,
  ]);
  const entries: TarEntry[] = [
    ...directories.map((name) => ({
      name: `${inArchive(name)}/`,
      mode: 0o755,
      content: { kind: 'directory' as const },
    })),
    { name: 'tmp/', mode: 0o1777, content: { kind: 'directory' } },
    ...Object.entries(texts).map(([target, text]) => ({
      name: inArchive(target),
      mode: 0o644,
      content: { kind: 'text' as const, text },
    })),
    ...files,
  ];
  const searched = [...new Set(libraries.map((library) => path.dirname(library)))].join(':');
  return {
    entries,
    bytes: files.reduce((sum, { content }) => sum + (content.kind === 'file' ? content.size : 0), 0),
    changes: [`ENV LD_LIBRARY_PATH=${searched}`, ...changes],
  };
}
