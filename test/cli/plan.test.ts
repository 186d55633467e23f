// `plimsoll plan DIR`, offline: what it prints, and the exit code that a CI goes by.

import { describe, expect, it } from 'vitest';
import { run } from './command-line.ts';
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
      '  pull image registry.test/shop/web on h1  (default/web needs it)',
      '  create network plimsoll.default on h1  (namespace default comes to h1)',
      '+ run default.web.unresolved.0.0 on h1  (first deployment)',
      'blocked:',
      '  default/web: its image is unresolved: the digest is looked up when it is deployed',
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
        { kind: 'pullImage', host: 'h1', object: 'registry.test/shop/web', because: 'default/web needs it' },
        {
          kind: 'createNetwork',
          host: 'h1',
          object: 'plimsoll.default',
          because: 'namespace default comes to h1',
        },
        {
          kind: 'runContainer',
          host: 'h1',
          object: 'default.web.unresolved.0.0',
          because: 'first deployment',
        },
      ],
      blocked: [
        {
          object: 'default/web',
          because: 'its image is unresolved: the digest is looked up when it is deployed',
        },
      ],
    });
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
