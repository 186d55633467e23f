// The commands that show what a controller knows, against a real one.

import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { type ApiHarness, service, startApiHarness } from '../api/harness.ts';
import { JSON_SHAPES } from '../docs/command-reference.ts';
import { eventually } from '../lab/eventually.ts';
import { type Outcome, run } from './command-line.ts';

let harness: ApiHarness;

beforeAll(async () => {
  harness = await startApiHarness({
    'shop.yaml': 'apiVersion: plimsoll.dev/v1\nkind: Namespace\nmetadata: { name: shop }\nspec: {}\n',
    'web.yaml': service('web'),
    'api.yaml': service('api'),
    'shop/web.yaml': service('web').replace('name: web', 'name: web, namespace: shop'),
  });
  await eventually('the services have been looked at', { deadlineMs: 5_000 }, async () => {
    const { services } = await harness.client.ask('status');
    return services.every((s) => s.because.startsWith('image 127.0.0.1:1'));
  });
});
afterAll(async () => {
  await harness[Symbol.asyncDispose]();
});

const ask = (line: string): Promise<Outcome> => run([...line.split(' '), '--socket', harness.socketPath]);
const json = async (line: string) => JSON.parse((await ask(`${line} --json`)).stdout);

describe('plimsoll status', () => {
  it('shows sources, services and hosts', async () => {
    const { code, stdout } = await ask('status');
    expect(code).toBe(0);
    const lines = stdout.split('\n');
    expect(lines[0]).toBe('state: progressing');
    expect(lines[1]).toMatch(/^source main: commit [0-9a-f]{12} is in force {2}files of/);
    expect(lines[3]).toMatch(/^SERVICE {7}READY {3}REVISION {3}STATE {5}BECAUSE$/);
    expect(lines.slice(4, 7).map((line) => line.split(/ {3,}/).slice(0, 4))).toEqual([
      ['default/api', '0/1', '–', 'waiting'],
      ['default/web', '0/1', '–', 'waiting'],
      ['shop/web', '0/1', '–', 'waiting'],
    ]);
    expect(lines.slice(8, 10)).toEqual(['HOST   STATE   BECAUSE', 'h1     fresh   connected']);
  });

  it('prints exactly the documented JSON', async () => {
    const status = await json('status');
    expect(Object.keys(status)).toEqual(['commit', 'phase', 'services', 'hosts']);
    expect(status.services[0]).toEqual({
      namespace: 'default',
      name: 'api',
      desired: 1,
      ready: 0,
      revision: null,
      phase: 'waiting',
      because: expect.stringMatching(/^image 127\.0\.0\.1:1/),
      waitsForPerson: false,
    });
    expect(status.hosts).toEqual([{ name: 'h1', state: 'fresh', because: 'connected' }]);
  });
});

describe('plimsoll plan, of the running controller', () => {
  it('prints exactly the documented JSON', async () => {
    const plan = await json('plan');
    expect(Object.keys(plan)).toEqual(['commit', 'actions', 'blocked']);
    expect(plan.actions).toEqual([]);
    expect(plan.blocked.map((b: object) => Object.keys(b))).toEqual(Array(3).fill(['object', 'because']));
  });

  it('ends with 0 where something is in the way of all that is wanted, and says so', async () => {
    expect(await ask('plan')).toMatchObject({
      code: 0,
      stdout: expect.stringMatching(/nothing can be done before what blocks it is cleared\n$/),
    });
  });
});

describe('a name', () => {
  it('is enough where one namespace has it', async () => {
    expect(await json('describe api')).toMatchObject({ namespace: 'default', name: 'api' });
  });

  it('that two namespaces have must be said in full', async () => {
    expect(await ask('describe web')).toEqual({
      code: 1,
      stdout: '',
      stderr: `there are 2 services web (command/usage)
  → Name one of them: default/web, shop/web.
`,
    });
    expect(await json('describe shop/web')).toMatchObject({ namespace: 'shop', name: 'web' });
  });

  it.each([
    ['ap', 'api'],
    ['shop/wbe', 'shop/web'],
  ])('%s that nothing has suggests %s', async (name, meant) => {
    expect(await ask(`why ${name}`)).toEqual({
      code: 1,
      stdout: '',
      stderr: `there is no service ${name} (command/not-found)\n  → Did you mean \`${meant}\`?\n`,
    });
  });
});

describe('every reading command', () => {
  it.each([
    'plan',
    'status',
    'sources',
    'hosts',
    'describe api',
    'why api',
    'history api',
    'rollout describe api',
    'events',
    'audit',
    'doctor',
    'sync',
    'version',
  ])('%s prints JSON of the shape that the manual shows', async (line) => {
    const shape = JSON_SHAPES[line.replace(/ api$/, '')]?.schema;
    if (!(shape instanceof z.ZodObject)) throw new Error('the manual shows no shape');
    const printed = await json(line);
    expect(Object.keys(printed)).toEqual(Object.keys(shape.shape));
    expect(shape.safeParse(printed)).toMatchObject({ success: true });
  });

  it.each([
    'sources',
    'hosts',
    'describe api',
    'why api',
    'history api',
    'rollout describe api',
    'events',
    'audit',
    'doctor',
  ])('%s prints something for people', async (line) => {
    const { code, stdout, stderr } = await ask(line);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).not.toBe('');
    expect(stdout).not.toMatch(/undefined|null|\[object|NaN/);
  });
});

