// `plimsoll simulate`: what it prints, and the exit codes that a CI goes by.

import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { type ApiHarness, startApiHarness } from '../api/harness.ts';
import { JSON_SHAPES } from '../docs/command-reference.ts';
import { eventually } from '../lab/eventually.ts';
import { CHECKED, HOSTS, host, service } from '../sim/dry-run/fleet-files.ts';
import { type Outcome, run, runProgram } from './command-line.ts';
import { Scratch } from './scratch.ts';

type Files = Readonly<Record<string, string>>;

const SPEC = `replicas: 3, ${CHECKED}, rollout: { maxSurge: 1, maxUnavailable: 0, minHealthy: 2s }`;
const fleet = (tag: string): Files => ({ ...HOSTS, 'web.yaml': service('web', tag, SPEC) });

/** `next`: null where only the first directory is named. The directories are called DIR and NEXT in what is printed. */
async function simulate(files: Files, next: Files | null, ...args: string[]): Promise<Outcome> {
  using first = new Scratch(files);
  using second = new Scratch(next ?? {});
  const commit = next === null ? [] : ['--commit', second.path];
  const { code, stdout, stderr } = await run(['simulate', first.path, ...commit, ...args]);
  const plain = (text: string): string =>
    text.replaceAll(`${first.path}/`, 'DIR/').replaceAll(`${second.path}/`, 'NEXT/');
  return { code, stdout: plain(stdout), stderr: plain(stderr) };
}

const ID = /\b[0-9a-f]{12}\b/g;

describe('a push that goes well', () => {
  it('is told from the commit to the end, and ends with 0', async () => {
    const { code, stdout, stderr } = await simulate(fleet('1'), fleet('2'));
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    const lines = stdout.replaceAll(ID, 'ID').split('\n');
    expect(lines.slice(0, 8)).toEqual([
      'simulated, on virtual time: commit ID, beginning with commit ID',
      'assumed, not measured: 20s for a pull, 5s from a start until checks pass, 1s to stop, hosts with 8 GiB of memory',
      '',
      't+0s       commit ID is in force: files of NEXT/ as they are on disk',
      't+0.1s     default/web: deploy from ID to ID: image registry.example.com/shop/web:1 → registry.example.com/shop/web:2 changed',
      't+20.2s    pulled image registry.example.com/shop/web@sha256:ID… on h1, h2, h3, took 20s',
      't+20.6s    started default.web.ID.0.0 on h1, took 386ms',
      't+25.7s    default/web: 4 of 3 ready',
    ]);
    const columns = lines.slice(-10).map((line) => line.split(/ {3,}/));
    expect(columns).toEqual([
      ['SERVICE', 'CHANGE', 'TIME', 'FEWEST READY', 'MOST CONTAINERS', 'END'],
      ['default/web', 'changed', 't+0.1s to t+45.8s', '3 of 3', '4', 'ready, 3 of 3'],
      [''],
      ['HOST', 'MOST MEMORY (LIMITS)', 'MOST CONTAINERS', 'END'],
      ['h1', '128 MiB of 8 GiB (assumed)', '2 at t+20.6s', 'default/web'],
      ['h2', '64 MiB of 8 GiB (assumed)', '1 at t+0s', 'default/web'],
      ['h3', '64 MiB of 8 GiB (assumed)', '1 at t+0s', 'default/web'],
      [''],
      ['after 46s of virtual time it converges: 1 service as the commit says'],
      [''],
    ]);
  });

  it('begins with empty hosts where nothing runs before', async () => {
    const { code, stdout } = await simulate(fleet('1'), null);
    expect(code).toBe(0);
    expect(stdout).toMatch(/beginning with empty hosts\n/);
    expect(stdout).toMatch(/\ndefault\/web +added +t\+0\.\ds to t\+\d+\.\ds +– +3 +ready, 3 of 3\n/);
    const lost = await simulate(fleet('1'), null, '--lose', 'h2@10m');
    expect(lost.stdout).toMatch(/\ndefault\/web +added +\S+ to – +2 of 3 at t\+10m0s/);
    const early = await simulate(fleet('1'), null, '--lose', 'h2@1s');
    expect(early.stdout).toMatch(
      /\ndefault\/web +added +t\+\S+ to – +never complete +2 +progressing, 2 of 3\n/,
    );
    expect(early.stdout).toMatch(
      /\nt\+\S+ +failed on h2: pull image .*h2 is unreachable: it stopped answering/,
    );
  });

  it('counts containers without a memory limit apart', async () => {
    const free = service('web', '1', SPEC).replace('mem_limit: 64m, ', '');
    const { stdout } = await simulate({ ...HOSTS, 'web.yaml': free, 'api.yaml': service('api', '1') }, null);
    expect(stdout).toMatch(/\nh\d +64 MiB \(\+1 without limit\) of 8 GiB \(assumed\) +2 at /);
    expect(stdout).toMatch(/\nh\d +0 B \(\+1 without limit\) of 8 GiB \(assumed\) +1 at /);
  });

  it('tells a warning once, with its place', async () => {
    const unknownKey = host('h1').replace('tcp://h1.example.com:2376', 'ssh://ada@h1.example.com');
    const files = { ...fleet('1'), 'h1.yaml': unknownKey };
    const { stdout, stderr } = await simulate(files, null);
    expect(stderr).toMatch(/^warning: DIR\/h1\.yaml:4:\d+: Host h1 has no host key/);
    expect(`${stdout}${stderr}`.match(/has no host key/g)).toHaveLength(1);
  });

  it('that changes nothing says so', async () => {
    const { code, stdout } = await simulate(fleet('1'), fleet('1'));
    expect(code).toBe(0);
    expect(stdout).toMatch(/\nnothing would be done\n$/);
  });

  it('follows from what is assumed on the command line', async () => {
    const { stdout } = await simulate(
      fleet('1'),
      null,
      '--pull',
      '90s',
      '--startup',
      '10s',
      '--stop',
      '0',
      '--memory',
      '16g',
    );
    expect(stdout).toContain('90s for a pull, 10s from a start'.replace('90s', '1m30s'));
    expect(stdout).toContain('hosts with 16 GiB of memory');
    expect(stdout).toContain('t+1m30.');
  });
});

