// Every default of plimsoll.yaml that does not depend on the machine, in one place: the schema shows
// them and the resolution applies them.

import { parseDuration } from '../kernel/time.ts';

export const CONFIG_DEFAULTS = {
  branch: 'main',
  poll: '30s',
  forcePush: 'hold',
  drift: 'correct',
  deletionGuard: { percent: 20, min: 5 },
  gitUser: 'git',
  sshKey: 'default',
  auditEntries: 100_000,
  limits: {
    actionsPerHost: 8,
    pullsPerHost: 3,
    resync: '60s',
    audit: '1s',
    lease: '15s',
    housekeeping: { every: '5m', keepStopped: '10m' },
  },
  /** A line of HAProxy that is maintained for years, and the one that the tests run against. */
  loadBalancer: {
    image: 'docker.io/library/haproxy:2.6',
    meshPorts: { http: 4_433, tcp: 4_434 },
  },
  logLevel: 'info',
} as const;

/** A default of ours in milliseconds; every one that is asked for is a duration. */
export const defaultMs = (text: string): number => parseDuration(text) ?? Number.NaN;
