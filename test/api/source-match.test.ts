// Which source a Git hook means, which knows its repository by a path of its machine only.

import { describe, expect, it } from 'vitest';
import { sourcesOf } from '../../src/api/source-match.ts';
import { SourceId } from '../../src/kernel/ids.ts';

const sources = [
  { id: 'file', url: '/srv/git/fleet.git' },
  { id: 'ssh', url: 'ssh://git@localhost/srv/git/shop.git' },
  { id: 'scp', url: 'git@git.example.com:teams/api.git' },
  { id: 'https', url: 'https://git.example.com/teams/web' },
].map(({ id, url }) => ({ id: SourceId.parse(id), url }));

const found = (wish: Parameters<typeof sourcesOf>[1]): string => {
  const chosen = sourcesOf(sources, wish);
  return chosen.ok ? chosen.value.join(' ') : `${chosen.error.code}: ${chosen.error.hint}`;
};

describe('a repository', () => {
  it.each([
    ['/srv/git/fleet.git', 'file'],
    ['/srv/git/fleet.git/', 'file'],
    ['/srv/git/fleet', 'file'],
    ['/srv/git/shop.git', 'ssh'],
    ['/home/git/repositories/teams/api.git', 'scp'],
    ['/var/lib/forge/teams/web.git', 'https'],
  ])('at %s is followed by the source %s', (repository, source) => {
    expect(found({ repository })).toBe(source);
  });

  it.each(['/srv/git/other.git', '/mnt/srv/git/fleet.git', '/srv/git/fleet.git/evil', 'web', '/web'])(
    'at %s is followed by none',
    (repository) => {
      expect(found({ repository })).toBe('command/not-found: The sources are: file, ssh, scp, https.');
    },
  );
});

describe('a source', () => {
  it('is found by its id', () => expect(found({ source: SourceId.parse('ssh') })).toBe('ssh'));
  it('that is misspelt is suggested', () =>
    expect(found({ source: SourceId.parse('flie') })).toBe('command/not-found: Did you mean `file`?'));
  it('is every one where none is named', () => expect(found({})).toBe('file ssh scp https'));
});