describe('a push that goes wrong', () => {
  it('ends with 3 where it is rolled back, with the reason', async () => {
    const { code, stdout, stderr } = await simulate(fleet('1'), fleet('2'), '--fail-health', 'web');
    expect({ code, stderr }).toEqual({ code: 3, stderr: '' });
    expect(stdout).toContain('\nassumed: the new revision of default/web never passes its checks\n');
    expect(stdout.replaceAll(ID, 'ID')).toMatch(
      /\nafter \S+ of virtual time it rolls back:\n {2}default\/web is held: desired revision ID is quarantined: no progress for /,
    );
  });

  it('names first what is left without a replica', async () => {
    const spec = `${CHECKED}, placement: { hosts: { disk: large } }`;
    const files = {
      'h1.yaml': host('h1', 'disk: large'),
      'db.yaml': service('db', '1', spec),
    };
    const rest = ['--fail-health', 'web', '--lose', 'h1@0s'];
    const { stdout } = await simulate({ ...fleet('1'), ...files }, { ...fleet('2'), ...files }, ...rest);
    expect(stdout).toMatch(
      /\n\nnothing serves default\/db any more: 0 of 1 ready in the end\nafter \S+ of virtual time it /,
    );
    const first = await simulate(fleet('1'), null, '--fail-health', 'web');
    expect(first.stdout).toMatch(/\nafter \S+ of virtual time it fails, and is not rolled back:\n/);
    expect(first.stdout).toMatch(/\n\nnothing serves default\/web: 0 of 3 ready in the end\nafter /);
  });

  it('says once what it says of a service', async () => {
    const paused = (tag: string): Files => ({
      ...HOSTS,
      'web.yaml': service('web', tag, SPEC.replace('minHealthy: 2s', 'minHealthy: 2s, onFailure: pause')),
    });
    const { code, stdout } = await simulate(paused('1'), paused('2'), '--fail-health', 'web');
    expect(code).toBe(3);
    expect(stdout).toMatch(/ it is held:\n {2}default\/web is paused: [^\n]*\n$/);
  });

  it('ends with 3 where a host is missing, and shows what is left', async () => {
    const { code, stdout } = await simulate(fleet('1'), fleet('2'), '--lose', 'h2@5s', '--lose', 'h3');
    expect(code).toBe(3);
    expect(stdout).toContain(
      '\nt+5s       h2 stops answering and stays away; nothing on it serves any more\n',
    );
    expect(stdout).toMatch(/\nt\+\S+ +h2 is unreachable: there is no route to it\n/);
    expect(stdout).not.toMatch(/h2 is unreachable\W+h2/);
    expect(stdout).toMatch(/\nh2 .* lost at t\+5s\n/);
    expect(stdout).toMatch(/\ndefault\/web .* 1 of 3 at t\+\S+, its rules keep 3 /);
    expect(stdout).toMatch(/it comes to a standstill before everything is ready:\n {2}default\/web is /);
    expect(stdout).toMatch(/\nfewer ready replicas than their rules keep: default\/web\n$/);
  });

  it('ends with 2 where it converges and had fewer replicas than its rules keep', async () => {
    const { 'h3.yaml': _, ...two } = fleet('1');
    const { code, stdout } = await simulate(fleet('1'), two, '--lose', 'h3@0s');
    expect(code).toBe(2);
    expect(stdout).toMatch(
      /it converges without h3: 1 service as the commit says\nfewer ready replicas than their rules keep: /,
    );
  });

  it('ends with 3 where it is held or blocked', async () => {
    const many = Object.fromEntries([...'abcdefgh'].map((name) => [`${name}.yaml`, service(name, '1')]));
    const held = await simulate({ ...HOSTS, ...many }, { ...HOSTS, 'a.yaml': service('a', '1') });
    expect(held).toMatchObject({
      code: 3,
      stdout: expect.stringContaining('it is held:\n  the commit is held: '),
    });
    expect(held.stdout).toMatch(/\ndefault\/a +unchanged +– +1 of 1 +1 +ready, 1 of 1\n/);
    expect(held.stdout).toMatch(/\ndefault\/h +would be removed +– +– +1 +ready, 1 of 1\n/);
    const crowded = service('web', '1', `replicas: 4, ${CHECKED}, placement: { maxPerHost: 1 }`);
    const blocked = await simulate(fleet('1'), { ...HOSTS, 'web.yaml': crowded });
    expect(blocked).toMatchObject({
      code: 3,
      stdout: expect.stringMatching(/it is blocked:\n {2}default\/web is blocked: /),
    });
    const start = await simulate({ ...HOSTS, 'web.yaml': crowded }, fleet('1'));
    expect(start).toMatchObject({
      code: 3,
      stdout: expect.stringContaining('it cannot be simulated:\n  what is to be there before'),
    });
    const slow = await simulate(fleet('1'), fleet('2'), '--startup', '20m');
    expect(slow).toMatchObject({
      code: 3,
      stdout: expect.stringMatching(
        /\n {2}what is assumed holds for that part too: --pull 20s, --startup 20m, --stop 1s; correct these or /,
      ),
    });
  });
});

