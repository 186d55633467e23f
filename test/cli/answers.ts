// What a controller answers of shop/web, for tests of what is printed of it.

import type { CanaryAnswer, RolloutAnswer, ServiceAnswer } from '../../src/api/client.ts';

export const NOW = 1_700_000_000_000;
export const MINUTE = 60_000;

export const container: NonNullable<ServiceAnswer['instances'][number]['container']> = {
  name: 'shop.web.0123456789ab.0.0',
  id: 'c1',
  status: 'running',
  health: 'healthy',
  startedAt: NOW - 5 * MINUTE,
  exitCode: null,
  restartCount: 0,
  hostPorts: [{ port: 18080, protocol: 'tcp', containerPort: 8080 }],
};
export const instance = (change: Partial<ServiceAnswer['instances'][number]> = {}) => ({
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
export const CALM: ServiceAnswer = {
  namespace: 'shop',
  name: 'web',
  desired: 2,
  ready: 2,
  revision: '0123456789ab',
  phase: 'ready',
  waitsForPerson: false,
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

export const CANARY: CanaryAnswer = {
  because: 'step 2 of 3, analyze, with 5 % of the requests: too few requests to judge',
  steps: [
    { step: 'weight 5 %', state: 'done', at: NOW - 4 * MINUTE, because: 'the load balancers go by it' },
    { step: 'analyze', state: 'current', at: NOW - 4 * MINUTE, because: 'too few requests to judge' },
    { step: 'pause 10m', state: 'next', at: null, because: null },
  ],
  requestsPercent: 5,
  waitsForPerson: false,
  verdict: { verdict: 'undecided', because: 'too few requests to judge', at: NOW - MINUTE },
  restarts: 0,
  outOfMemoryKills: 0,
  measured: [
    {
      at: NOW - 2 * MINUTE,
      canary: { requests: 7, errors: 0 },
      stable: { requests: 1_234, errors: 2 },
      gaps: [],
    },
    {
      at: NOW - MINUTE,
      canary: { requests: 12, errors: 1 },
      stable: { requests: 1_500, errors: 0 },
      gaps: ['h2: its load balancer began anew'],
    },
  ],
};

/** A run that goes on, without steps. */
export const RUN: RolloutAnswer = {
  sequence: 7,
  kind: 'deploy',
  from: '0123456789ab',
  to: 'ba9876543210',
  commit: 'a'.repeat(40),
  phase: 'progressing',
  because: 'image changed',
  startedAt: NOW - 5 * MINUTE,
  endedAt: null,
  canary: null,
};
