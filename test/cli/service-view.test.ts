// What `plimsoll describe` shows of a service: the image that runs, the ports, how old the picture is, and
// each reason once.

import { describe, expect, it } from 'vitest';
import type { ServiceAnswer } from '../../src/api/client.ts';
import { printService } from '../../src/cli/service-view.ts';
import { screenTerminal } from './command-line.ts';

const NOW = 1_700_000_000_000;
const MINUTE = 60_000;

const container: NonNullable<ServiceAnswer['instances'][number]['container']> = {
  name: 'shop.web.0123456789ab.0.0',
  id: 'c1',
  status: 'running',
  health: 'healthy',
  startedAt: NOW - 5 * MINUTE,
  exitCode: null,
  restartCount: 0,
  hostPorts: [{ port: 18080, protocol: 'tcp', containerPort: 8080 }],
};
const instance = (change: Partial<ServiceAnswer['instances'][number]> = {}) => ({
  ordinal: 0,
  revision: '0123456789ab',
  host: 'h1',
  intent: 'run' as const,
  because: 'first deployment',
  plannedAt: NOW - 6 * MINUTE,
  readyAt: NOW - 5 * MINUTE,
  container,
  hostState: 'fresh' as const,
  asOf: null,
  ...change,
});
const CALM: ServiceAnswer = {
  namespace: 'shop',
  name: 'web',
  desired: 2,
  ready: 2,
  revision: '0123456789ab',
  phase: 'ready',
  because: 'all replicas of shop/web are ready',
  image: 'registry.test/shop/web:1',
  desiredImage: 'registry.test/shop/web:1',
  source: 'main',
  commit: 'a'.repeat(40),
  stable: '0123456789ab',
  pin: null,
  dependsOn: [],
  rollout: null,
  instances: [instance()],
  quarantine: [],
  blocked: [],
};

function shown(change: Partial<ServiceAnswer>): readonly string[] {
  const { terminal, screen } = screenTerminal();
  printService(terminal, { ...CALM, ...change }, NOW);
  return screen.text.trimEnd().split('\n');
}
const line = (change: Partial<ServiceAnswer>, start: string): string | undefined =>
  shown(change).find((text) => text.startsWith(start));

describe('the image', () => {
  it.each<[string, Partial<ServiceAnswer>, string]>([
    ['that runs is the one of the commit', {}, 'image:       registry.test/shop/web:1'],
    [
      'that runs is another one than the one of the commit',
      { desiredImage: 'registry.test/shop/web:2' },
      'image:       registry.test/shop/web:1; the commit wants registry.test/shop/web:2',
    ],
    ['does not run yet', { image: null }, 'image:       none yet; the commit wants registry.test/shop/web:1'],
    ['runs, and no commit says which', { desiredImage: null }, 'image:       registry.test/shop/web:1'],
  ])('%s', (_, change, text) => {
    expect(line(change, 'image:')).toBe(text);
  });
});

describe('an instance', () => {
  it.each<[string, Partial<ServiceAnswer['instances'][number]>, string]>([
    [
      'is shown with the ports of host and container',
      {},
      'ready for 5m   running, healthy   h1:18080->8080/tcp',
    ],
    [
      'whose port leads nobody knows where',
      { container: { ...container, hostPorts: [{ port: 1, protocol: 'udp', containerPort: null }] } },
      'ready for 5m   running, healthy   h1:1/udp',
    ],
    ['is not ready', { readyAt: null }, 'not ready   running, healthy   h1:18080->8080/tcp'],
    [
      'on a host that does not answer is shown as it was, and how long ago',
      { hostState: 'unreachable', asOf: NOW - 3 * MINUTE },
      'ready, as of 3m ago (host h1 does not answer)   was running, healthy   h1:18080->8080/tcp',
    ],
    [
      'on a host that has never answered is what is remembered',
      { hostState: 'unknown', asOf: null, container: null },
      'ready when last seen (host h1 has not answered since the controller started)   –           –',
    ],
    [
      'that goes is to be removed',
      { intent: 'retire' },
      'to be removed   running, healthy   h1:18080->8080/tcp',
    ],
  ])('%s', (_, change, text) => {
    expect(line({ instances: [instance(change)] }, '0 ')).toBe(`0   h1     0123456789ab   ${text}`);
  });
});

describe('a reason', () => {
  it('that all instances have is said once', () => {
    const instances = [instance(), instance({ ordinal: 1, host: 'h2' })];
    expect(shown({ instances }).slice(-2)).toEqual(['', 'because: first deployment']);
  });

  it('that some instances have is said once for them', () => {
    const instances = [
      instance(),
      instance({ ordinal: 1, host: 'h2' }),
      instance({ ordinal: 2, because: 'its container was removed' }),
    ];
    expect(shown({ instances }).slice(-3)).toEqual([
      'because:',
      '  0 on h1, 1 on h2: first deployment',
      '  2 on h1: its container was removed',
    ]);
  });

  it('that stands in the way of several things is said once', () => {
    const because = 'no space left on device (engine/failed)';
    const blocked = [
      { object: 'a', because },
      { object: 'b', because },
      { object: 'shop/web', because: 'waits' },
    ];
    expect(shown({ blocked, instances: [] }).slice(-2)).toEqual([
      `blocked:     a, b: ${because}`,
      'blocked:     shop/web: waits',
    ]);
  });
});
