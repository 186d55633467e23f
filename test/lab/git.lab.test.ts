// The lab's Git server, by a real git client.

import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { runCommand, tryCommand } from './command.ts';
import { type Lab, startLab } from './lab.ts';

let lab: Lab;
beforeAll(async () => {
  lab = await startLab({ hosts: 0 });
});
afterAll(() => lab?.stop());

const scratch = mkdtempSync(join(tmpdir(), 'lab-clone-'));
afterAll(() => rmSync(scratch, { recursive: true }));
const clone = (url: string, name: string, environment: Record<string, string> = {}) =>
  tryCommand('git', ['clone', '--quiet', url, join(scratch, name)], {
    environment: { GIT_CONFIG_NOSYSTEM: '1', GIT_TERMINAL_PROMPT: '0', ...environment },
  });

test('clone over HTTP and SSH; commits change, delete and rewrite', async () => {
  const repository = await lab.git.createRepository('fleet');
  const first = await repository.commit({ 'a.yaml': 'one\n', 'dir/b "b".yaml': 'two\n' }, 'first');
  const second = await repository.commit({ 'a.yaml': null }, 'second');
  expect(await repository.head()).toBe(second);
  expect((await repository.git('rev-parse', 'main^')).trim()).toBe(first);
  expect(await clone(repository.httpUrl, 'http')).toMatchObject({ code: 0, stderr: '' });
  const ssh = `ssh -F /dev/null -i ${lab.ssh.key.privateKeyPath} -o UserKnownHostsFile=${lab.ssh.knownHostsPath}`;
  expect(await clone(repository.sshUrl, 'ssh', { GIT_SSH_COMMAND: ssh })).toMatchObject({ code: 0 });
  expect(readFileSync(join(scratch, 'ssh', 'dir', 'b "b".yaml'), 'utf8')).toBe('two\n');
  const rewritten = await repository.forcePush({ 'a.yaml': 'new past\n' });
  expect(await repository.git('rev-list', 'main')).toBe(`${rewritten}\n`);
  const onFirst = await repository.forcePush({ 'c.yaml': 'c\n' }, first);
  expect(await repository.git('rev-list', 'main')).toBe(`${onFirst}\n${first}\n`);
});

test('push over HTTP', async () => {
  const repository = await lab.git.createRepository('pushed');
  await repository.commit({ 'a.yaml': 'one\n' });
  await clone(repository.httpUrl, 'pushing');
  const identity = ['-c', 'user.name=A', '-c', 'user.email=a@example.com'];
  const inside = (...args: string[]) =>
    runCommand('git', ['-C', join(scratch, 'pushing'), ...identity, ...args]);
  await inside('commit', '--quiet', '--allow-empty', '--message', 'mine');
  await inside('push', '--quiet', 'origin', 'main');
  expect(await repository.head()).toBe((await inside('rev-parse', 'HEAD')).trim());
});

test('a repository with a password', async () => {
  const credentials = { username: 'bot', password: 'secret' };
  const repository = await lab.git.createRepository('closed', { credentials });
  await repository.commit({ 'a.yaml': 'one\n' });
  expect((await clone(repository.httpUrl, 'closed-1')).stderr).toContain('could not read Username');
  const wrong = repository.httpUrl.replace('//', '//bot:wrong@');
  expect((await clone(wrong, 'closed-2')).stderr).toContain('Authentication failed');
  expect(await clone(repository.httpUrl.replace('//', '//bot:secret@'), 'closed-3')).toMatchObject({
    code: 0,
  });
});
