// One demo at a time in one directory and on one engine, and an end for what a killed one left running.

import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { endProcess, isAlive, isCalledWith, lock, readPid } from '../../src/demo/process-file.ts';

let directory: string;
let file: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'plimsoll-lock-'));
  file = join(directory, 'demo.pid');
});
afterEach(() => rmSync(directory, { recursive: true }));

function sleeper(script = 'setInterval(() => {}, 1_000)'): Promise<number> {
  const child = spawn(process.execPath, ['-e', `${script}; console.log('up')`, file]);
  return new Promise((resolve) => child.stdout.once('data', () => resolve(child.pid ?? 0)));
}

describe('the lock', () => {
  test('names the holder, and is gone when it is released', () => {
    const release = lock(file, 'here');
    expect(readPid(file)).toBe(process.pid);
    release();
    expect(existsSync(file)).toBe(false);
  });

  test('is refused while another process that lives has it', async () => {
    const other = await sleeper();
    writeFileSync(file, String(other));
    expect(() => lock(file, 'the directory x')).toThrow(
      `another demo (process ${other}) uses the directory x`,
    );
    expect(readFileSync(file, 'utf8')).toBe(String(other));
    await endProcess(other, 1_000);
  });

  test.each([
    ['of a process that has ended', '4194304'],
    ['that holds nothing', ''],
    ['that holds no number', 'x'],
  ])('%s is taken over', (_, content) => {
    writeFileSync(file, content);
    lock(file, 'here');
    expect(readPid(file)).toBe(process.pid);
  });
});

describe('a process that was left behind', () => {
  test('is known by its command line, not by its id alone', async () => {
    const pid = await sleeper();
    expect(isCalledWith(pid, file)).toBe(true);
    expect(isCalledWith(pid, '/another/demo.pid')).toBe(false);
    await endProcess(pid, 1_000);
  });

  test('ends when it is asked', async () => {
    const pid = await sleeper();
    await endProcess(pid, 5_000);
    expect(isAlive(pid)).toBe(false);
  });

  test('is killed when it does not', async () => {
    const pid = await sleeper(`process.on('SIGTERM', () => {}); setInterval(() => {}, 1_000)`);
    await endProcess(pid, 200);
    expect(isAlive(pid)).toBe(false);
  });
});
