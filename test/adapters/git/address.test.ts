// Which addresses, refs and paths a source may have.

import { describe, expect, it } from 'vitest';
import { formatAddress, parseAddress } from '../../../src/adapters/git/address.ts';
import type { SourceCredential } from '../../../src/adapters/git/credential.ts';
import { fullRefName, pathComponents } from '../../../src/adapters/git/ref.ts';
import { openGitRemote } from '../../../src/adapters/git/remote.ts';
import { PlimsollError } from '../../../src/kernel/errors.ts';
import { SourceId } from '../../../src/kernel/ids.ts';
import { Sealed } from '../../../src/kernel/sealed.ts';

const STRICT = { allowFile: false, allowInsecureHttp: false };
const OPEN = { allowFile: true, allowInsecureHttp: true };

describe('an address that is taken', () => {
  it.each([
    ['https://git.example.com/ops/fleet.git', 'https://git.example.com/ops/fleet.git'],
    ['https://git.example.com:8443/ops/fleet/', 'https://git.example.com:8443/ops/fleet'],
    ['http://127.0.0.1:3000/fleet.git', 'http://127.0.0.1:3000/fleet.git'],
    ['http://localhost/fleet.git', 'http://localhost/fleet.git'],
    ['http://[::1]:3000/fleet.git', 'http://[::1]:3000/fleet.git'],
    ['ssh://git@git.example.com/ops/fleet.git', 'ssh://git@git.example.com/ops/fleet.git'],
    ['ssh://git.example.com:2222/fleet.git', 'ssh://git@git.example.com:2222/fleet.git'],
    ['ssh://git@[2001:db8::1]:2222/fleet.git', 'ssh://git@[2001:db8::1]:2222/fleet.git'],
    ['ssh://git@git.example.com/~ops/fleet.git', 'ssh://git@git.example.com/~ops/fleet.git'],
    ['git@git.example.com:ops/fleet.git', 'git@git.example.com:ops/fleet.git'],
    ['git@git.example.com:/srv/fleet.git', 'ssh://git@git.example.com/srv/fleet.git'],
    ['git@[2001:db8::1]:/srv/fleet.git', 'ssh://git@[2001:db8::1]/srv/fleet.git'],
  ])('%s', (text, shown) => {
    const parsed = parseAddress(text, STRICT);
    expect(parsed.ok && formatAddress(parsed.value)).toBe(shown);
  });

  it.each([
    ['/srv/git/fleet.git/', '/srv/git/fleet.git'],
    ['file:///srv/git/with%20blank.git', '/srv/git/with blank.git'],
    ['http://git.example.com/fleet.git', 'http://git.example.com/fleet.git'],
  ])('where the configuration allows it: %s', (text, shown) => {
    const parsed = parseAddress(text, OPEN);
    expect(parsed.ok && formatAddress(parsed.value)).toBe(shown);
    expect(parseAddress(text, STRICT)).toMatchObject({ ok: false, error: { code: 'source/scheme' } });
  });
});

