// What is not well, one line each: for a person whose wait ended, and for a monitoring.

import { describe, expect, it } from 'vitest';
import type { StatusAnswer } from '../../src/api/client.ts';
import { whatIsNotWell } from '../../src/cli/shortcomings.ts';
import { problem } from '../../src/kernel/errors.ts';

const SOURCE = { id: 'main', commit: 'a'.repeat(40), head: null, held: null, problems: [] };
const WEB = {
  namespace: 'shop',
  name: 'web',
  desired: 2,
  ready: 2,
  revision: '0123456789ab',
  phase: 'ready' as const,
  because: 'all replicas of shop/web are ready',
  waitsForPerson: false,
};
const WELL: StatusAnswer = {
  commit: 'a'.repeat(40),
  phase: 'converged',
  services: [WEB],
  hosts: [{ name: 'h1', state: 'fresh', because: 'connected' }],
  sources: [SOURCE],
  problems: [],
};
const held = { commit: 'b'.repeat(40), because: 'it would remove much', at: 0 };
const span = { file: 'deploy/web.yaml', line: 3, column: 5 };

describe('what is not well', () => {
  it.each<[string, Partial<StatusAnswer>, readonly string[]]>([
    ['nothing', {}, []],
    ['nothing, while the controller looks again', { phase: 'progressing' }, []],
    [
      'a controller that has just begun',
      { phase: 'starting', services: [], hosts: [] },
      ['the controller has not read all of its sources yet'],
    ],
    [
      'a service',
      {
        services: [
          {
            ...WEB,
            ready: 1,
            phase: 'degraded',
            waitsForPerson: false,
            because: 'not every replica is ready',
          },
        ],
      },
      ['shop/web is degraded: not every replica is ready'],
    ],
    [
      'a service that needs a person, with what to do',
      {
        services: [
          {
            ...WEB,
            phase: 'blocked',
            waitsForPerson: false,
            because: 'image web:2: no such tag (image/not-found)',
          },
        ],
      },
      [
        'shop/web is blocked: image web:2: no such tag (image/not-found) → Push the image, or correct its name in the manifest.',
      ],
    ],
    [
      'a host, though all replicas that it had are elsewhere',
      { hosts: [{ name: 'h1', state: 'unreachable', because: 'no route\nto host' }] },
      ['host h1 is unreachable: no route to host'],
    ],
    [
      'a commit that is held',
      { sources: [{ ...SOURCE, held }] },
      ['source main: commit bbbbbbbbbbbb is held: it would remove much; `plimsoll approve` lets it through'],
    ],
    [
      'a commit that is not accepted, with the place',
      { sources: [{ ...SOURCE, problems: [problem('manifest/yaml', 'wrong indentation', { span })] }] },
      ['source main: deploy/web.yaml:3:5: wrong indentation (manifest/yaml)'],
    ],
    [
      'the controller itself',
      { problems: [problem('store/full', 'the disk is full')] },
      ['the disk is full (store/full)'],
    ],
  ])('%s', (_, change, lines) => {
    expect(whatIsNotWell({ ...WELL, ...change })).toEqual(lines);
  });
});
