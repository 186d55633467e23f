// A person at work with the real program: hosts are added over SSH, a push through the Git hook deploys,
// containers are looked into, a broken push is explained and undone, everything also from another machine.

import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { copyFileSync, existsSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { tryCommand } from '../lab/command.ts';
import { eventually } from '../lab/eventually.ts';
import type { LabRepository } from '../lab/git-repository.ts';
import { type Lab, startLab } from '../lab/lab.ts';
import { cleanEnvironment, type Outcome, ROOT, type RunOptions, run, runProgram } from './command-line.ts';

let lab: Lab;
let repository: LabRepository;
let home: string;
let work: string;
let config: string;
let socket: string;
let server: ChildProcess | null = null;
let served = '';

const CONVERGES_MS = 60_000;

/** What git and its hook get: a home without configuration, and Node in the path. */
const environment = (): Record<string, string> => ({
  ...cleanEnvironment(),
  HOME: home,
  GIT_CONFIG_NOSYSTEM: '1',
  GIT_AUTHOR_NAME: 'Ada',
  GIT_AUTHOR_EMAIL: 'ada@example.com',
  GIT_COMMITTER_NAME: 'Ada',
  GIT_COMMITTER_EMAIL: 'ada@example.com',
});

const plimsoll = (line: string | readonly string[], options: RunOptions = {}): Promise<Outcome> => {
  const args = typeof line === 'string' ? line.split(' ') : line;
  return run([...args], { ...options, env: { HOME: home, PLIMSOLL_SOCKET: socket, ...options.env } });
};

const json = async (line: string) => JSON.parse((await plimsoll(`${line} --json`)).stdout);

async function git(...args: string[]): Promise<Outcome> {
  const { code, stdout, stderr } = await tryCommand('git', ['-C', work, ...args], {
    environment: environment(),
    deadlineMs: 120_000,
  });
  return { code: code ?? -1, stdout, stderr };
}

/** Commits what is in the work tree and pushes it; what the pusher sees. */
async function push(files: Readonly<Record<string, string>>): Promise<Outcome> {
  for (const [name, text] of Object.entries(files)) writeFileSync(join(work, 'manifests', name), text);
  await git('add', '--all');
  await git('commit', '--quiet', '--message', 'a change');
  return git('push', '--quiet', 'origin', 'HEAD:main');
}

const web = (image: string): string => `apiVersion: plimsoll.dev/v1
kind: Service
metadata: { name: web }
spec:
  image: ${image}
  replicas: 2
  mem_limit: 64m
  ports: ["18080:8080"]
  readiness: { http: { path: /, port: 8080 }, period: 200ms }
  rollout: { minHealthy: 200ms, progressDeadline: 20s, maxUnavailable: 1, maxSurge: 0 }
`;

async function serve(): Promise<void> {
  served = '';
  server = spawn(process.execPath, [join(ROOT, 'src/main.ts'), 'serve', '--config', config], {
    env: environment(),
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const keep = (data: Buffer): void => {
    served += data;
  };
  server.stdout?.on('data', keep);
  server.stderr?.on('data', keep);
  await eventually('the controller listens', { deadlineMs: 20_000, evidence: () => served }, () =>
    served.includes('listens on'),
  );
}

/** Ends it as systemd does; its exit code. */
async function stopServing(): Promise<number | null> {
  const ending = server;
  server = null;
  if (ending === null || ending.exitCode !== null) return ending?.exitCode ?? null;
  ending.kill('SIGTERM');
  const [code] = await once(ending, 'exit');
  return code;
}

beforeAll(async () => {
  lab = await startLab({ hosts: 2 });
  repository = await lab.git.createRepository('fleet');
  symlinkSync(join(ROOT, 'hooks/post-receive'), join(repository.path, 'hooks/post-receive'));
  home = join(lab.directory, 'home');
  work = join(lab.directory, 'work');
  socket = join(lab.directory, 'run', 'plimsoll.sock');
  config = join(lab.directory, 'plimsoll.yaml');
  mkdirSync(join(home, '.ssh'), { recursive: true });
  copyFileSync(lab.ssh.knownHostsPath, join(home, '.ssh/known_hosts'));
  mkdirSync(join(work, 'manifests'), { recursive: true });
  writeFileSync(
    config,
    `controller: { id: lab }
dataDir: ${join(lab.directory, 'data')}
insecurePrivateRegistries: true
ssh:
  keys:
    default: { privateKey: "file:${lab.ssh.key.privateKeyPath}" }
    strict: { privateKey: "file:${lab.ssh.dialStdioKey.privateKeyPath}" }
listen: { socket: ${socket} }
sources: [{ id: main, url: ${repository.path}, path: manifests, fleet: true, poll: 1h }]
`,
    { mode: 0o600 },
  );
  await git('init', '--quiet', '--initial-branch=main');
  await git('remote', 'add', 'origin', repository.path);
  await tryCommand('git', ['-C', repository.path, 'config', 'plimsoll.socket', socket]);
});
afterAll(async () => {
  await stopServing();
  await lab.stop();
});

describe('host add', () => {
  const add = (name: string, ...more: string[]): Promise<Outcome> =>
    plimsoll([
      'host',
      'add',
      lab.host(name).url,
      '--name',
      name,
      '--config',
      config,
      '--directory',
      join(work, 'manifests'),
      ...more,
    ]);

  it('shows the key, and writes nothing while nobody has confirmed it', async () => {
    const { code, stdout, stderr } = await add('h1');
    expect(code).toBe(1);
    expect(stdout).toMatch(/^10\..* shows the ssh-ed25519 key SHA256:/);
    expect(stderr).toMatch(
      /^the host key is not confirmed \(command\/usage\)\n {2}→ Compare it .* pass --fingerprint SHA256:/,
    );
  });

  it('refuses another key than the one that is expected', async () => {
    const wrong = `SHA256:${'A'.repeat(43)}`;
    const { code, stderr } = await add('h1', '--fingerprint', wrong);
    expect(code).toBe(1);
    expect(stderr).toContain(`not ${wrong} (host/key-mismatch)`);
    expect(existsSync(join(work, 'manifests/h1.yaml'))).toBe(false);
  });

  it('checks the host and pins its key', async () => {
    const shown = (await add('h1')).stderr;
    const fingerprint = /SHA256:[A-Za-z0-9+/]{43}/.exec(shown)?.[0] ?? '';
    const { code, stdout, stderr } = await add('h1', '--fingerprint', fingerprint);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    for (const check of [
      'reachable',
      'hostKey',
      'login',
      'engine',
      'permission',
      'clock',
      'disk',
      'sessions',
      'ports',
    ])
      expect(stdout).toMatch(new RegExp(`✔ ${check} `));
    expect(stdout).toMatch(/! liveRestore +a restart of the engine stops every container/);
    const manifest = readFileSync(join(work, 'manifests/h1.yaml'), 'utf8');
    expect(manifest).toContain(`hostKey: ${lab.host('h1').hostKey.split(' ').slice(0, 2).join(' ')}`);
  });

  it('asks a person at a terminal', async () => {
    const ask = (input: string): Promise<Outcome> =>
      plimsoll(
        ['host', 'add', lab.host('h2').url, '--no-check', '--directory', join(lab.directory, 'asked')],
        { input, isTTY: true, env: { NO_COLOR: '1' } },
      );
    expect((await ask('\n')).stderr).toContain('the key was not confirmed; nothing is written');
    const { code, stdout } = await ask('y\n');
    expect(code).toBe(0);
    expect(stdout).toContain('ssh-keygen -lf');
  });

  it('says what a strict key cannot do', async () => {
    const { code, stdout } = await add('h2', '--yes', '--credential', 'strict');
    expect(code).toBe(0);
    expect(stdout).toMatch(/! sessions +the key may only run `docker system dial-stdio`/);
    expect(stdout).toMatch(/\? disk +the free space .* is not known/);
    await tryCommand('rm', [join(work, 'manifests/h2.yaml')]);
  });

  it('adds a second one', async () => {
    expect(await add('h2', '--yes')).toMatchObject({ code: 0 });
  });
});

describe('a push', () => {
  it('without a controller is stored, and the pusher is told', async () => {
    const { code, stderr } = await push({});
    expect(code).toBe(0);
    expect(stderr).toContain('no controller runs at');
    expect(stderr).toContain('plimsoll: the push is stored');
  });

  it('deploys, and shows the progress to the pusher', async () => {
    await serve();
    const image = await lab.images.web('1');
    const { code, stderr } = await push({ 'web.yaml': web(image.ref) });
    expect(code).toBe(0);
    expect(stderr).toMatch(/remote: source main: commit [0-9a-f]{12} is in force: a change/);
    expect(stderr).toMatch(/remote: default\/web: ready, 2 of 2 ready/);
    expect(stderr).toMatch(/remote: .*converged: 1 service as commit [0-9a-f]{12} says/);
    for (const host of lab.hosts) expect(await host.docker.listContainers()).toHaveLength(1);
  });

  it('leaves nothing to do', async () => {
    expect(await plimsoll('plan')).toMatchObject({
      code: 0,
      stdout: expect.stringMatching(/nothing to do\n$/),
    });
    const directory = join(work, 'manifests');
    expect(await plimsoll(['plan', directory, '--config', config])).toMatchObject({
      code: 0,
      stdout: expect.stringMatching(/nothing to do\n$/),
      stderr: '',
    });
    expect(await json('status')).toMatchObject({
      phase: 'converged',
      services: [{ name: 'web', ready: 2, phase: 'ready' }],
      hosts: [
        { name: 'h1', state: 'fresh' },
        { name: 'h2', state: 'fresh' },
      ],
    });
  });
});

describe('describe', () => {
  it('shows the image that runs, and the ports of host and container', async () => {
    const image = await lab.images.web('1');
    const { stdout } = await plimsoll('describe web');
    expect(stdout).toContain(`\nimage:       ${image.ref}\n`);
    expect(stdout).toMatch(
      /\n0 .* ready for \S+ +running +h\d:18080->8080\/tcp\n1 .* h\d:18080->8080\/tcp\n/,
    );
    expect(stdout).toMatch(/\n\nbecause: first deployment\n$/);
  });

  it('says how old the picture of a host is that does not answer', async () => {
    await lab.host('h2').cutOff();
    await eventually('the host is missed', { deadlineMs: 60_000, intervalMs: 500 }, async () => {
      const { hosts } = await json('status');
      return hosts.some((host: { state: string }) => host.state === 'unreachable');
    });
    const { stdout } = await plimsoll('describe web');
    const check = await plimsoll('status --check');
    await lab.host('h2').heal();
    expect(stdout).toMatch(/ h2 .* ready, as of \S+ ago \(host h2 does not answer\) +was running /);
    expect(check).toMatchObject({
      code: 3,
      stdout: expect.stringMatching(/^default\/web is \w+: .*\nhost h2 is unreachable: .*\n$/),
    });
    await eventually('the host is back', { deadlineMs: 60_000, intervalMs: 500 }, async () => {
      return (await plimsoll('status --check')).code === 0;
    });
  }, 150_000);
});

describe('logs', () => {
  it('come from all containers, with their names', async () => {
    const { code, stdout } = await plimsoll('logs web');
    expect(code).toBe(0);
    const lines = stdout.trim().split('\n').sort();
    expect(lines).toEqual([
      'web.0 | web 1 serves',
      'web.0 | web 1 starts',
      'web.1 | web 1 serves',
      'web.1 | web 1 starts',
    ]);
  });

  it('can be cut and chosen', async () => {
    const { stdout } = await plimsoll('logs web --instance 1 --tail 1 --no-prefix');
    expect(stdout).toBe('web 1 serves\n');
  });

  it('are followed until the person has seen enough', async () => {
    const over = new AbortController();
    const following = plimsoll('logs -f web --tail 0 --no-prefix', { signal: over.signal });
    await eventually('the line has come', { deadlineMs: 15_000, intervalMs: 500 }, async () => {
      await plimsoll(['exec', 'web', 'sh', '-c', 'echo seen > /proc/1/fd/1']);
      return true;
    });
    setTimeout(() => over.abort(), 1_500);
    expect((await following).stdout).toContain('seen\n');
  });
});

describe('exec', () => {
  it('gives output and exit code of the command', async () => {
    const outcome = await plimsoll(['exec', 'web', 'sh', '-c', 'echo out; echo err >&2; exit 3']);
    expect(outcome).toEqual({ code: 3, stdout: 'out\n', stderr: 'err\n' });
  });

  it('hands over options that are not its own', async () => {
    expect((await plimsoll('exec web ls -d /www')).stdout).toBe('/www\n');
  });

  it('takes its own options behind the name as well', async () => {
    expect((await plimsoll('exec web --instance 1 -- ls -d /www')).stdout).toBe('/www\n');
    expect((await plimsoll('exec web --instance 7 -- ls')).stderr).toContain(
      'no container with the ordinal 7',
    );
  });

  it('sends standard input, all of it', async () => {
    const input = 'x'.repeat(3_000_000);
    const { stdout, code } = await plimsoll('exec -i web wc -c', { input });
    expect({ code, count: stdout.trim() }).toEqual({ code: 0, count: '3000000' });
  });

  it('gives the command a terminal of the right size', async () => {
    const { stdout } = await plimsoll(['exec', '-t', 'web', 'sh', '-c', 'sleep 0.3; stty size'], {
      isTTY: true,
    });
    expect(stdout.trim()).toBe('10 100');
  });

  it('refuses a terminal where there is none', async () => {
    expect((await plimsoll('exec -t web true')).stderr).toContain('there is no terminal here');
  });

  it('says that a command is not there', async () => {
    const { code, stdout, stderr } = await plimsoll('exec web no-such-program');
    expect(code).not.toBe(0);
    expect(stdout + stderr).toContain('no-such-program');
  });

  it('is in the audit, with the program and without its arguments', async () => {
    await plimsoll(['exec', 'web', 'echo', 'a-secret-argument']);
    const { entries } = await json('audit --limit 1');
    expect(entries[0]).toMatchObject({ event: 'command/exec', object: 'default/web' });
    expect(entries[0].because).toMatch(/^echo with 1 arguments in default\.web\./);
    expect(JSON.stringify(entries)).not.toContain('a-secret-argument');
  });
});

describe('from another machine', () => {
  const remote = (): string => `ssh://root@${lab.host('h1').address}${socket}`;
  const key = (): string => lab.ssh.key.privateKeyPath;

  it('the same is seen over SSH', async () => {
    const { code, stdout } = await plimsoll(
      ['status', '--json', '--controller', remote(), '--identity', key()],
      { env: { PLIMSOLL_SOCKET: '' } },
    );
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toEqual(await json('status'));
  });

  it('commands run over SSH as well', async () => {
    const { stdout } = await plimsoll(
      ['exec', '--controller', remote(), '--identity', key(), '-i', 'web', 'cat'],
      { input: 'hello' },
    );
    expect(stdout).toBe('hello');
  });

  it('a machine that is not known is not trusted', async () => {
    const stranger = join(lab.directory, 'stranger');
    mkdirSync(stranger);
    const { code, stderr } = await plimsoll(['status', '--controller', remote(), '--identity', key()], {
      env: { HOME: stranger },
    });
    expect(code).toBe(1);
    expect(stderr).toContain('is not in ~/.ssh/known_hosts (host/key-unknown)');
  });

  it('a machine that shows another key is not trusted', async () => {
    const fooled = join(lab.directory, 'fooled');
    mkdirSync(join(fooled, '.ssh'), { recursive: true });
    const wrong = lab.host('h2').hostKey.split(' ').slice(0, 2).join(' ');
    writeFileSync(join(fooled, '.ssh/known_hosts'), `${lab.host('h1').address} ${wrong}\n`);
    const { code, stderr } = await plimsoll(['status', '--controller', remote(), '--identity', key()], {
      env: { HOME: fooled },
    });
    expect(code).toBe(1);
    expect(stderr).toContain('(host/key-mismatch)');
  });

  it('a socket that nobody listens on is named', async () => {
    const address = `ssh://root@${lab.host('h1').address}/nonexistent.sock`;
    const { code, stderr } = await plimsoll(['status', '--controller', address, '--identity', key()]);
    expect(code).toBe(1);
    expect(stderr).toMatch(
      /^no controller can be reached at root@10\..*:\/nonexistent\.sock: .*\(command\/no-controller\)/,
    );
  });
});

describe('a broken push', () => {
  it('is stored, rolled back, and explained to the pusher', async () => {
    const broken = await lab.images.web('broken', { exitCode: 7 });
    const { code, stderr } = await push({ 'web.yaml': web(broken.ref) });
    expect(code).toBe(0);
    expect(stderr).toMatch(/remote: .*default\/web: rollingBack/);
    expect(stderr).toMatch(/remote: {3}default\/web is held: /);
    const { image, revision, desiredImage } = await json('describe web');
    expect(desiredImage).toBe(broken.ref);
    expect(image).toBe((await lab.images.web('1')).ref);
    expect(stderr).toContain(
      `remote: rolled back: default/web runs ${image} again (revision ${revision}), since the new revision failed: `,
    );
    expect(stderr.trim().split('\n').at(-1)).toMatch(/^remote: rolled back: default\/web runs /);
    expect(await json('status')).toMatchObject({ services: [{ ready: 2, phase: 'held' }] });
  }, 120_000);

  it('has a reason that `why` tells', async () => {
    const { chain } = await json('why web');
    const links = chain.map((l: { link: string }) => l.link);
    expect(links[0]).toBe('commit');
    expect(links).toContain('quarantine');
    expect(chain.find((l: { link: string }) => l.link === 'quarantine').because).toMatch(/failures in a row/);
  });

  it('has left logs of what ended', async () => {
    const { stdout } = await plimsoll('logs web --previous');
    expect(stdout).toMatch(/^web\.\d( [0-9a-f]{12}\.\d+)? +\| web broken starts$/m);
    const [, ...others] = new Set(
      stdout
        .trim()
        .split('\n')
        .map((line) => line.split(' | ')[0]),
    );
    expect(others.length).toBeGreaterThan(0);
  });

  it('of an image that is not there ends early, and says what to do', async () => {
    const startedMs = performance.now();
    const { ref } = await lab.images.web('1');
    const { stderr } = await push({ 'web.yaml': web(ref.replace(/:[^:/]*$/, ':nowhere')) });
    expect(stderr).toMatch(
      /remote: {3}default\/web is blocked: image .*:nowhere: .*\(image\/not-found\) → Push the image, or correct its name/,
    );
    expect(performance.now() - startedMs).toBeLessThan(20_000);
    expect(await json('status')).toMatchObject({ services: [{ ready: 2, phase: 'blocked' }] });
  });

  it('with a mistake is told with its place in the repository', async () => {
    const { stderr } = await push({ 'web.yaml': 'kind: Servce\n' });
    expect(stderr).toContain('remote: manifests/web.yaml:1:1: ');
    expect(served).toContain('manifests/web.yaml:1:1: ');
  });

  it('is mended by the next one', async () => {
    const image = await lab.images.web('2');
    const { stderr } = await push({ 'web.yaml': web(image.ref) });
    expect(stderr).toMatch(/remote: .*converged/);
  });

  it('shows in the history', async () => {
    const { rollouts } = await json('history web');
    expect(rollouts.map((r: { phase: string }) => r.phase)).toEqual(['succeeded', 'rolledBack', 'succeeded']);
  });
});

describe('steering', () => {
  it('goes back to the revision before, and stays there', async () => {
    const before = await json('describe web');
    const { code } = await plimsoll('rollback web --wait --timeout 60s');
    const after = await json('describe web');
    expect(after.revision).not.toBe(before.revision);
    expect(after.pin).toMatchObject({ revision: after.revision });
    expect(after.phase).toBe('held');
    expect(code).toBe(0);
    expect((await plimsoll('exec web cat /www/version')).stdout).toBe('1\n');
  });

  it('goes forward again on request', async () => {
    expect(await plimsoll('rollout retry web --wait --timeout 60s')).toMatchObject({ code: 0 });
    expect((await plimsoll('exec web cat /www/version')).stdout).toBe('2\n');
  });

  it('restarts by replacing containers', async () => {
    const ids = async (): Promise<string[]> =>
      (await Promise.all(lab.hosts.map((h) => h.docker.listContainers()))).flat().map((c) => c.Id);
    const before = await ids();
    expect(await plimsoll('restart web --wait --timeout 60s')).toMatchObject({ code: 0 });
    const after = await ids();
    expect(after).toHaveLength(2);
    expect(after.filter((id) => before.includes(id))).toEqual([]);
  });
});

describe('doctor', () => {
  it('finds the fleet well', async () => {
    const { code, stdout } = await plimsoll('doctor');
    expect(code).toBe(0);
    expect(stdout).not.toContain('✘');
  });

  it('says which host does not answer, and goes on with the others', async () => {
    await lab.host('h2').cutOff();
    const { code, stdout } = await plimsoll('doctor');
    await lab.host('h2').heal();
    expect(code).toBe(1);
    expect(stdout).toMatch(/✘ reachable +.*\(host\/unreachable\)/);
    expect(stdout).toMatch(/✔ engine +Docker/);
  });
});

describe('one controller at a time', () => {
  it('apply refuses while another controller holds the lease', async () => {
    const outcome = await plimsoll(['apply', join(work, 'manifests'), '--config', config]);
    expect(outcome.code).toBe(1);
    expect(outcome.stderr).toContain('(store/lease)');
  });

  it('a second serve refuses as well', async () => {
    const outcome = await runProgram(['serve', '--config', config], { cwd: work });
    expect(outcome.code).toBe(1);
    expect(outcome.stderr).toContain('(store/lease)');
  });

  it('serve ends cleanly: containers stay, the socket goes', async () => {
    expect(await stopServing()).toBe(0);
    expect(served).toContain('stopping; containers go on running');
    expect(existsSync(socket)).toBe(false);
    for (const host of lab.hosts) expect(await host.docker.listContainers()).toHaveLength(1);
  });
});

describe('apply', () => {
  const apply = (): Promise<Outcome> =>
    plimsoll(['apply', join(work, 'manifests'), '--config', config, '--timeout', '60s']);

  it(
    'makes the hosts as the directory says, and ends',
    async () => {
      const image = await lab.images.web('3');
      writeFileSync(join(work, 'manifests/web.yaml'), web(image.ref));
      const { code, stdout } = await apply();
      expect({ code, last: stdout.trim().split('\n').at(-1) }).toMatchObject({
        code: 0,
        last: expect.stringMatching(/^converged: 1 service/),
      });
      for (const host of lab.hosts)
        expect((await host.docker.listContainers())[0]?.Image).toContain(image.digest);
    },
    CONVERGES_MS * 2,
  );

  it('shows a mistake with its place and touches nothing', async () => {
    writeFileSync(join(work, 'manifests/web.yaml'), 'kind: Servce\n');
    const { code, stderr } = await apply();
    expect(code).toBe(1);
    expect(stderr).toContain('manifests/web.yaml:1:1: ');
    for (const host of lab.hosts) expect(await host.docker.listContainers()).toHaveLength(1);
  });
});