describe('for machines', () => {
  it.each([
    ['a first deployment', null, []],
    ['a rollback', fleet('2'), ['--fail-health', 'web']],
    ['a lost host', fleet('2'), ['--lose', 'h1']],
  ])('%s is the JSON that the manual shows', async (_, next, args) => {
    const shape = JSON_SHAPES['simulate']?.schema;
    if (!(shape instanceof z.ZodObject)) throw new Error('the manual shows no shape');
    const printed = JSON.parse((await simulate(fleet('1'), next, '--json', ...args)).stdout);
    expect(Object.keys(printed)).toEqual(Object.keys(shape.shape));
    expect(z.strictObject(shape.shape).safeParse(printed)).toMatchObject({ success: true });
    expect(shape.parse(printed)).toEqual(printed);
  });
});

it.each(['validate', 'plan', 'simulate'])('%s says that a directory has no manifests', async (command) => {
  using scratch = new Scratch({ 'notes.txt': 'nothing' });
  const { code, stderr } = await run([command, scratch.path]);
  expect({ code, stderr }).toEqual({
    code: 0,
    stderr: `warning: there are no manifests in ${scratch.path} (source/empty)
  → Name the directory that has them: files that end in .yaml or .yml.
`,
  });
});

describe('a mistake', () => {
  it('in a manifest is shown as `plimsoll validate` shows it', async () => {
    const broken = { ...fleet('1'), 'api.yaml': service('api', '1').replace('image', 'imgae') };
    using scratch = new Scratch(broken);
    const { stderr } = await run(['validate', scratch.path]);
    for (const args of [
      ['simulate', scratch.path],
      ['simulate', '.', '--commit', scratch.path],
    ]) {
      using good = new Scratch(fleet('1'));
      const found = await run(args.map((arg) => (arg === '.' ? good.path : arg)));
      expect(found).toMatchObject({ code: 1, stdout: '' });
      expect(stderr).toContain(found.stderr);
      expect(found.stderr).toContain(`${scratch.path}/api.yaml:4:9: \`spec.imgae\` is not a known key`);
    }
  });

  it('in a name tells what there is', async () => {
    const { code, stderr } = await simulate(fleet('1'), null, '--lose', 'h4', '--fail-health', 'wbe');
    expect({ code, stderr }).toEqual({
      code: 1,
      stderr: `there is no host h4 (command/not-found)
  → Did you mean \`h1\`? The manifests have: h1, h2, h3.
there is no service wbe (command/not-found)
  → Did you mean \`web\`? The manifests have: default/web.
`,
    });
  });

  it('of a moment tells how long is simulated', async () => {
    const { code, stderr } = await simulate(fleet('1'), null, '--lose', 'h1@2h');
    expect({ code, stderr }).toEqual({
      code: 1,
      stderr: `host h1 would be lost after 2h, when the simulation is over (command/usage)
  → Name a moment within the 2h that are simulated at most.
`,
    });
  });

  it('of a host that is lost twice is refused', async () => {
    const { code, stderr } = await simulate(fleet('1'), null, '--lose', 'h1@5s', '--lose', 'h1@9s');
    expect({ code, stderr }).toEqual({
      code: 1,
      stderr: 'host h1 would be lost twice (command/usage)\n  → Name it once: it stays away.\n',
    });
  });

  it.each([
    ['--lose', 'h1@soon', /Write a duration such as 20s/],
    ['--lose', '@5s', /Write a host, or a host and a moment/],
    ['--pull', 'long', /Write a duration such as 20s/],
    ['--memory', '0', /Write a size such as 8g/],
    ['--source', 'main', /names a source of a running controller/],
  ])('%s %s is refused', async (option, value, message) => {
    const { code, stderr } = await simulate(fleet('1'), null, option, value);
    expect(code).toBe(1);
    expect(stderr).toMatch(message);
  });

  it('is to name two beginnings', async () => {
    const { code, stderr } = await simulate(fleet('1'), fleet('2'), '--running');
    expect(code).toBe(1);
    expect(stderr).toMatch(/'--commit <directory>' cannot be used with option '--running'/);
  });
});

