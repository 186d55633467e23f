// `plimsoll plan DIR`, offline: what it prints, and the exit code that a CI goes by.

import { createServer } from 'node:http';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { startEmptyEngine } from '../api/empty-engine.ts';
import { type Outcome, run } from './command-line.ts';
import { Scratch } from './scratch.ts';

const HOST = `apiVersion: plimsoll.dev/v1
kind: Host
metadata: { name: h1 }
spec: { address: "unix:///var/run/docker.sock" }
`;
const SERVICE = `apiVersion: plimsoll.dev/v1
kind: Service
metadata: { name: web }
spec: { image: "registry.test/shop/web:1", mem_limit: 64m }
`;

const plan = (scratch: Scratch, ...args: string[]) => run(['plan', '--offline', scratch.path, ...args]);

describe('a plan with changes', () => {
  it('ends with 2 and says what and why', async () => {
    using scratch = new Scratch({ 'h1.yaml': HOST, 'web.yaml': SERVICE });
    const { code, stdout, stderr } = await plan(scratch);
    expect({ code, stderr }).toEqual({ code: 2, stderr: '' });
    expect(stdout.split('\n').slice(1)).toEqual([
      '  pull image registry.test/shop/web:1 on h1  (default/web needs it; digest not looked up)',
      '  create network plimsoll.default.web on h1  (default/web comes to h1)',
      '+ run default.web.unresolved.0.0 on h1  (first deployment; image registry.test/shop/web:1, digest not looked up)',
      '3 actions on 1 host',
      '',
    ]);
  });

  it('prints exactly the documented JSON', async () => {
    using scratch = new Scratch({ 'h1.yaml': HOST, 'web.yaml': SERVICE });
    const { code, stdout } = await plan(scratch, '--json');
    expect(code).toBe(2);
    expect(JSON.parse(stdout)).toEqual({
      commit: expect.stringMatching(/^[0-9a-f]{40}$/),
      actions: [
        {
          kind: 'pullImage',
          host: 'h1',
          object: 'registry.test/shop/web:1',
          because: 'default/web needs it; digest not looked up',
        },
        {
          kind: 'createNetwork',
          host: 'h1',
          object: 'plimsoll.default.web',
          because: 'default/web comes to h1',
        },
        {
          kind: 'runContainer',
          host: 'h1',
          object: 'default.web.unresolved.0.0',
          because: 'first deployment; image registry.test/shop/web:1, digest not looked up',
        },
      ],
      blocked: [],
    });
  });

  it('goes by the digest that a manifest names', async () => {
    const image = `registry.test/shop/web@sha256:${'1'.repeat(64)}`;
    using scratch = new Scratch({
      'h1.yaml': HOST,
      'web.yaml': SERVICE.replace('registry.test/shop/web:1', image),
    });
    const { stdout } = await plan(scratch);
    expect(stdout).toContain(
      'pull image registry.test/shop/web@sha256:111111111111… on h1  (default/web needs it)',
    );
    expect(stdout).toMatch(/\+ run default\.web\.[0-9a-f]{12}\.0\.0 on h1 {2}\(first deployment\)/);
  });
});

describe('a plan without changes', () => {
  it('ends with 0', async () => {
    using scratch = new Scratch({ 'h1.yaml': HOST });
    expect(await plan(scratch)).toMatchObject({
      code: 0,
      stdout: expect.stringMatching(/\nnothing to do\n$/),
    });
  });
});

