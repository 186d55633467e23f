// What is wrong with a plimsoll.yaml is said at its line and column, with the way to correct it, and
// without ever repeating what could be a secret.

import { describe, expect, it } from 'vitest';
import { loadConfig } from '../../src/config/load.ts';
import { formatProblem } from '../../src/kernel/errors.ts';
import { configDirectory, ENVIRONMENT, problemsOf } from './config-directory.ts';

const BASE = 'controller: {id: main}\n';
const SOURCES = 'sources: [{id: a, url: /srv/a.git}]\n';

describe('mistakes', () => {
  it.each([
    [
      'an unknown key',
      `${BASE}${SOURCES}registris: []\n`,
      '3:1 `registris` is not a known key',
      'Did you mean',
    ],
    [
      'an unknown key inside',
      `${BASE}sources:\n  - id: a\n    url: /srv/a.git\n    force_push: hold\n`,
      '5:5 `sources[0].force_push` is not a known key',
      'Did you mean `forcePush`?',
    ],
    [
      'an unknown key in a map by name',
      `${BASE}${SOURCES}ssh: {keys: {default: {privatekey: "file:k"}}}\n`,
      '3:24 `ssh.keys.default.privatekey` is not a known key',
      'Did you mean `privateKey`?',
    ],
    ['no controller', SOURCES, '1:1 controller: is missing', ''],
    ['no source', `${BASE}sources: []\n`, '2:10 sources: needs at least one source', ''],
    [
      'a wrong type',
      `${BASE}sources: [{id: a, url: /srv/a.git, fleet: yes please}]\n`,
      '2:43 sources[0].fleet: expected',
      '',
    ],
    ['a wrong id', `controller: {id: Main}\n${SOURCES}`, '1:18 controller.id: must consist of', ''],
    [
      'a wrong word',
      `${BASE}${SOURCES}log: {level: verbose}\n`,
      '3:14 log.level: `verbose` is not one of',
      '',
    ],
    [
      'a wrong duration',
      `${BASE}sources: [{id: a, url: /srv/a.git, poll: 30}]\n`,
      'sources[0].poll: expected a duration',
      '',
    ],
    [
      'too short a poll',
      `${BASE}sources: [{id: a, url: /srv/a.git, poll: 10ms}]\n`,
      'sources[0].poll: must be at least 1s',
      '',
    ],
    ['branch and tag', `${BASE}sources: [{id: a, url: /srv/a.git, branch: b, tag: t}]\n`, 'not both', ''],
    ['a path that leaves', `${BASE}sources: [{id: a, url: /srv/a.git, path: ../b}]\n`, 'without `..`', ''],
    [
      'plain http',
      `${BASE}sources: [{id: a, url: "http://git.lan/a.git"}]\n`,
      'sources[0].url: http is not encrypted',
      'insecure',
    ],
    [
      'git://',
      `${BASE}sources: [{id: a, url: "git://git.lan/a.git"}]\n`,
      'sources[0].url: is no address',
      '',
    ],
    ['ext::', `${BASE}sources: [{id: a, url: "ext::sh -c id"}]\n`, 'sources[0].url: contains blanks', ''],
    [
      'ssh without host keys',
      `${BASE}sources: [{id: a, url: "ssh://git@git.lan/a.git"}]\n`,
      'ssh needs the host keys',
      'hostKeys',
    ],
    [
      'ssh without a key',
      `${BASE}sources: [{id: a, url: "git@git.lan:a.git", hostKeys: ["SHA256:${'A'.repeat(43)}"]}]\n`,
      'there is no key `default`',
      'privateKey',
    ],
    [
      'an agent for a source',
      `${BASE}ssh: {keys: {default: {agent: true}}}\nsources: [{id: a, url: "git@git.lan:a.git", hostKeys: ["SHA256:${'A'.repeat(43)}"]}]\n`,
      'through an SSH agent',
      'privateKey',
    ],
    [
      'a password for ssh',
      `${BASE}ssh: {keys: {default: {privateKey: "file:keys/id_ed25519"}}}\nsources: [{id: a, url: "git@git.lan:a.git", hostKeys: ["SHA256:${'A'.repeat(43)}"], credential: {password: "env:FLEET_TOKEN"}}]\n`,
      'a password is for https only',
      '',
    ],
    [
      'two sources of one id',
      `${BASE}sources:\n  - {id: a, url: /srv/a.git}\n  - {id: a, url: /srv/b.git}\n`,
      '4:10 sources[1].id: stands twice',
      '',
    ],
    [
      'a registry with a path',
      `${BASE}${SOURCES}registries: [{registry: ghcr.io/shop}]\n`,
      '`ghcr.io/shop` is no registry',
      '',
    ],
    [
      'a registry with a scheme',
      `${BASE}${SOURCES}registries: [{registry: "https://ghcr.io"}]\n`,
      'is no registry',
      '',
    ],
    [
      'a user without a password',
      `${BASE}${SOURCES}registries: [{registry: ghcr.io, username: a}]\n`,
      'needs both',
      '',
    ],
    [
      'http without a token',
      `${BASE}${SOURCES}listen: {http: {port: 80}}\n`,
      'listen: `http` needs `syncToken`',
      '',
    ],
    [
      'a short token',
      `${BASE}${SOURCES}listen: {http: {port: 80}, syncToken: "file:secrets/short"}\n`,
      '3:39 listen.syncToken: the token is shorter than 16 characters',
      'openssl rand',
    ],
    [
      'a wrong override',
      `${BASE}${SOURCES}overrides: {hosts: {a: {address: "http://x"}}}\n`,
      'overrides.hosts.a.address: an address is',
      '',
    ],
    [
      'a wrong image',
      `${BASE}${SOURCES}overrides: {images: {nginx: "Not OK"}}\n`,
      'overrides.images.nginx: is no name',
      '',
    ],
    [
      'a host that is none',
      `${BASE}${SOURCES}overrides: {hosts: {A_B: {}}}\n`,
      '3:21 overrides.hosts.A_B: must consist of',
      '',
    ],
    [
      'a port beyond',
      `${BASE}${SOURCES}listen: {http: {port: 70000}, syncToken: env:FLEET_TOKEN}\n`,
      'a port lies between',
      '',
    ],
    ['broken YAML', `${BASE}sources: [\n`, '', 'Correct the YAML'],
    ['a key twice', `${BASE}${BASE}${SOURCES}`, '2:1 the key `controller` stands twice', ''],
    ['__proto__', `${BASE}${SOURCES}__proto__: {a: 1}\n`, '3:1 the key `__proto__` is not allowed', ''],
    ['two documents', `${BASE}${SOURCES}---\n${BASE}${SOURCES}`, 'only one document', ''],
    ['nothing', '', 'is empty', ''],
    ['a list', '- a\n', 'expected a map, got a list', ''],
  ])('%s', async (_, yaml, text, hint) => {
    const { texts, codes, hints } = await problemsOf(yaml);
    expect(texts.join('\n')).toContain(text);
    expect(hints.join('\n')).toContain(hint);
    expect(new Set(codes)).toEqual(new Set(['config/invalid']));
  });

  it('are all reported at once, in the order of the file', async () => {
    const { texts } = await problemsOf(
      'controler: {id: main}\nsources:\n  - id: A\n    url: /srv/a.git\n    x: 1\n',
    );
    expect(texts).toEqual([
      expect.stringMatching(/^1:1 controller: is missing/),
      expect.stringMatching(/^1:1 `controler` is not a known key/),
      expect.stringMatching(/^3:9 sources\[0\]\.id/),
      expect.stringMatching(/^5:5 `sources\[0\]\.x` is not a known key/),
    ]);
  });
});

