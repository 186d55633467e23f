// A warning about a commit is told once, and again where the service that it is about was changed.

import { describe, expect, it } from 'vitest';
import { resolveDesired } from '../../src/desired/resolve.ts';
import { CommitSha, SourceId } from '../../src/kernel/ids.ts';
import { ToldWarnings } from '../../src/loop/told-warnings.ts';
import { read } from '../manifest/reading.ts';

const HOST =
  'apiVersion: plimsoll.dev/v1\nkind: Host\nmetadata: { name: h1 }\nspec: { address: "unix:///x.sock" }\n';
const service = (name: string, more = ''): string =>
  `apiVersion: plimsoll.dev/v1\nkind: Service\nmetadata: { name: ${name} }\nspec: { image: "nginx:1"${more} }\n`;

/** What is told of each of these commits, one after the other. */
function told(...commits: readonly Readonly<Record<string, string>>[]): string[][] {
  const warnings = new ToldWarnings();
  return commits.map((files) => {
    const source = {
      id: SourceId.parse('main'),
      fleet: true,
      commit: CommitSha.parse('a'.repeat(40)),
      files: new Map(),
    };
    const { documents } = read({ 'h1.yaml': HOST, ...files });
    const resolved = resolveDesired({
      sources: [{ ...source, documents }],
      overrides: { hosts: {}, images: {} },
    });
    if (!resolved.ok) throw new Error(JSON.stringify(resolved.error));
    return warnings.fresh(resolved.value.desired, resolved.value.warnings).map((w) => w.message);
  });
}

const WEB = 'Service web has no memory limit';
const API = 'Service api has no memory limit';
const web = { 'web.yaml': service('web') };

describe('a warning', () => {
  it.each<[string, readonly Readonly<Record<string, string>>[], readonly (readonly string[])[]]>([
    ['is told once', [web, web, web], [[WEB], [], []]],
    ['is told of a service that is new', [web, { ...web, 'api.yaml': service('api') }], [[WEB], [API]]],
    [
      'is told again when the service changes',
      [web, { 'web.yaml': service('web', ', replicas: 2') }],
      [[WEB], [WEB]],
    ],
    [
      'is not told again when it moves in its file',
      [web, { 'web.yaml': `# a comment\n${service('web')}---\n${service('api', ', mem_limit: 64m')}` }],
      [[WEB], []],
    ],
    [
      'is told again when it comes back',
      [web, { 'web.yaml': service('web', ', mem_limit: 64m') }, web],
      [[WEB], [], [WEB]],
    ],
  ])('%s', (_, commits, expected) => {
    expect(told(...commits)).toEqual(expected);
  });
});
