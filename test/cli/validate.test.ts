// What `plimsoll validate` says about each kind of mistake, exactly as a person sees it.

import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { type Outcome, ROOT, run, runProgram } from './command-line.ts';
import { Scratch } from './scratch.ts';

const FLEET = `apiVersion: plimsoll.dev/v1
kind: Host
metadata: { name: h1, labels: { role: app } }
spec: { address: "unix:///var/run/docker.sock" }
`;
const service = (name: string, spec = ''): string => `apiVersion: plimsoll.dev/v1
kind: Service
metadata: { name: ${name} }
spec:
  image: nginx:1.27
  mem_limit: 64m
${spec}`;

/** In this process; the directory is left out of what is printed. */
async function validate(files: Readonly<Record<string, string>>, ...args: string[]): Promise<Outcome> {
  using scratch = new Scratch({ 'hosts.yaml': FLEET, ...files });
  const { code, stdout, stderr } = await run(['validate', scratch.path, ...args]);
  return { code, stdout, stderr: stderr.replaceAll(`${scratch.path}/`, '') };
}

describe('a directory without mistakes', () => {
  it('is valid, for the program that people start', async () => {
    using scratch = new Scratch({ 'hosts.yaml': FLEET, 'web.yaml': service('web') });
    expect(await runProgram(['validate'], { cwd: scratch.path })).toEqual({
      code: 0,
      stdout: 'valid: 1 service, 1 host, 1 namespace, 0 configs\n',
      stderr: '',
    });
  });

  it('may get a warning', async () => {
    const host = FLEET.replace('unix:///var/run/docker.sock', 'ssh://deploy@fra-1');
    expect(await validate({ 'hosts.yaml': host })).toEqual({
      code: 0,
      stdout: 'valid: 0 services, 1 host, 1 namespace, 0 configs\n',
      stderr: `warning: hosts.yaml:4:18: Host h1 has no host key (host/key-unknown)
  → Pin the host key: \`plimsoll host add\` prints it for comparison.
`,
    });
  });

  it('is found in the example of the project', async () => {
    expect(await run(['validate', join(ROOT, 'manifests-example')])).toMatchObject({ code: 0, stderr: '' });
  });
});

describe('a mistake is shown with its place and what to do about it', () => {
  it.each<[string, string, string]>([
    [
      'an unknown key',
      service('web', '  replcas: 2\n'),
      `web.yaml:7:3: \`spec.replcas\` is not a known key (manifest/unknown-key)
  → Did you mean \`replicas\`?`,
    ],
    [
      'a wrong type',
      service('web', '  replicas: two\n'),
      `web.yaml:7:13: spec.replicas: expected a number, got a string (manifest/invalid-value)
  → Correct the value; \`plimsoll schema\` prints what is allowed.`,
    ],
    [
      'YAML that does not end',
      service('web', '  command: [\n'),
      `web.yaml:8:1: wrong indentation, or a list or map in brackets that does not end (manifest/yaml)
  → Correct the YAML at this place.`,
    ],
    [
      'a service that is there twice',
      `${service('web')}---\n${service('web')}`,
      `web.yaml:10:19: Service default/web is defined twice: here and at web.yaml:3:19 (manifest/duplicate)
  → Rename or remove one of the two.`,
    ],
    [
      'a dependency on nothing',
      service('web', '  dependsOn: [wbe]\n'),
      `web.yaml:7:15: default/web depends on default/wbe, which is not defined (manifest/reference)
  → Did you mean \`default/web\`?`,
    ],
    [
      'a label that no host has',
      service('web', '  placement: { hosts: { rol: app } }\n'),
      `web.yaml:7:30: no host has the label rol=app (manifest/reference)
  → Did you mean \`role=app\`?`,
    ],
    [
      'a key that would change the prototype',
      service('web', '  __proto__: { x: 1 }\n'),
      `web.yaml:7:3: the key \`__proto__\` is not allowed (manifest/forbidden-key)
  → Rename the key.`,
    ],
    [
      'a permission that the namespace does not give',
      service('web', '  privileged: true\n'),
      `web.yaml:7:15: a privileged container needs the permission \`privileged\` of namespace default (manifest/permission)
  → Allow it in the Namespace (spec.permissions), or remove it.`,
    ],
  ])('%s', async (_, text, problem) => {
    expect(await validate({ 'web.yaml': text })).toEqual({
      code: 1,
      stdout: '',
      stderr: `${problem}\n1 problem\n`,
    });
  });

  it('a directory that is not there', async () => {
    expect(await run(['validate', '/nonexistent/manifests'])).toEqual({
      code: 1,
      stdout: '',
      stderr: `the directory /nonexistent/manifests does not exist (source/not-found)
  → Name the directory that holds the manifests.
1 problem
`,
    });
  });

  it.each(['validate', 'plan --offline', 'apply'])('%s of a single file', async (command) => {
    using scratch = new Scratch({ 'web.yaml': service('web') });
    const { code, stderr } = await run([...command.split(' '), join(scratch.path, 'web.yaml')]);
    expect(code).toBe(1);
    expect(
      stderr,
    ).toContain(`${scratch.path}/web.yaml is a file; manifests are read together, by their directory (source/not-found)
  → Name the directory that it lies in: \`${scratch.path}\`.
`);
  });

  it('as JSON', async () => {
    const { code, stdout } = await validate({ 'web.yaml': service('web', '  replcas: 2\n') }, '--json');
    expect(code).toBe(1);
    expect(JSON.parse(stdout)).toEqual({
      valid: false,
      problems: [
        {
          code: 'manifest/unknown-key',
          message: '`spec.replcas` is not a known key',
          hint: 'Did you mean `replicas`?',
          span: { file: expect.stringMatching(/\/web\.yaml$/), line: 7, column: 3 },
        },
      ],
      warnings: [],
    });
  });
});

describe('an error on a terminal', () => {
  it('is red', async () => {
    using scratch = new Scratch({ 'web.yaml': 'x' });
    const { stderr } = await run(['validate', scratch.path], { isTTY: true });
    expect(stderr).toContain('\u001b[31m');
  });

  it('has no colour where NO_COLOR is set', async () => {
    using scratch = new Scratch({ 'web.yaml': 'x' });
    const { stderr } = await run(['validate', scratch.path], { isTTY: true, env: { NO_COLOR: '1' } });
    expect(stderr).not.toContain('\u001b');
  });

  it('cannot move the cursor with a name from a manifest', async () => {
    const { stderr } = await validate({ 'web.yaml': service('web', '  "\\e[2Jx": 1\n') });
    expect(stderr).not.toContain('\u001b');
  });
});