describe('a plan in which something is blocked', () => {
  const BLOCKED = {
    stdout: expect.stringMatching(
      /\nblocked:\n {2}default\/web: no host will do: 1× not schedulable\nnothing can be done before what blocks it is cleared\n$/,
    ),
  };

  it('ends with 0 where nothing would be done, and says so', async () => {
    const host = HOST.replace('docker.sock" }', 'docker.sock", schedulable: false }');
    using scratch = new Scratch({ 'h1.yaml': host, 'web.yaml': SERVICE });
    expect(await plan(scratch)).toMatchObject({
      ...BLOCKED,
      code: 0,
      stderr: 'nothing would be done, 1 blocked; `--fail-on-blocked` makes that exit code 2\n',
    });
    expect(await plan(scratch, '--fail-on-blocked')).toMatchObject({
      ...BLOCKED,
      code: 2,
      stderr: 'nothing would be done, 1 blocked\n',
    });
  });

  it('ends with 2 where something else would be done', async () => {
    using scratch = new Scratch({
      'h1.yaml': HOST,
      'web.yaml': SERVICE,
      'api.yaml': SERVICE.replace('web', 'api').replace(
        'mem_limit',
        'replicas: 2, placement: { maxPerHost: 1 }, mem_limit',
      ),
    });
    expect(await plan(scratch)).toMatchObject({
      code: 2,
      stderr: '',
      stdout: expect.stringMatching(/\n\d actions on 1 host; 1 blocked\n$/),
    });
  });

  /** With a configuration: an engine without containers, and a registry at this address. */
  async function online(scratch: Scratch, registry: string): Promise<Outcome> {
    const socket = join(scratch.path, 'engine.sock');
    const engine = await startEmptyEngine(socket);
    scratch.write({
      'manifests/h1.yaml': HOST.replace('/var/run/docker.sock', socket),
      'manifests/web.yaml': SERVICE.replace('registry.test', registry),
      'plimsoll.yaml': `controller: { id: main }
dataDir: ./data
sources: [{ id: main, url: ./, fleet: true }]
registries: [{ registry: "${registry}", insecure: true }]
`,
    });
    const outcome = await run([
      'plan',
      join(scratch.path, 'manifests'),
      '--config',
      join(scratch.path, 'plimsoll.yaml'),
    ]);
    engine.stop();
    return outcome;
  }

  it('shows what would be done where the registry does not answer, and that it did not', async () => {
    using scratch = new Scratch();
    const { code, stdout, stderr } = await online(scratch, '127.0.0.1:1');
    expect(code).toBe(2);
    expect(stdout).toContain(
      'pull image 127.0.0.1:1/shop/web:1 on h1  (default/web needs it; digest not looked up)',
    );
    expect(stdout).not.toContain('blocked');
    expect(stderr).toMatch(
      /^warning: the digest of 127\.0\.0\.1:1\/shop\/web:1 was not looked up: .*\(image\/registry\)/,
    );
  });

  it('an image that the registry does not have is blocked', async () => {
    const registry = createServer((_, response) => response.writeHead(404).end('{"errors":[]}'));
    await new Promise<void>((resolve) => registry.listen(0, '127.0.0.1', resolve));
    const bound = registry.address();
    using scratch = new Scratch();
    const port = bound !== null && typeof bound === 'object' ? bound.port : 0;
    const { code, stdout } = await online(scratch, `127.0.0.1:${port}`);
    registry.close();
    expect(code).toBe(0);
    expect(stdout).toMatch(/\nblocked:\n {2}default\/web: image .*\(image\/not-found\)\n/);
  });
});

describe('a mistake', () => {
  it('ends with 1 and its place', async () => {
    using scratch = new Scratch({ 'h1.yaml': HOST, 'web.yaml': SERVICE.replace('image', 'imgae') });
    const { code, stdout, stderr } = await plan(scratch);
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    expect(stderr).toContain(`${scratch.path}/web.yaml:4:9: \`spec.imgae\` is not a known key`);
  });

  it('in the configuration ends with 1 and its place', async () => {
    using scratch = new Scratch({ 'h1.yaml': HOST, 'p.yaml': 'controller: { id: main }\nsource: []\n' });
    const { code, stderr } = await plan(scratch, '--config', `${scratch.path}/p.yaml`);
    expect(code).toBe(1);
    expect(stderr).toContain(`${scratch.path}/p.yaml:2:1: \`source\` is not a known key (config/invalid)`);
  });
});
