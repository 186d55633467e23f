// What every npm script goes through, on a checkout of its own with an npm that only notes that it was
// called: packages are installed once, when they are missing or differ, and never twice at a time.

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';

const BOOTSTRAP = path.resolve(import.meta.dirname, '../../src/bootstrap');
const NO_SUCH_PROCESS = 2 ** 22 + 1;

/** Notes its arguments, takes a moment, and installs what the lock file says. */
const NPM = `#!/bin/sh
echo "$@" >> npm-calls
sleep 0.3
mkdir -p node_modules
cp package-lock.json node_modules/.package-lock.json
`;

let root: string;

beforeEach(() => {
  root = mkdtempSync(path.join(tmpdir(), 'checkout-'));
  cpSync(BOOTSTRAP, path.join(root, 'src/bootstrap'), { recursive: true });
  mkdirSync(path.join(root, 'bin'));
  writeFileSync(path.join(root, 'bin/npm'), NPM, { mode: 0o755 });
  writeFileSync(path.join(root, 'script.cjs'), 'console.log(process.argv.slice(2).join());');
  writeLock('1.0.0');
});

afterEach(() => rmSync(root, { recursive: true, force: true }));

function writeLock(version: string): void {
  const packages = { '': {}, 'node_modules/a': { version }, 'node_modules/b': { version, optional: true } };
  writeFileSync(path.join(root, 'package-lock.json'), JSON.stringify({ packages }));
}

interface Run {
  readonly stdout: string;
  readonly stderr: string;
  readonly exitCode: number | null;
  readonly signal: string | null;
}

const start = (script: string, ...args: string[]) => startNode('src/bootstrap/run.cjs', script, ...args);

function startNode(...args: string[]) {
  const child = spawn(process.execPath, args, {
    cwd: root,
    env: { ...process.env, PATH: `${path.join(root, 'bin')}:/usr/bin:/bin` },
  });
  let stdout = '';
  let stderr = '';
  child.stdout.on('data', (chunk: Buffer) => {
    stdout += chunk.toString();
  });
  child.stderr.on('data', (chunk: Buffer) => {
    stderr += chunk.toString();
  });
  const ended: Promise<Run> = once(child, 'close').then(([exitCode, signal]) => ({
    stdout,
    stderr,
    exitCode,
    signal,
  }));
  return { child, ended, hasPrinted: () => stdout !== '' };
}

const run = (script: string, ...args: string[]): Promise<Run> => start(script, ...args).ended;

/** What `plimsoll ARGS` runs Node with, and how it ends on Windows, where a process cannot be replaced. */
async function plimsoll(args: readonly string[], on: NodeJS.Platform = process.platform): Promise<Run> {
  writeFileSync(
    path.join(root, 'src/main.ts'),
    'console.log(process.execArgv.join(), process.argv.slice(2).join());',
  );
  writeFileSync(
    path.join(root, 'as.cjs'),
    `Object.defineProperty(process, 'platform', { value: '${on}' });
if (process.platform === 'win32') process.execve = () => { throw new Error('not on Windows'); };
process.argv.splice(1, 1);
require('./src/bootstrap/plimsoll.cjs');`,
  );
  return startNode('as.cjs', 'plimsoll', ...args).ended;
}

function npmCalls(): readonly string[] {
  const file = path.join(root, 'npm-calls');
  return existsSync(file) ? readFileSync(file, 'utf8').trimEnd().split('\n') : [];
}

test('a fresh checkout gets its packages, without their scripts, and then the script runs', async () => {
  const first = await run('script.cjs', 'a', 'b');
  expect(first).toMatchObject({ stdout: 'a,b\n', exitCode: 0 });
  expect(npmCalls()).toEqual([expect.stringMatching(/^ci .*--ignore-scripts/)]);
  await run('script.cjs');
  expect(npmCalls()).toHaveLength(1);
});

