// `plimsoll init`: a first plimsoll.yaml and a first example beside it. Nothing that is there is touched.

import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { Command } from 'commander';
import { PlimsollError, problem } from '../../kernel/errors.ts';
import type { CommandContext, Run } from '../context.ts';
import { FIRST_FILES } from '../first-files.ts';

const codeOf = (error: unknown): string =>
  error instanceof Error && 'code' in error ? String(error.code) : '';

/** Whether it was written; false where something is there already. */
export async function writeNew(file: string, text: string): Promise<boolean> {
  try {
    await mkdir(path.dirname(file), { recursive: true });
    await writeFile(file, text, { flag: 'wx' });
    return true;
  } catch (error) {
    if (codeOf(error) === 'EEXIST') return false;
    const reason = error instanceof Error ? error.message : String(error);
    const hint = 'Choose a directory that can be written.';
    throw new PlimsollError(
      problem('command/refused', `${file} cannot be written: ${reason}`, { hint }),
      error,
    );
  }
}

async function init({ terminal }: CommandContext, directory: string): Promise<number> {
  for (const [name, text] of FIRST_FILES) {
    const file = path.join(directory, name);
    const isWritten = await writeNew(file, text);
    terminal.print(isWritten ? `${terminal.paint('green', 'wrote')} ${file}` : `kept  ${file}, as it is`);
  }
  const inDirectory = directory === '.' ? '' : `cd ${directory} && `;
  terminal.print(
    [
      '',
      'What to do next:',
      `  ${inDirectory}plimsoll validate manifests          check the manifests`,
      `  ${inDirectory}plimsoll plan manifests              see what would be done`,
      `  ${inDirectory}plimsoll apply manifests             do it, on the Docker engine of this machine`,
      `  ${inDirectory}plimsoll host add ssh://user@host    add a host`,
      `  ${inDirectory}git init -b main && git add -A && git commit -m "First fleet" && plimsoll serve`,
    ].join('\n'),
  );
  return 0;
}

export function addInit(program: Command, run: Run): void {
  program
    .command('init')
    .description('write a first plimsoll.yaml and an example; nothing is overwritten')
    .argument('[directory]', 'where', '.')
    .action((directory: string) => run((context) => init(context, directory)));
}