describe('secrets', () => {
  const registries = (password: string): string =>
    `${BASE}${SOURCES}registries:\n  - registry: ghcr.io\n    username: shop\n    password: ${password}\n`;

  it.each([
    ['written out', 'hunter2secret', 'must be a reference to a secret', 'config/invalid'],
    [
      'written out with a colon',
      '"vault:hunter2secret"',
      'must be a reference to a secret',
      'config/invalid',
    ],
    ['written out as a number', '28374659', 'expected a reference to a secret', 'config/invalid'],
    ['in a file that is missing', 'file:secrets/none', 'there is no such file', 'config/secret-unreadable'],
    ['in a directory', 'file:secrets', 'it is a directory', 'config/secret-unreadable'],
    ['in an empty file', 'file:secrets/empty', 'is empty', 'config/secret-unreadable'],
    ['in a huge file', 'file:secrets/large', 'larger than 64 KiB', 'config/secret-unreadable'],
    ['in a variable that is not set', 'env:NOWHERE', 'NOWHERE is not set', 'config/secret-unreadable'],
    ['in a variable with an odd name', 'env:A-B', 'must be a reference to a secret', 'config/invalid'],
    ['nowhere', '"file:"', 'must be a reference to a secret', 'config/invalid'],
  ])('%s: refused at its place', async (_, password, text, code) => {
    const { texts, codes, hints } = await problemsOf(registries(password));
    expect(texts).toHaveLength(1);
    expect(texts[0]).toContain('6:15 registries[0].password: ');
    expect(texts[0]).toContain(text);
    expect(codes).toEqual([code]);
    if (password.startsWith('env:N'))
      expect(hints[0]).toMatch(/^Set NOWHERE in the environment of `plimsoll serve`/);
    expect([...texts, ...hints].join()).not.toMatch(/hunter2|28374659/);
  });

  it.each([
    [0o644, 'can be read by everybody'],
    [0o604, 'can be read by everybody'],
    [0o660, 'can be changed by others'],
  ])('in a file of mode %o: refused, with the command that helps', async (mode, text) => {
    const { file, directory, chmod } = configDirectory(registries('file:secrets/ghcr'));
    chmod('secrets/ghcr', mode);
    const loaded = await loadConfig(file, ENVIRONMENT);
    expect(loaded).toMatchObject({ ok: false, error: [{ code: 'config/secret-unreadable' }] });
    const shown = loaded.ok ? '' : loaded.error.map(formatProblem).join();
    expect(shown).toContain(text);
    expect(shown).toContain(`chmod 600 ${directory}/secrets/ghcr`);
    expect(shown).not.toContain('ghcr-password');
  });

  it.each([0o600, 0o640, 0o400])('in a file of mode %o: read', async (mode) => {
    const { file, chmod } = configDirectory(registries('file:secrets/ghcr'));
    chmod('secrets/ghcr', mode);
    expect((await loadConfig(file, ENVIRONMENT)).ok).toBe(true);
  });

  it('in an address: refused, and not repeated', async () => {
    const { texts, hints } = await problemsOf(
      `${BASE}sources: [{id: a, url: "https://bot:hunter2@git.lan/a.git"}]\n`,
    );
    expect(texts[0]).toContain('contains a user or password');
    expect([...texts, ...hints].join()).not.toContain('hunter2');
  });

  it('that are no key or certificate: refused', async () => {
    const { texts } = await problemsOf(
      `${BASE}${SOURCES}ssh: {keys: {default: {privateKey: "file:secrets/ghcr"}}}\n` +
        'tls: {default: {ca: secrets/ghcr, certificate: tls/cert.pem, privateKey: "file:tls/cert.pem"}}\n',
    );
    expect(texts).toEqual([
      expect.stringContaining('ssh.keys.default.privateKey: is no private key'),
      expect.stringContaining('tls.default.ca: secrets/ghcr holds no certificate'),
      expect.stringContaining('tls.default.privateKey: is no private key'),
    ]);
  });

  it('of a key that cannot be read are reported once, not again by each source that uses it', async () => {
    const { texts } = await problemsOf(
      `${BASE}ssh: {keys: {default: {privateKey: "file:keys/none"}}}\n` +
        `sources: [{id: a, url: "git@git.lan:a.git", hostKeys: ["SHA256:${'A'.repeat(43)}"]}]\n`,
    );
    expect(texts).toEqual([expect.stringContaining('ssh.keys.default.privateKey: keys/none cannot be read')]);
  });
});