test('a lock file that was only touched installs nothing', async () => {
  await run('script.cjs');
  const later = new Date(Date.now() + 60_000);
  utimesSync(path.join(root, 'package-lock.json'), later, later);
  await run('script.cjs');
  expect(npmCalls()).toHaveLength(1);
});

test('another version in the lock file installs again', async () => {
  await run('script.cjs');
  writeLock('1.0.1');
  await run('script.cjs');
  expect(npmCalls()).toHaveLength(2);
});

test('an optional package of another platform may be missing, another package may not', async () => {
  mkdirSync(path.join(root, 'node_modules'));
  const installed = path.join(root, 'node_modules/.package-lock.json');
  writeFileSync(installed, JSON.stringify({ packages: { 'node_modules/a': { version: '1.0.0' } } }));
  await run('script.cjs');
  expect(npmCalls()).toHaveLength(0);
  writeFileSync(installed, JSON.stringify({ packages: { 'node_modules/b': { version: '1.0.0' } } }));
  await run('script.cjs');
  expect(npmCalls()).toHaveLength(1);
});

test('several scripts that start at once install once', async () => {
  const runs = await Promise.all([1, 2, 3, 4].map((number) => run('script.cjs', String(number))));
  expect(runs.map((result) => result.stdout)).toEqual(['1\n', '2\n', '3\n', '4\n']);
  expect(npmCalls()).toHaveLength(1);
});

test('the lock of a process that died is taken over, once', async () => {
  mkdirSync(path.join(root, '.cache'));
  writeFileSync(path.join(root, '.cache/packages.lock'), String(NO_SUCH_PROCESS));
  const runs = await Promise.all([1, 2, 3, 4].map(() => run('script.cjs')));
  expect(runs.map((result) => result.exitCode)).toEqual([0, 0, 0, 0]);
  expect(npmCalls()).toHaveLength(1);
  expect(existsSync(path.join(root, '.cache/packages.lock'))).toBe(false);
});

test('a failed installation says so, runs nothing, and leaves no lock', async () => {
  writeFileSync(path.join(root, 'bin/npm'), '#!/bin/sh\nexit 7\n', { mode: 0o755 });
  const result = await run('script.cjs');
  expect(result).toMatchObject({ stdout: '', exitCode: 1 });
  expect(result.stderr).toContain('ended with code 7. Check that the package registry can be reached.');
  expect(existsSync(path.join(root, '.cache/packages.lock'))).toBe(false);
});

test('exit code and signals are those of the script', async () => {
  writeFileSync(path.join(root, 'fail.cjs'), 'process.exit(3);');
  expect(await run('fail.cjs')).toMatchObject({ exitCode: 3, signal: null });
  writeFileSync(path.join(root, 'wait.cjs'), "console.log('up'); setTimeout(() => {}, 9_000);");
  const waiting = start('wait.cjs');
  await expect.poll(waiting.hasPrinted, { timeout: 5_000 }).toBe(true);
  waiting.child.kill('SIGTERM');
  expect(await waiting.ended).toMatchObject({ exitCode: null, signal: 'SIGTERM' });
});

test.each([
  [['serve', '--config', 'x'], true],
  [['--no-such-option', 'serve'], true],
  [['dev', '.'], true],
  [['status'], false],
  [['describe', 'serve'], false],
  [[], false],
])('`plimsoll` %j runs with the flags of a controller: %s', async (args, isController) => {
  const { stdout, stderr, exitCode } = await plimsoll(args);
  expect({ stderr: stderr.replace(/^plimsoll: installing.*\n/, ''), exitCode }).toEqual({
    stderr: '',
    exitCode: 0,
  });
  expect(stdout).toBe(
    `${isController ? '--max-semi-space-size=2,--optimize-for-size' : ''} ${args.join()}\n`,
  );
});

test('on Windows the program runs in a process of its own', async () => {
  expect(await plimsoll(['status'], 'win32')).toMatchObject({ stdout: ' status\n', exitCode: 0 });
});
