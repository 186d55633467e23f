// The first steps: `init` writes something that works, `host add` writes what can be read back.

import { chmodSync, existsSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { hostManifest } from '../../src/cli/host-manifest.ts';
import { loadConfig } from '../../src/config/load.ts';
import { parseEngineAddress } from '../../src/manifest/host-address.ts';
import { readManifests } from '../../src/manifest/read.ts';
import { startEmptyEngine } from '../api/empty-engine.ts';
import { run, runProgram } from './command-line.ts';
import { Scratch } from './scratch.ts';

describe('plimsoll init, on a machine with a Docker engine', () => {
  let engine: { stop: () => void };
  let places: Scratch;
  let env: Record<string, string>;
  beforeAll(async () => {
    places = new Scratch();
    const socket = join(places.path, 'engine.sock');
    engine = await startEmptyEngine(socket);
    env = { DOCKER_HOST: `unix://${socket}` };
  });
  afterAll(() => {
    engine.stop();
    places[Symbol.dispose]();
  });

  it('writes a configuration and manifests that are valid and plan to run', async () => {
    using scratch = new Scratch();
    const written = await runProgram(['init'], { cwd: scratch.path, env });
    expect(written).toMatchObject({ code: 0, stderr: '' });
    expect(written.stdout.split('\n').slice(0, 3)).toEqual([
      'wrote plimsoll.yaml',
      'wrote manifests/hosts/local.yaml',
      'wrote manifests/hello.yaml',
    ]);
    const local = readFileSync(join(scratch.path, 'manifests/hosts/local.yaml'), 'utf8');
    expect(local).toContain(`  address: ${env['DOCKER_HOST']}\n`);
    expect(await loadConfig(join(scratch.path, 'plimsoll.yaml'), {})).toMatchObject({ ok: true });
    const manifests = join(scratch.path, 'manifests');
    expect(await run(['validate', manifests])).toMatchObject({ code: 0, stderr: '' });
    const plan = await run(['plan', '--offline', manifests]);
    expect(plan.code).toBe(2);
    expect(plan.stdout).toMatch(/\+ run default\.hello\.unresolved\.0\.0 on local/);
  });

  it('overwrites nothing', async () => {
    using scratch = new Scratch({ 'plimsoll.yaml': 'mine', 'manifests/hello.yaml': 'mine too' });
    const { code, stdout } = await run(['init', scratch.path], { env });
    expect(code).toBe(0);
    expect(readFileSync(join(scratch.path, 'plimsoll.yaml'), 'utf8')).toBe('mine');
    expect(readFileSync(join(scratch.path, 'manifests/hello.yaml'), 'utf8')).toBe('mine too');
    expect(existsSync(join(scratch.path, 'manifests/hosts/local.yaml'))).toBe(true);
    expect(stdout).toContain(`kept  ${scratch.path}/plimsoll.yaml, as it is`);
  });
});

describe('plimsoll init, on a machine without a Docker engine', () => {
  it.each([
    ['there is no socket', 'unix:///nonexistent/docker.sock'],
    ['the engine is elsewhere', 'tcp://10.0.0.1:2376'],
    ['what is there is no socket', 'unix:///etc/hostname'],
  ])('writes no host, and says how to add one: %s', async (_, address) => {
    using scratch = new Scratch();
    const { code, stdout } = await run(['init', scratch.path], { env: { DOCKER_HOST: address } });
    expect(code).toBe(0);
    expect(existsSync(join(scratch.path, 'manifests/hosts'))).toBe(false);
    expect(stdout).toContain(
      '\nThere is no Docker engine on this machine: add a host with `plimsoll host add ssh://user@host --label role=app`.\n',
    );
    expect(stdout).not.toContain('this machine\n');
  });

  it('is complete once a host was added', async () => {
    using scratch = new Scratch();
    await run(['init', scratch.path], { env: { DOCKER_HOST: 'unix:///nonexistent/docker.sock' } });
    const directory = join(scratch.path, 'manifests/hosts');
    const add = ['host', 'add', 'tcp://10.0.0.1:2376', '--name', 'h1', '--label', 'role=app', '--no-check'];
    expect((await run([...add, '--directory', directory])).code).toBe(0);
    expect((await run(['validate', join(scratch.path, 'manifests')])).code).toBe(0);
  });
});

const KEY = 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIC2iL8pCRdR0wf3yiCYcYIeo9Z5Uxsr4AGi4mCCa5AVZ';

describe('a Host manifest that is written', () => {
  it.each([
    ['ssh://deploy@fra-1.example.com', { role: 'app' }, 'default'],
    ['ssh://deploy@fra-1.example.com:2222?socket=/run/user/1000/docker.sock', {}, 'production'],
    ['ssh://deploy@[fd00::1]', { zone: '1', on: 'true', odd: 'a: b # c' }, 'default'],
    ['unix:///var/run/docker.sock', {}, 'default'],
    ['tcp://10.0.0.1:2376', { role: 'app' }, 'tls'],
  ])('for %s says the same when it is read', (text, labels, credential) => {
    const parsed = parseEngineAddress(text);
    if ('because' in parsed) throw new Error(parsed.because);
    const { address } = parsed;
    const hostKeys = address.scheme === 'ssh' ? [KEY] : [];
    const yaml = hostManifest({ name: 'h1', address, hostKeys, credential, labels });
    const { documents, problems } = readManifests([{ path: 'h1.yaml', blob: '1', bytes: Buffer.from(yaml) }]);
    expect(problems).toEqual([]);
    const { kind, manifest } = documents[0] ?? {};
    expect(kind).toBe('Host');
    expect(manifest).toMatchObject({
      metadata: { name: 'h1', ...(Object.keys(labels).length === 0 ? {} : { labels }) },
      spec: {
        address,
        ...(hostKeys.length === 0 ? {} : { hostKey: hostKeys }),
        ...(credential === 'default' ? {} : { credential }),
      },
    });
  });
});

describe('a host key in a Host manifest that is written', () => {
  it.each([
    ['a letter', 'Z'],
    ['a slash', '/'],
    ['a plus', '+'],
    ['padding', '='],
  ])('that ends in %s stands there as ssh-keygen reads it', (_, end) => {
    const hostKey = `${KEY.slice(0, -1)}${end}`;
    const address = { scheme: 'unix', socketPath: '/run/docker.sock' } as const;
    const yaml = hostManifest({
      name: 'h1',
      address,
      hostKeys: [hostKey],
      credential: 'default',
      labels: {},
    });
    expect(yaml.split('\n')).toContain(`  hostKey: ${hostKey}`);
    expect(parse(yaml)).toMatchObject({ spec: { hostKey } });
  });
});

describe('plimsoll host add, for a host that nothing opens', () => {
  const CONFIGURATION = 'controller: { id: main }\nsources: [{ id: main, url: ./ }]\n';
  const KEY_FILE = '-----BEGIN OPENSSH PRIVATE KEY-----\nAAAA\n-----END OPENSSH PRIVATE KEY-----\n';
  /** Port 1: whoever asked the host first would be told that it is unreachable. */
  const add = (scratch: Scratch, env: Record<string, string>, ...more: string[]) =>
    run(['host', 'add', 'ssh://root@127.0.0.1:1', '--name', 'h1', '--directory', scratch.path, ...more], {
      env: { HOME: scratch.path, ...env },
    });

  it('names the key that the person has, before anything is asked', async () => {
    using scratch = new Scratch({ '.ssh/id_ed25519': 'key', 'p.yaml': CONFIGURATION });
    const config = `${scratch.path}/p.yaml`;
    expect(await add(scratch, {}, '--config', config)).toEqual({
      code: 1,
      stdout: '',
      stderr: `the configuration has no SSH key default (host/auth)
  → You have one: write into ${config}: \`ssh: { keys: { default: { privateKey: "file:~/.ssh/id_ed25519" } } }\`
`,
    });
  });

  it('says how to make one where there is none', async () => {
    using scratch = new Scratch({ 'p.yaml': CONFIGURATION });
    const { stderr } = await add(scratch, {}, '--config', `${scratch.path}/p.yaml`);
    expect(stderr).toContain('Make a key with `ssh-keygen -t ed25519`');
  });

  it('what it says to write is enough', async () => {
    const written = `${CONFIGURATION}ssh: { keys: { default: { privateKey: "file:~/.ssh/id_ed25519" } } }\n`;
    using scratch = new Scratch({ '.ssh/id_ed25519': KEY_FILE, 'p.yaml': written });
    chmodSync(`${scratch.path}/.ssh/id_ed25519`, 0o600);
    const { stderr } = await add(scratch, {}, '--config', `${scratch.path}/p.yaml`);
    expect(stderr).toContain('(host/unreachable)');
  });

  it('uses the own key where there is no configuration', async () => {
    using scratch = new Scratch({ '.ssh/id_ed25519': 'key' });
    expect((await add(scratch, {})).stderr).toContain('(host/unreachable)');
    rmSync(`${scratch.path}/.ssh`, { recursive: true });
    expect((await add(scratch, {})).stderr).toContain('you have no SSH key and no agent');
  });
});

describe('plimsoll host add, for a local engine', () => {
  it('checks it and writes its manifest', async () => {
    using scratch = new Scratch();
    const socket = join(scratch.path, 'engine.sock');
    const engine = await startEmptyEngine(socket);
    const directory = join(scratch.path, 'hosts');
    const args = [
      'host',
      'add',
      `unix://${socket}`,
      '--name',
      'here',
      '--label',
      'role=app',
      '--directory',
      directory,
    ];
    const { code, stdout, stderr } = await run(args);
    engine.stop();
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toContain('engine       Docker 28.1.0, API 1.');
    expect(readFileSync(join(directory, 'here.yaml'), 'utf8')).toBe(`apiVersion: plimsoll.dev/v1
kind: Host
metadata:
  name: here
  labels:
    role: app
spec:
  address: unix://${socket}
`);
  });

  it('writes nothing where the host is not ready', async () => {
    using scratch = new Scratch();
    const { code, stdout, stderr } = await run([
      'host',
      'add',
      'unix:///nonexistent/docker.sock',
      '--directory',
      scratch.path,
    ]);
    expect(code).toBe(1);
    expect(stdout).toContain('✘ engine       the Docker engine cannot be reached');
    expect(stderr).toBe(`the host is not ready; nothing is written
  → Correct what is marked, or write the manifest all the same with --no-check.
`);
    expect(existsSync(join(scratch.path, 'local.yaml'))).toBe(false);
  });

  it('never overwrites a manifest', async () => {
    using scratch = new Scratch({ 'local.yaml': 'mine' });
    const { code, stderr } = await run(['host', 'add', 'unix:///x/docker.sock', '--directory', scratch.path]);
    expect(code).toBe(1);
    expect(stderr).toBe(`${scratch.path}/local.yaml is there already (command/exists)
  → Choose another name or place; nothing is overwritten.
`);
  });

  const fleet = (address: string): string =>
    `apiVersion: plimsoll.dev/v1\nkind: Host\nmetadata: { name: fra-1 }\nspec: { address: "${address}" }\n`;

  it.each([
    ['ssh://deploy@fra-1.example.com', 'ssh://deploy@fra-1.example.com:22'],
    ['ssh://deploy@fra-1.example.com', 'ssh://root@FRA-1.example.com'],
    ['ssh://deploy@[fd00::1]:2222', 'ssh://deploy@[FD00::1]:2222'],
    ['tcp://10.0.0.1', 'tcp://10.0.0.1:2376'],
    ['unix:///run/docker.sock', 'unix:///run/docker.sock'],
  ])('refuses an address that a manifest has: %s is %s', async (written, added) => {
    using scratch = new Scratch({
      'manifests/fleet.yaml': `${fleet(written)}---\nkind: Servce\n`,
      'manifests/broken.yaml': 'a: [',
      'manifests/hosts/.keep': '',
    });
    const directory = join(scratch.path, 'manifests/hosts');
    const outcome = await run([
      'host',
      'add',
      added,
      '--name',
      'other',
      '--directory',
      directory,
      '--no-check',
      '--yes',
    ]);
    expect(outcome).toEqual({
      code: 1,
      stdout: '',
      stderr: `${scratch.path}/manifests/fleet.yaml has a host with this address already: fra-1 (command/exists)
  → Edit that file, or remove it first.
`,
    });
  });

  it('looks at all manifests below the working directory', async () => {
    using scratch = new Scratch({ 'manifests/fleet/fra.yaml': fleet('tcp://10.0.0.1') });
    const { code, stderr } = await runProgram(['host', 'add', 'tcp://10.0.0.1', '--no-check'], {
      cwd: scratch.path,
    });
    expect(code).toBe(1);
    expect(stderr).toMatch(/^manifests\/fleet\/fra\.yaml has a host with this address already: fra-1 /);
  });

  it('refuses a name that a manifest has', async () => {
    using scratch = new Scratch({ 'fleet.yaml': fleet('tcp://10.0.0.1') });
    const args = [
      'host',
      'add',
      'tcp://10.0.0.2',
      '--name',
      'fra-1',
      '--no-check',
      '--directory',
      scratch.path,
    ];
    expect((await run(args)).stderr).toBe(
      `${scratch.path}/fleet.yaml has a host fra-1 already (command/exists)\n  → Name the new one with --name.\n`,
    );
  });

  it('takes another engine on the same machine', async () => {
    using scratch = new Scratch({ 'fleet.yaml': fleet('tcp://10.0.0.1') });
    const args = [
      'host',
      'add',
      'tcp://10.0.0.1:2377',
      '--name',
      'second',
      '--no-check',
      '--directory',
      scratch.path,
    ];
    expect((await run(args)).code).toBe(0);
  });

  it.each([
    ['ftp://x', 'an address is ssh://user@host, unix:///path/of/socket or tcp://host:port'],
    [
      'ssh://fra-1',
      'an ssh:// address is ssh://user@host[:port][?socket=/path], with a user and without a password',
    ],
  ])('refuses the address %s', async (address, message) => {
    expect(await run(['host', 'add', address])).toEqual({
      code: 1,
      stdout: '',
      stderr: `${message} (command/usage)\n  → Write it as ssh://user@host[:port].\n`,
    });
  });
});
