// A source file as the rules see it: its text, its syntax tree and its comments. The tree comes from
// oxc-parser, which reads TypeScript without the compiler's API (TypeScript 7 has changed that one).

import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { type Comment, type Program, parseSync, Visitor, type VisitorObject } from 'oxc-parser';

export interface SourceFile {
  /** Relative to the repository, with `/`: `src/kernel/ids.ts`. */
  readonly path: string;
  readonly text: string;
  readonly program: Program;
  readonly comments: readonly Comment[];
}

/** Something that breaks a rule. The line counts from 1. */
export interface Violation {
  readonly path: string;
  readonly line: number;
  readonly message: string;
}

/** Throws where the text is not TypeScript: a file that cannot be read must not count as a clean one. */
export function parseSource(filePath: string, text: string): SourceFile {
  const parsed = parseSync(filePath, text, { lang: 'ts', sourceType: 'module' });
  const [error] = parsed.errors;
  if (error !== undefined) throw new Error(`${filePath} does not parse: ${error.message}`);
  return { path: filePath, text, program: parsed.program, comments: parsed.comments };
}

/** Every `.ts` file below the folders, in path order. Throws where there is none. */
export function readSources(root: string, folders: readonly string[]): readonly SourceFile[] {
  const paths = folders
    .flatMap((folder) =>
      readdirSync(path.join(root, folder), { recursive: true, encoding: 'utf8' }).map(
        (entry) => `${folder}/${entry.replaceAll(path.sep, '/')}`,
      ),
    )
    .filter((entry) => entry.endsWith('.ts'))
    .sort();
  if (paths.length === 0) throw new Error(`no source files found in ${folders.join(', ')}`);
  return paths.map((entry) => parseSource(entry, readFileSync(path.join(root, entry), 'utf8')));
}

export function lineAt(file: SourceFile, offset: number): number {
  let line = 1;
  for (
    let index = file.text.indexOf('\n');
    index !== -1 && index < offset;
    index = file.text.indexOf('\n', index + 1)
  ) {
    line += 1;
  }
  return line;
}

export function violationAt(file: SourceFile, offset: number, message: string): Violation {
  return { path: file.path, line: lineAt(file, offset), message };
}

export function visit(file: SourceFile, handlers: VisitorObject): void {
  new Visitor(handlers).visit(file.program);
}

/** Lines as an editor counts them, without the empty one after the last line break. */
export function countLines(text: string): number {
  return text.replace(/\n$/, '').split('\n').length;
}

export const describeViolation = (violation: Violation): string =>
  `${violation.path}:${violation.line}: ${violation.message}`;
