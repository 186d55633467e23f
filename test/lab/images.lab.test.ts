// The lab's registries and the images that tests deploy from them.

import { createServer } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { pull, run } from './containers.ts';
import { type Lab, startLab } from './lab.ts';

let lab: Lab;
beforeAll(async () => {
  lab = await startLab({ hosts: 1 });
});
afterAll(() => lab?.stop());

describe('registries', () => {
  test('a pushed image is pulled by tag and by digest, and answers its tag', async () => {
    const host = lab.host('h1');
    const image = await lab.images.web('1.0');
    await pull(host, image.pinned);
    await using container = await run(host, image.ref, { port: 8080 });
    expect(await container.get('/')).toBe('1.0\n');
    expect((await lab.images.web('1.1')).digest).not.toBe(image.digest);
  });

  test('the private registry refuses a wrong password and accepts the right one', async () => {
    const host = lab.host('h1');
    const image = await lab.privateRegistry.images.busybox('1');
    await expect(pull(host, image.ref)).rejects.toThrow(/no basic auth credentials/);
    const wrong = { username: 'plimsoll', password: 'wrong' };
    await expect(pull(host, image.ref, wrong)).rejects.toThrow(/unauthorized/);
    await pull(host, image.ref, lab.privateRegistry.credentials);
  });
});

describe('web images', () => {
  test('exits at once', async () => {
    const host = lab.host('h1');
    const image = await lab.images.web('broken', { exitCode: 7 });
    await using container = await run(host, image.ref);
    expect((await container.handle.wait()).StatusCode).toBe(7);
  });

  test('slow to become ready, by its image or by the container’s environment', async () => {
    const host = lab.host('h1');
    const image = await lab.images.web('slow', { startAfterS: 60 });
    await using container = await run(host, image.ref, { port: 8081, env: ['START_AFTER_S=1.5'] });
    const startedAt = performance.now();
    expect(await container.get('/')).toBe('slow\n');
    expect(performance.now() - startedAt).toBeGreaterThan(1000);
  });

  test('healthy, unhealthy on demand, never healthy', async () => {
    const host = lab.host('h1');
    const image = await lab.images.web('checked', { healthcheck: true });
    await using container = await run(host, image.ref, { port: 8082 });
    await container.reaches('healthy');
    expect(await container.get('/cgi-bin/health')).toBe('healthy\n');
    await container.execute(['touch', '/tmp/unhealthy']);
    await container.reaches('unhealthy');
    const sick = await lab.images.web('sick', { healthcheck: true, healthy: 'no' });
    await using never = await run(host, sick.ref, { port: 8083 });
    await never.reaches('unhealthy');
    expect(await never.status('/cgi-bin/health')).toBe(503);
  });

  test('stops at once on SIGTERM, or not at all', async () => {
    const host = lab.host('h1');
    const image = await lab.images.web('2.0');
    await using polite = await run(host, image.ref, { port: 8080 });
    expect(await polite.get('/')).toBe('2.0\n');
    expect(await polite.stopMs(8)).toBeLessThan(3000);
    await using stubborn = await run(host, image.ref, { port: 8081, env: ['IGNORE_TERM=yes'] });
    expect(await stubborn.get('/')).toBe('2.0\n');
    expect(await stubborn.stopMs(2)).toBeGreaterThan(1900);
  });

  test('crashes on demand', async () => {
    const host = lab.host('h1');
    const image = await lab.images.web('2.0');
    await using container = await run(host, image.ref, { port: 8082 });
    expect(await container.get('/')).toBe('2.0\n');
    await container.get('/cgi-bin/crash');
    expect((await container.handle.wait()).StatusCode).toBe(1);
  });

  test('containers reach the Git server, the registry and the test process', async () => {
    const host = lab.host('h1');
    const image = await lab.images.busybox('1');
    const own = createServer((socket) => socket.end());
    await new Promise<void>((resolve) => own.listen(8888, lab.gateway, resolve));
    const { address } = lab.services;
    for (const target of [`${address} 80`, `${address} 5000`, `${address} 22`, `${lab.gateway} 8888`]) {
      const command = ['nc', '-w', '3', ...target.split(' ')];
      await using container = await run(host, image.ref, { command });
      expect((await container.handle.wait()).StatusCode, target).toBe(0);
    }
    own.close();
  });
});
