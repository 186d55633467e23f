// plimsoll.yaml: what is read, what is filled in, and where everything lies.

import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { loadConfig } from '../../src/config/load.ts';
import { defaultDataDir, defaultSocketPath } from '../../src/config/places.ts';
import { EXAMPLE } from '../../src/config/reference.ts';
import { Sealed } from '../../src/kernel/sealed.ts';
import { configDirectory, mustLoad, TOKEN } from './config-directory.ts';

const MINIMAL = `controller: {id: main}
sources: [{id: fleet, url: ./fleet.git, fleet: true}]
store: {path: data/store.db}
`;

describe('a small file', () => {
  it('gets every default', async () => {
    const { config, directory } = await mustLoad(MINIMAL);
    expect(config).toMatchObject({
      path: path.join(directory, 'plimsoll.yaml'),
      controllerId: 'main',
      registries: [],
      insecurePrivateRegistries: false,
      store: { path: path.join(directory, 'data/store.db'), auditKeep: 100_000 },
      listen: { http: null },
      overrides: { hosts: {}, images: {} },
      limits: {
        actionsPerHost: 8,
        pullsPerHost: 3,
        resyncMs: 60_000,
        auditMs: 1_000,
        leaseMs: 15_000,
        housekeepingMs: 300_000,
        keepStoppedMs: 600_000,
      },
      logLevel: 'info',
    });
    expect(config.sources).toEqual([
      {
        id: 'fleet',
        url: path.join(directory, 'fleet.git'),
        transport: 'file',
        ref: { kind: 'branch', name: 'main' },
        path: '',
        fleet: true,
        pollMs: 30_000,
        credential: null,
        caFile: null,
        allowInsecureHttp: false,
        forcePush: 'hold',
        prune: 'correct',
        selfHeal: 'correct',
        governor: { percent: 20, min: 5 },
      },
    ]);
  });

  it('puts store, repositories and socket where the user has a place for them', () => {
    const root = { env: { XDG_RUNTIME_DIR: '/run/user/0' }, uid: 0, home: '/root' };
    expect(defaultDataDir(root)).toBe('/var/lib/plimsoll');
    expect(defaultSocketPath(root)).toBe('/run/plimsoll/plimsoll.sock');
    const user = { env: { XDG_RUNTIME_DIR: '/run/user/7' }, uid: 7, home: '/home/ops' };
    expect(defaultDataDir(user)).toBe('/home/ops/.local/share/plimsoll');
    expect(defaultSocketPath(user)).toBe('/run/user/7/plimsoll/plimsoll.sock');
    const bare = { env: { XDG_DATA_HOME: '/data/ops' }, uid: 7, home: '/home/ops' };
    expect(defaultDataDir(bare)).toBe('/data/ops/plimsoll');
    expect(defaultSocketPath(bare)).toBe('/data/ops/plimsoll/plimsoll.sock');
  });

  it('follows dataDir with the store and the copies of repositories', async () => {
    const yaml = MINIMAL.replace('store: {path: data/store.db}', 'dataDir: ~/state');
    const { config } = await mustLoad(yaml);
    expect(config.store.path).toBe('/home/ops/state/store.db');
    expect(config.gitCacheDir).toBe('/home/ops/state/git');
  });

  it('may be JSON', async () => {
    const json = JSON.stringify({ controller: { id: 'main' }, sources: [{ id: 'a', url: '/srv/a.git' }] });
    expect((await mustLoad(json)).config.sources[0]?.url).toBe('/srv/a.git');
  });
});

describe('the example of the reference page', () => {
  it('is read, with its secrets sealed', async () => {
    const { config } = await mustLoad(EXAMPLE);
    const [fleet, shop] = config.sources;
    expect(fleet).toMatchObject({ transport: 'https', credential: { kind: 'basic', username: 'git' } });
    expect(fleet?.credential?.kind === 'basic' && fleet.credential.password.open()).toBe('fleet-token');
    expect(shop).toMatchObject({
      transport: 'ssh',
      ref: { kind: 'tag', name: 'production' },
      path: 'deploy',
      credential: { kind: 'ssh', hostKeys: ['SHA256:uNiVztksCsDhcc0u9e8BrrYXVUpX9BRYHpfNb6jjbUY'] },
    });
    expect(config.registries[0]?.credential?.password.open()).toBe('ghcr-password');
    expect(config.listen.http).toMatchObject({ address: '0.0.0.0', port: 8470 });
    expect(config.listen.http?.syncToken.open()).toBe(TOKEN);
    expect(config.limits.keepStoppedMs).toBe(3_600_000);
    for (const secret of ['fleet-token', 'ghcr-password', TOKEN, 'OPENSSH']) {
      expect(JSON.stringify(config)).not.toContain(secret);
    }
  });
});

