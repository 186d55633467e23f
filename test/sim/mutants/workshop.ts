// A copy of the sources, made once for a whole run: whoever edits the project meanwhile does not change
// what is being measured, and the compiler can look at all mutants at once.

import { execFile } from 'node:child_process';
import { cpSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { type Mutant, variantPath } from './mutant.ts';

const COPIED = ['src', 'test/sim', 'package.json', 'tsconfig.json'];
const COMPILE_MS = 300_000;
/** Only the sources: the tests of other rooms are not copied. */
const CONFIG = 'tsconfig.mutants.json';

export interface Workshop {
  readonly root: string;
  /** Ids of the mutants that the compiler takes. */
  compiles(mutants: readonly Mutant[]): Promise<ReadonlySet<string>>;
  remove(): void;
}

export function openWorkshop(project: string): Workshop {
  const root = mkdtempSync(path.join(tmpdir(), 'plimsoll-mutants-'));
  for (const entry of COPIED) cpSync(path.join(project, entry), path.join(root, entry), { recursive: true });
  writeFileSync(path.join(root, CONFIG), '{"extends": "./tsconfig.json", "include": ["src"]}');
  symlinkSync(path.join(project, 'node_modules'), path.join(root, 'node_modules'));
  const remove = (): void => rmSync(root, { recursive: true, force: true });
  process.once('exit', remove);
  return {
    root,
    compiles: (mutants) => compile(root, mutants),
    remove,
  };
}

/** Each mutant's file lies beside the original as a module of its own, so that one run judges them all. */
async function compile(root: string, mutants: readonly Mutant[]): Promise<ReadonlySet<string>> {
  const variants = mutants.flatMap(({ id, sources }, at) =>
    Object.entries(sources).map(([file, text]) => ({
      id,
      text,
      path: variantPath(root, file, `mutant${at}`),
    })),
  );
  for (const { path: target, text } of variants) writeFileSync(target, text);
  try {
    const wrong = await filesWithErrors(root);
    const changed = new Set(mutants.map(({ file }) => file));
    const own = wrong.find((file) => changed.has(file));
    if (own !== undefined) throw new Error(`${own} does not compile, nor will any mutant`);
    const names = new Set(wrong.map((file) => /\.(mutant\d+)\.ts$/.exec(file)?.[1]));
    return new Set(mutants.filter((_, at) => !names.has(`mutant${at}`)).map(({ id }) => id));
  } finally {
    for (const variant of variants) rmSync(variant.path);
  }
}

async function filesWithErrors(root: string): Promise<readonly string[]> {
  const tsc = path.join(root, 'node_modules/typescript/bin/tsc');
  const args = [tsc, '-p', CONFIG, '--pretty', 'false'];
  const options = { cwd: root, timeout: COMPILE_MS, maxBuffer: 64 * 1024 * 1024 };
  const output = await promisify(execFile)(process.execPath, args, options).then(
    () => '',
    (error: unknown) => {
      // Where it finds errors it ends with a code of its own; they stand in its output.
      if (error instanceof Error && 'stdout' in error && typeof error.stdout === 'string')
        return error.stdout;
      throw error;
    },
  );
  return [...output.matchAll(/^(\S+)\(\d+,\d+\): error/gm)].flatMap((match) => match[1] ?? []);
}
