// What `plimsoll describe` shows of a service: the image that runs, the ports, how old the picture is, and
// each reason once.

import { describe, expect, it } from 'vitest';
import type { ServiceAnswer } from '../../src/api/client.ts';
import { printService } from '../../src/cli/service-view.ts';
import { CALM, CANARY, container, instance, MINUTE, NOW, RUN } from './answers.ts';
import { screenTerminal } from './command-line.ts';

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

describe('a rollout by steps', () => {
  const rollout = { ...RUN, canary: CANARY };
  const blocked = [{ object: 'shop/web', because: CANARY.because }];

  it('has a line for the step that it is at, and what that waits for is not said twice', () => {
    const lines = shown({ rollout, blocked, instances: [] }).slice(-2);
    expect(lines).toEqual([
      'rollout:     progressing: image changed',
      'steps:       step 2 of 3, analyze, with 5 % of the requests: too few requests to judge',
    ]);
  });

  it('has none any more once it has ended', () => {
    const ended = { ...rollout, phase: 'succeeded' as const, endedAt: NOW };
    expect(line({ rollout: ended }, 'steps:')).toBeUndefined();
  });
});