describe('an address that is refused', () => {
  it.each([
    ['ext::sh -c id', 'blanks'],
    ['ext::sh', 'an allowed scheme: ext:'],
    ['http::https://git.example.com/x', 'an allowed scheme'],
    ['git://git.example.com/fleet.git', 'an allowed scheme: git:'],
    ['ftp://git.example.com/fleet.git', 'an allowed scheme: ftp:'],
    ['javascript:alert(1)', 'an allowed scheme: javascript:'],
    ['fleet.git', 'an allowed scheme'],
    ['../fleet.git', 'an allowed scheme'],
    ['-u', 'an allowed scheme'],
    ['HTTPS://git.example.com/x', 'an allowed scheme'],
    ['https:/git.example.com/x', 'an allowed scheme'],
    ['https://user@git.example.com/x', 'a user name'],
    ['https://user:hunter2@git.example.com/x', 'a password'],
    ['ssh://git:hunter2@git.example.com/x', 'a password'],
    ['https://git.example.com/x?service=y', '"?" or "#"'],
    ['https://git.example.com/x#main', '"?" or "#"'],
    ['https://git.example.com/x\n', 'not seen'],
    ['ssh://-oProxyCommand=id@git.example.com/x', 'user name of the address is odd'],
    ['-oProxyCommand=id@git.example.com:x', 'user name of the address is odd'],
    ['git@-oProxyCommand=id:x', 'host of the address is odd'],
    ['ssh://git@git.example.com', 'path of the address is odd'],
    ['git@git.example.com:-x', 'path of the address is odd'],
    ['file://host/srv/git', 'a file address names no host'],
    ['file:///srv/git%2f..%2fetc', 'an encoded slash'],
    ['git@host:a\u202eb', 'not seen'],
  ])('%s', (text, words) => {
    const parsed = parseAddress(text, OPEN);
    expect(parsed).toMatchObject({ ok: false, error: { code: 'source/scheme' } });
    expect(parsed.ok || parsed.error.message).toContain(words);
    expect(JSON.stringify(parsed)).not.toContain('hunter2');
  });

  it('is refused when the source is opened, not when it is first used', () => {
    const open =
      (url: string, credential: SourceCredential | null = null) =>
      () =>
        openGitRemote({
          id: SourceId.parse('a'),
          url,
          ref: { kind: 'branch', name: 'main' },
          path: '',
          cacheDir: '/nowhere',
          credential,
          allowFile: false,
        });
    const password: SourceCredential = { kind: 'basic', username: 'u', password: new Sealed('hunter2') };
    const key: SourceCredential = { kind: 'ssh', privateKey: new Sealed('hunter2'), hostKeys: [] };
    expect(open('git@git.example.com:x', password)).toThrow('credential of kind basic');
    expect(open('https://git.example.com/x', key)).toThrow('credential of kind ssh');
    expect(open('git@git.example.com:x', key)).toThrow('no host key is pinned');
    expect(open('git@git.example.com:x', { ...key, hostKeys: ['SHA256:x'] })).not.toThrow();
    expect(open('ext::sh')).toThrow(PlimsollError);
    expect(open('/srv/git')).toThrow('does not allow sources on this machine');
    expect(open('https://git.example.com/x')).not.toThrow();
  });
});

describe('the name of a branch or tag', () => {
  it.each(['main', 'v1.2.3', 'feature/x_y', 'größe', 'release-2026', 'a@b', 'x+y=z', '_'])(
    'may be %s',
    (name) => {
      expect(fullRefName({ kind: 'branch', name })).toEqual({ ok: true, value: `refs/heads/${name}` });
      expect(fullRefName({ kind: 'tag', name })).toEqual({ ok: true, value: `refs/tags/${name}` });
    },
  );

  it.each([
    '',
    '-x',
    '--upload-pack=id',
    '.hidden',
    'a..b',
    '../x',
    'a//b',
    '/a',
    'a/',
    'a/.b',
    'a.lock',
    'a.lock/b',
    'a.',
    'a b',
    'a~1',
    'a^',
    'a:b',
    'a?',
    'a*',
    'a[b',
    'a\\b',
    'a@{1}',
    'a\nb',
    'a\u200bb',
    'a$(id)',
    'a;b',
    'x'.repeat(300),
  ])('may not be %j', (name) => {
    expect(fullRefName({ kind: 'branch', name })).toMatchObject({
      ok: false,
      error: { code: 'config/invalid' },
    });
  });
});

describe('the path of a source', () => {
  it.each([
    ['', []],
    ['.', []],
    ['deploy', ['deploy']],
    ['./deploy//production/', ['deploy', 'production']],
  ])('%j', (path, components) => {
    expect(pathComponents(path)).toEqual({ ok: true, value: components });
  });

  it.each(['/etc', '..', 'a/../b', 'a\\b'])('may not be %j', (path) => {
    expect(pathComponents(path)).toMatchObject({ ok: false, error: { code: 'config/invalid' } });
  });
});