it('ends with 130 where the person does not want to wait', async () => {
  using scratch = new Scratch(fleet('1'));
  const { code, stderr } = await run(['simulate', scratch.path, '--lose', 'h1'], {
    signal: AbortSignal.abort(),
  });
  expect(code).toBe(130);
  expect(stderr).toMatch(/^ended by request after /);
});

describe('with a running controller', () => {
  let harness: ApiHarness;
  beforeAll(async () => {
    harness = await startApiHarness({ 'web.yaml': service('web', '1', SPEC) });
    await eventually('the host is seen', { deadlineMs: 5_000 }, async () =>
      (await harness.client.ask('status')).hosts.some(({ state }) => state === 'fresh'),
    );
  });
  afterAll(() => harness[Symbol.asyncDispose]());

  /** In a process of its own: the controller in this one works in real time. */
  const simulateThere = (...args: string[]) =>
    runProgram(['simulate', 'manifests', '--socket', harness.socketPath, ...args], {
      cwd: harness.directory,
    });

  it('begins with what that knows', async () => {
    harness.write({ 'api.yaml': service('api', '1') });
    const { code, stdout } = await simulateThere('--json');
    const report = JSON.parse(stdout);
    expect(code).toBe(0);
    expect(report.from).toMatch(/^[0-9a-f]{40}$/);
    expect(report.from).not.toBe(report.commit);
    expect(report.services.map((s: { service: string; change: string }) => [s.service, s.change])).toEqual([
      ['default/api', 'added'],
      ['default/web', 'unchanged'],
    ]);
    expect(report.hosts).toMatchObject([{ host: 'h1', knownFrom: 'engine' }]);
  });

  it('needs one', async () => {
    using scratch = new Scratch(fleet('1'));
    const { code, stderr } = await run(['simulate', scratch.path, '--running'], {
      env: { HOME: scratch.path, PLIMSOLL_SOCKET: `${scratch.path}/none.sock` },
    });
    expect(code).toBe(1);
    expect(stderr).toContain(`no controller runs at ${scratch.path}/none.sock: there is no such socket`);
  });
});