describe('every part', () => {
  it('is understood', async () => {
    const { config, directory } = await mustLoad(
      `controller: {id: main}
sources:
  - id: tools
    url: http://git.lan/tools.git
    insecure: true
    poll: 5s
    forcePush: follow
    prune: report
    selfHeal: report
    deletionGuard: {percent: 50, min: 1}
  - {id: private, url: "https://git.lan/x.git", ca: tls/ca.pem, credential: {username: bot, password: "env:FLEET_TOKEN"}}
  - {id: mono, url: "ssh://git@git.lan:2222/mono.git", hostKeys: ["ssh-ed25519 ${'A'.repeat(68)}"], credential: {key: deploy}}
ssh:
  keys:
    deploy: {privateKey: file:keys/id_ed25519, passphrase: env:FLEET_TOKEN}
    people: {agent: true}
tls:
  default: {ca: tls/ca.pem, certificate: tls/cert.pem, privateKey: file:tls/key.pem}
registries:
  - {registry: "10.1.2.3:5000", insecure: true}
  - {registry: registry.lan, ca: tls/ca.pem}
insecurePrivateRegistries: true
store: {path: /srv/store.db, auditEntries: 500}
git: {cacheDir: cache}
listen: {socket: api.sock}
overrides:
  hosts: {fra-1: {as: local}, fra-2: {as: local, address: "unix:///var/run/docker.sock"}}
  images: {nginx: "registry.lan/nginx", "postgres:16": "registry.lan/pg:16"}
limits: {actionsPerHost: 2, pullsPerHost: 1, resync: 30s, lease: 5s, housekeeping: {every: 1m, keepStopped: "0"}}
log: {level: debug}
`,
    );
    expect(config.sources).toMatchObject([
      {
        allowInsecureHttp: true,
        pollMs: 5_000,
        forcePush: 'follow',
        prune: 'report',
        selfHeal: 'report',
        governor: { percent: 50, min: 1 },
      },
      { caFile: path.join(directory, 'tls/ca.pem'), credential: { username: 'bot' } },
      { credential: { kind: 'ssh', passphrase: expect.any(Sealed) } },
    ]);
    expect([...config.sshKeys.keys()]).toEqual(['deploy', 'people']);
    expect(config.sshKeys.get('people')).toEqual({ kind: 'agent', socketPath: '/run/agent.sock' });
    expect(config.tlsKeys.get('default')).toMatchObject({
      kind: 'tls',
      certificate: expect.stringContaining('BEGIN CERTIFICATE'),
    });
    expect(config.registries).toMatchObject([
      { registry: '10.1.2.3:5000', insecure: true, ca: null, credential: null },
      { registry: 'registry.lan', insecure: false, ca: expect.stringContaining('BEGIN CERTIFICATE') },
    ]);
    expect(config.insecurePrivateRegistries).toBe(true);
    expect(config.store).toEqual({ path: '/srv/store.db', auditKeep: 500 });
    expect(config.gitCacheDir).toBe(path.join(directory, 'cache'));
    expect(config.listen.socketPath).toBe(path.join(directory, 'api.sock'));
    expect(config.overrides).toEqual({
      hosts: { 'fra-1': { as: 'local' }, 'fra-2': { as: 'local', address: 'unix:///var/run/docker.sock' } },
      images: { nginx: 'registry.lan/nginx', 'postgres:16': 'registry.lan/pg:16' },
    });
    expect(config.limits).toEqual({
      actionsPerHost: 2,
      pullsPerHost: 1,
      resyncMs: 30_000,
      auditMs: 1_000,
      leaseMs: 5_000,
      housekeepingMs: 60_000,
      keepStoppedMs: 0,
    });
    expect(config.logLevel).toBe('debug');
  });

  it.each([
    ['https://git.example.com/a.git', 'https'],
    ['/srv/a.git', 'file'],
    ['./a.git', 'file'],
    ['../a.git', 'file'],
    ['~/a.git', 'file'],
    ['file:///srv/a.git', 'file'],
  ])('a repository at %s is %s', async (url, transport) => {
    const { config } = await mustLoad(`{controller: {id: main}, sources: [{id: a, url: "${url}"}]}`);
    expect(config.sources[0]?.transport).toBe(transport);
    if (transport === 'file') expect(path.isAbsolute(config.sources[0]?.url ?? '')).toBe(true);
  });
});

describe('a file that is not there', () => {
  it('is named, with a way to make one', async () => {
    const { directory } = configDirectory('');
    expect(await loadConfig(path.join(directory, 'other.yaml'), {})).toMatchObject({
      ok: false,
      error: [{ code: 'config/missing', hint: expect.stringContaining('plimsoll init') }],
    });
  });
});
