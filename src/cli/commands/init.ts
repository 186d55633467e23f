// `plimsoll init`: a first plimsoll.yaml and a first example beside it. Nothing that is there is touched.

import { statSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { Command } from 'commander';
import { PlimsollError, problem } from '../../kernel/errors.ts';
import type { CommandContext, Run } from '../context.ts';
import { firstFiles } from '../first-files.ts';

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

function isSocket(file: string): boolean {
  try {
    return statSync(file).isSocket();
  } catch {
    // Not there, or in a directory of somebody else.
    return false;
  }
}

/** Where `docker` would look on this machine; null where no engine has its socket there. */
function localEngineSocket(env: CommandContext['env']): string | null {
  const { DOCKER_HOST: chosen, XDG_RUNTIME_DIR: runtime, HOME: home } = env;
  const usual = [
    '/var/run/docker.sock',
    ...(runtime === undefined ? [] : [path.join(runtime, 'docker.sock')]),
    ...(home === undefined ? [] : [path.join(home, '.docker/run/docker.sock')]),
  ];
  const isChosen = chosen !== undefined && chosen !== '';
  const candidates = isChosen ? [/^unix:\/\/(?<file>\/.*)$/.exec(chosen)?.groups?.['file'] ?? ''] : usual;
  return candidates.find(isSocket) ?? null;
}

const ADD_HOST = 'plimsoll host add ssh://user@host --label role=app';

function nextSteps(directory: string, hasEngine: boolean): string {
  const inDirectory = directory === '.' ? '' : `cd ${directory} && `;
  const steps = hasEngine
    ? [
        ['plimsoll validate manifests', 'check the manifests'],
        ['plimsoll plan manifests', 'see what would be done'],
        ['plimsoll apply manifests', 'do it, on the Docker engine of this machine'],
        ['plimsoll host add ssh://user@host', 'add a host'],
      ]
    : [
        [ADD_HOST, 'add a host'],
        ['plimsoll validate manifests', 'check the manifests'],
        ['plimsoll plan manifests', 'see what would be done'],
        ['plimsoll apply manifests', 'do it'],
      ];
  const width = Math.max(...steps.map(([command = '']) => command.length)) + 3;
  return [
    '',
    ...(hasEngine ? [] : [`There is no Docker engine on this machine: add a host with \`${ADD_HOST}\`.`, '']),
    'What to do next:',
    ...steps.map(([command = '', what = '']) => `  ${inDirectory}${command.padEnd(width)} ${what}`),
    `  ${inDirectory}git init -b main && git add -A && git commit -m "First fleet" && plimsoll serve`,
  ].join('\n');
}

async function init({ terminal, env }: CommandContext, directory: string): Promise<number> {
  const engineSocket = localEngineSocket(env);
  for (const [name, text] of firstFiles(engineSocket)) {
    const file = path.join(directory, name);
    const isWritten = await writeNew(file, text);
    terminal.print(isWritten ? `${terminal.paint('green', 'wrote')} ${file}` : `kept  ${file}, as it is`);
  }
  terminal.print(nextSteps(directory, engineSocket !== null));
  return 0;
}

export function addInit(program: Command, run: Run): void {
  program
    .command('init')
    .description(
      'write a first plimsoll.yaml and an example, with this machine as a host where it has a Docker engine ($DOCKER_HOST, or its usual socket); nothing is overwritten',
    )
    .argument('[directory]', 'where', '.')
    .action((directory: string) => run((context) => init(context, directory)));
}
