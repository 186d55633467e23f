// The Git hook, run by the shell of this machine in a real repository: what it calls, and that it never
// fails a push.

import { spawnSync } from 'node:child_process';
import { chmodSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { cleanEnvironment, ROOT } from './command-line.ts';
import { Scratch } from './scratch.ts';

let scratch: Scratch;
let repository: string;

const ZERO = '0'.repeat(40);
const STORED = 'plimsoll: the push is stored; what becomes of it:\n';
const MAIN = `${ZERO} ${'1'.repeat(40)} refs/heads/main\n`;
const git = (...args: string[]) => spawnSync('git', ['-C', repository, ...args], { env: cleanEnvironment() });

beforeEach(() => {
  // The name is one that a careless script would split or run.
  scratch = new Scratch({
    'program ; with spaces': '#!/bin/sh\nfor word in "$@"; do echo "<$word>"; done\nexit "${CODE:-0}"\n',
  });
  repository = join(scratch.path, 'a $(touch evil) fleet.git');
  spawnSync('git', ['init', '--quiet', '--bare', repository], { env: cleanEnvironment() });
  const program = join(scratch.path, 'program ; with spaces');
  chmodSync(program, 0o755);
  git('config', 'plimsoll.command', program);
});
afterEach(() => scratch[Symbol.dispose]());

/** Runs the hook as git does: inside the repository, with the refs on standard input. */
function receive(refs: string, env: Readonly<Record<string, string>> = {}) {
  const hook = spawnSync('sh', [join(ROOT, 'hooks/post-receive')], {
    cwd: repository,
    input: refs,
    env: { ...cleanEnvironment(), GIT_DIR: '.', ...env },
  });
  return { code: hook.status, stdout: hook.stdout.toString(), stderr: hook.stderr.toString() };
}

describe('the hook', () => {
  it('names the repository it runs in, and waits', () => {
    expect(receive(MAIN)).toEqual({
      code: 0,
      stdout: `<sync>\n<--repository>\n<${repository}>\n<--wait>\n<--timeout>\n<10m>\n`,
      stderr: STORED,
    });
  });

  it('goes by the settings of the repository', () => {
    git('config', 'plimsoll.wait', 'no');
    git('config', 'plimsoll.socket', '/run/other plimsoll.sock');
    expect(receive(MAIN).stdout).toBe(
      `<sync>\n<--repository>\n<${repository}>\n<--socket>\n</run/other plimsoll.sock>\n`,
    );
    git('config', 'plimsoll.wait', 'true');
    git('config', 'plimsoll.timeout', '90s');
    expect(receive(MAIN).stdout).toContain('<--timeout>\n<90s>\n');
  });

  it.each([
    ['only notes were pushed', `${ZERO} ${ZERO} refs/notes/commits\n`],
    ['nothing was pushed', ''],
  ])('calls nobody where %s', (_, refs) => {
    expect(receive(refs)).toEqual({ code: 0, stdout: '', stderr: '' });
  });

  it.each([
    ['a tag', `${ZERO} ${ZERO} refs/tags/v1\n`],
    ['a branch among others', `${ZERO} ${ZERO} refs/notes/x\n${MAIN}`],
    ['a branch that is removed', `${'1'.repeat(40)} ${ZERO} refs/heads/old\n`],
  ])('calls for %s', (_, refs) => {
    expect(receive(refs).stdout).toContain('<sync>');
  });

  it('does not fail the push where the program fails, and leaves it the last word', () => {
    expect(receive(MAIN, { CODE: '1' })).toMatchObject({ code: 0, stderr: STORED });
  });

  it('does not fail the push where there is no program', () => {
    git('config', 'plimsoll.command', '/nonexistent/plimsoll');
    expect(receive(MAIN)).toEqual({
      code: 0,
      stdout: '',
      stderr:
        'plimsoll: there is no program /nonexistent/plimsoll; the controller finds the commit at its next poll\n',
    });
  });
});
