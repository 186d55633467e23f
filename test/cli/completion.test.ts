// What the shell offers at each place of the line, and that each shell takes the script.

import { spawnSync } from 'node:child_process';
import { chmodSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type ApiHarness, service, startApiHarness } from '../api/harness.ts';
import { run } from './command-line.ts';
import { Scratch } from './scratch.ts';

let harness: ApiHarness;
beforeAll(async () => {
  harness = await startApiHarness({ 'web.yaml': service('web'), 'api.yaml': service('api') });
});
afterAll(async () => {
  await harness[Symbol.asyncDispose]();
});

async function offered(...line: string[]): Promise<string> {
  const env = { PLIMSOLL_SOCKET: harness.socketPath };
  return (await run(['__complete', '--', ...line], { env })).stdout.trim().split('\n').join(' ');
}

describe('the shell is offered', () => {
  it.each<[string, string[], string]>([
    ['commands', ['st'], 'status'],
    ['commands below a command', ['rollout', 'p'], 'promote pause'],
    ['options', ['logs', '--t'], '--tail --timestamps'],
    ['options after an argument', ['logs', 'web', '--fo'], '--follow'],
    ['choices of an argument', ['completion', ''], 'bash zsh fish'],
    ['choices of an option', ['schema', '--of', 'c'], 'configuration'],
    ['services', ['why', ''], 'api default/api web default/web'],
    ['services that begin like this', ['rollout', 'abort', 'w'], 'web'],
    ['nothing where a file is meant', ['validate', ''], ''],
    ['nothing in place of a value', ['logs', '--tail', ''], ''],
    ['no hidden command', ['__'], ''],
  ])('%s', async (_, line, words) => {
    expect(await offered(...line)).toBe(words);
  });

  it('no services where no controller answers, and no error either', async () => {
    const env = { PLIMSOLL_SOCKET: '/nonexistent/x.sock' };
    expect(await run(['__complete', '--', 'why', ''], { env })).toEqual({ code: 0, stdout: '', stderr: '' });
  });
});

const SHELLS = ['bash', 'zsh', 'fish'];
const isHere = (shell: string): boolean => spawnSync(shell, ['--version']).error === undefined;

it.each(SHELLS)('there is a script for %s', async (shell) => {
  const { code, stdout } = await run(['completion', shell]);
  expect(code).toBe(0);
  expect(stdout).toContain('plimsoll __complete --');
});

it.each(SHELLS.filter(isHere))('the script for %s is one that the shell can read', async (shell) => {
  const { stdout } = await run(['completion', shell]);
  expect(spawnSync(shell, ['-n'], { input: stdout }).status).toBe(0);
});

describe('in a real bash', () => {
  it('a word is completed by what the program says', async () => {
    using scratch = new Scratch();
    const program = join(scratch.path, 'plimsoll');
    writeFileSync(program, '#!/bin/sh\nshift 2\nfor word in "$@"; do echo "<$word>"; done\n');
    chmodSync(program, 0o755);
    const { stdout: script } = await run(['completion', 'bash']);
    const asked = spawnSync(
      'bash',
      [
        '--norc',
        '-c',
        `${script}
COMP_WORDS=(plimsoll why "a b"); COMP_CWORD=2; _plimsoll; printf '%s,' "\${COMPREPLY[@]}"`,
      ],
      {
        env: { PATH: `${scratch.path}:/usr/bin:/bin` },
      },
    );
    expect(asked.stdout.toString()).toBe('<why>,<a b>,');
  });
});