describe('plimsoll why', () => {
  it('prints the chain from the commit on', async () => {
    const { stdout } = await ask('why api');
    expect(stdout.split('\n')[0]).toMatch(/^default\/api is waiting: image 127\.0\.0\.1:1/);
    expect(stdout).toMatch(
      /\ncommit +[0-9a-f]{12} +\d{4}-\d\d-\d\d .*defines default\/api with 1 replica, api\.yaml:3\n/,
    );
    expect(stdout).toMatch(/\nimage + 127\.0\.0\.1:1\/shop\/api:1 /);
  });
});

describe('plimsoll sync', () => {
  it('says which commit is in force', async () => {
    const { code, stdout } = await ask('sync');
    expect(code).toBe(0);
    expect(stdout).toMatch(/^source main: commit [0-9a-f]{12} is in force: /);
  });

  it('shows what is wrong with a commit that is not accepted, with its place', async () => {
    harness.write({ 'bad.yaml': service('bad', 'NOT AN IMAGE') });
    const { code, stderr } = await ask('sync');
    harness.write({ 'bad.yaml': null });
    await ask('sync');
    expect(code).toBe(1);
    expect(stderr).toMatch(
      /^source main: commit [0-9a-f]{12} is not accepted; [0-9a-f]{12} stays in force:\nbad\.yaml:4:16: /,
    );
  });

  it('tells a hook that nobody follows its repository', async () => {
    expect(await ask('sync --repository /srv/git/other.git')).toEqual({
      code: 1,
      stdout: '',
      stderr: `no source follows the repository /srv/git/other.git (command/not-found)
  → The sources are: main.
`,
    });
  });

  it('gives up after its time where something is missing, and says what', async () => {
    const { code, stderr } = await ask('sync --wait --timeout 1s');
    expect(code).toBe(1);
    expect(stderr).toMatch(/^not there after 1s:\n {2}default\/api is waiting: image 127\.0\.0\.1:1/);
  });
});

describe('plimsoll approve', () => {
  it('says that nothing is held', async () => {
    expect(await ask('approve')).toEqual({ code: 0, stdout: 'nothing is held\n', stderr: '' });
  });
});

describe('steering', () => {
  it('says what is refused and why', async () => {
    expect(await ask('rollout promote api')).toEqual({
      code: 1,
      stdout: '',
      stderr: 'default/api: no rollout that waits for anybody (command/refused)\n  → See the message.\n',
    });
    expect(await ask('rollback api')).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('there is no earlier revision to go back to'),
    });
  });

  it('restarts', async () => {
    const { code, stdout } = await ask('restart shop/web --pull');
    expect({ code, stdout }).toEqual({
      code: 0,
      stdout: 'shop/web: restart is accepted; `plimsoll status` shows what follows\n',
    });
  });
});

describe('plimsoll events --follow', () => {
  it('goes on until it is told to end', async () => {
    const over = new AbortController();
    const following = run(['events', '--follow', '--json', '--socket', harness.socketPath], {
      signal: over.signal,
    });
    await eventually('an event has come', { deadlineMs: 5_000 }, async () => {
      harness.controller.events.emit({ kind: 'test/happened', message: 'now' });
      return true;
    });
    setTimeout(() => over.abort(), 500);
    const { code, stdout } = await following;
    expect(code).toBe(0);
    const events = stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(events.at(-1)).toMatchObject({ kind: 'test/happened', message: 'now', service: null });
  });
});

describe('plimsoll logs', () => {
  it('of a service without containers ends with nothing', async () => {
    expect(await ask('logs api')).toEqual({ code: 0, stdout: '', stderr: '' });
  });
});

describe('plimsoll exec', () => {
  const NONE = (which: string): Outcome => ({
    code: 1,
    stdout: '',
    stderr: `no container${which} of default/api runs (command/refused)\n  → See \`plimsoll describe\` for what runs.\n`,
  });
  const exec = (line: string): Promise<Outcome> => run(['exec', ...line.split(' ')], { env: socket() });
  const socket = () => ({ PLIMSOLL_SOCKET: harness.socketPath });

  it('in a service without containers says so', async () => {
    expect(await exec('api ls -la')).toEqual(NONE(''));
  });

  it.each([
    '--instance 1 api ls -la',
    'api --instance 1 ls -la',
    'api --instance 1 -- ls -la',
    '--instance 1 api -- ls -la',
    'api --instance=1 -i -- ls --instance 2',
  ])('takes its options before and behind the name: %s', async (line) => {
    expect(await exec(line)).toEqual(NONE(' with the ordinal 1'));
  });

  it('leaves the options of the command alone', async () => {
    expect(await exec('api ls --instance 1')).toEqual(NONE(''));
    expect(await exec('api -- ls --instance 1')).toEqual(NONE(''));
  });

  it.each(['api', 'api --', 'api --instance 1', 'api --instance 1 --'])(
    'without a command says so: %s',
    async (line) => {
      expect(await exec(line)).toEqual({
        code: 1,
        stdout: '',
        stderr: "missing required argument 'command' (command/usage)\n  → See `plimsoll help exec`.\n",
      });
    },
  );

  it('does not take an option that it does not know', async () => {
    expect((await exec('api --instnce 1 ls')).stderr).toBe(
      "unknown option '--instnce' (command/usage)\n  → Did you mean --instance?\n",
    );
  });
});
