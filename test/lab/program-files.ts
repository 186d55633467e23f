// Programs of this machine as files of an image: each with the libraries that it loads.

import { realpathSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { runCommand } from './command.ts';

const LIBRARY = /(\/\S+) \(0x/;

/** Paths without the first slash, and their content; the loader knows its libraries by the paths they have here. */
export async function programFiles(programs: readonly string[]): Promise<Record<string, Buffer>> {
  const files: Record<string, Buffer> = {};
  for (const program of programs) {
    const path = realpathSync((await runCommand('which', [program])).trim());
    const loaded = (await runCommand('ldd', [path])).split('\n');
    const libraries = loaded.flatMap((line) => LIBRARY.exec(line)?.[1] ?? []);
    for (const name of [path, ...libraries]) files[name.slice(1)] ??= await readFile(name);
  }
  return files;
}
