// The lab's faults do what they say, and are undone without a trace.

import { afterAll, beforeAll, expect, test } from 'vitest';
import { pull, run } from './containers.ts';
import { eventually } from './eventually.ts';
import { type Lab, startLab } from './lab.ts';
import { connect, engineGet } from './ssh-client.ts';

let lab: Lab;
beforeAll(async () => {
  lab = await startLab({ hosts: [{}, { diskMiB: 64 }] });
});
afterAll(() => lab?.stop());

const HANGS = Symbol('hangs');
const within = <T>(ms: number, promise: Promise<T>): Promise<T | typeof HANGS> =>
  Promise.race([promise, new Promise<typeof HANGS>((resolve) => setTimeout(resolve, ms, HANGS))]);

test('cutOff: open connections hang, new ones get no answer, and heal brings both back', async () => {
  const host = lab.host('h1');
  const client = await connect(host, lab.ssh.key);
  await host.cutOff();
  const pending = engineGet(client, '/info');
  expect(await within(2000, pending)).toBe(HANGS);
  // Longer than the 3 s in which an unknown neighbour would turn into "no route to host".
  await expect(connect(host, lab.ssh.key, 4000)).rejects.toThrow(/Timed out while waiting for handshake/);
  expect((await host.docker.info()).Name).toBe('h1'); // the lab still sees the truth
  await host.heal();
  expect((await pending)['Name']).toBe('h1'); // TCP repeats what was lost
  client.end();
  (await connect(host, lab.ssh.key)).end();
});

test('a paused sshd keeps connections and answers nothing, old or new', async () => {
  const host = lab.host('h1');
  const client = await connect(host, lab.ssh.key);
  await host.sshd.pause();
  const pending = engineGet(client, '/info');
  expect(await within(1000, pending)).toBe(HANGS);
  await expect(connect(host, lab.ssh.key, 1000)).rejects.toThrow(/Timed out while waiting for handshake/);
  await host.sshd.resume();
  expect((await pending)['Name']).toBe('h1');
  client.end();
});

test('a killed sshd closes its connections and refuses new ones until it is started', async () => {
  const host = lab.host('h1');
  const client = await connect(host, lab.ssh.key);
  const closed = new Promise<void>((resolve) => client.once('close', () => resolve()));
  await host.sshd.kill();
  expect(await within(2000, closed)).not.toBe(HANGS);
  await expect(connect(host, lab.ssh.key)).rejects.toThrow(/ECONNREFUSED/);
  await host.sshd.start();
  (await connect(host, lab.ssh.key)).end();
});

test('a paused dockerd accepts calls and does not answer', async () => {
  const host = lab.host('h1');
  await host.dockerd.pause();
  const pending = host.docker.info();
  expect(await within(1000, pending)).toBe(HANGS);
  await host.dockerd.resume();
  expect((await pending).Name).toBe('h1');
});

test('a killed dockerd leaves its containers running; a new one takes over', async () => {
  const host = lab.host('h1');
  const image = await lab.images.web('1.0');
  await using container = await run(host, image.ref, { port: 8080 });
  expect(await container.get('/')).toBe('1.0\n');
  await host.dockerd.kill();
  await expect(host.docker.ping()).rejects.toThrow();
  expect(await container.get('/')).toBe('1.0\n');
  await host.dockerd.start();
  const { State } = await container.handle.inspect();
  expect(['running', 'exited']).toContain(State.Status);
});

test('a stopped dockerd stops its containers, and starts again', async () => {
  const host = lab.host('h1');
  const image = await lab.images.web('1.0');
  await using container = await run(host, image.ref, { port: 8081 });
  await host.dockerd.stop();
  expect(host.dockerd.isRunning).toBe(false);
  await host.dockerd.start();
  expect((await container.handle.inspect()).State.Status).toBe('exited');
});

test('power off and on: containers come back by their restart policy only, images stay', async () => {
  const host = lab.host('h1');
  const image = await lab.images.web('1.0');
  await using container = await run(host, image.ref, { port: 8082 });
  await container.handle.update({ RestartPolicy: { Name: 'always' } });
  const client = await connect(host, lab.ssh.key);
  await host.powerOff();
  expect(
    await within(
      500,
      engineGet(client, '/info').catch(() => HANGS),
    ),
  ).toBe(HANGS);
  await host.powerOn();
  expect(await container.get('/')).toBe('1.0\n');
  (await connect(host, lab.ssh.key)).end();
});

test('a full disk fails pulls until there is room', async () => {
  const host = lab.host('h2');
  expect(() => lab.host('h1').disk.fill()).toThrow(/no disk of its own/);
  const image = await lab.images.web('big');
  host.disk.fill();
  await expect(pull(host, image.ref)).rejects.toThrow(/no space left on device/);
  host.disk.free();
  await pull(host, image.ref);
});

test('a frozen registry lets a pull hang; a machine of services can be cut off', async () => {
  const host = lab.host('h1');
  const image = await lab.images.web('later');
  await lab.registry.daemon.pause();
  const pending = pull(host, image.ref);
  expect(await within(1500, pending)).toBe(HANGS);
  await lab.registry.daemon.resume();
  await pending;
  await lab.services.cutOff();
  const cut = fetch(`http://${lab.services.address}/`, { signal: AbortSignal.timeout(1000) });
  await expect(cut).rejects.toThrow(/timeout/);
  await lab.services.heal();
  await eventually('the Git server', { deadlineMs: 5000 }, () => fetch(`http://${lab.services.address}/`));
});
