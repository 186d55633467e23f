// The lab proves itself: its hosts are to a client what a fleet of real hosts would be.

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { run } from './containers.ts';
import { type Lab, startLab } from './lab.ts';
import { connect, engineGet, engineGetOverDialStdio, execute } from './ssh-client.ts';

let lab: Lab;
beforeAll(async () => {
  lab = await startLab({ hosts: 3 });
});
afterAll(() => lab?.stop());

describe('hosts', () => {
  test('each is reached over SSH at the default socket, and each has an engine of its own', async () => {
    const ids = new Set<unknown>();
    for (const host of lab.hosts) {
      const client = await connect(host, lab.ssh.key);
      const info = await engineGet(client, '/info');
      expect(info['Name']).toBe(host.name);
      expect(info['Driver']).toBe('overlay2');
      expect(info['ID']).toBe((await host.docker.info()).ID);
      ids.add(info['ID']);
      expect(await execute(client, 'docker info --format {{.ID}}')).toBe(`${info['ID']}\n`);
      client.end();
    }
    expect(ids.size).toBe(3);
  });

  test('a key with a forced command reaches the engine by dial-stdio', async () => {
    const host = lab.host('h2');
    const client = await connect(host, lab.ssh.dialStdioKey);
    expect((await engineGetOverDialStdio(client, '/info'))['Name']).toBe('h2');
    client.end();
  });

  test('200 channels on one connection', async () => {
    const client = await connect(lab.host('h1'), lab.ssh.key);
    const names = await Promise.all(
      Array.from({ length: 200 }, async () => (await engineGet(client, '/version'))['Version']),
    );
    expect(new Set(names).size).toBe(1);
    client.end();
  });

  test('a stranger is refused', async () => {
    const stranger = {
      ...lab.ssh.key,
      privateKey: readFileSync(join(lab.directory, 'h1/sshd/host_ed25519'), 'utf8'),
    };
    await expect(connect(lab.host('h1'), stranger)).rejects.toThrow(/authentication methods failed/);
  });

  test('nothing outside the lab can be reached', async () => {
    expect(await lab.host('h1').run('ip', ['route', 'show', 'default'])).toBe('');
  });
});

test('two labs at once do not see each other', async () => {
  await using other = await startLab({ hosts: 1 });
  expect(other.gateway).not.toBe(lab.gateway);
  await using container = await run(other.host('h1'), (await other.images.web('other')).ref, { port: 80 });
  expect(await container.get('/')).toBe('other\n');
  expect(await lab.host('h1').docker.listContainers()).toEqual([]);
});
