// `kind: Namespace`: defaults, limits and permissions of the services in it.

import { z } from 'zod';
import { DEFAULTS } from './defaults.ts';
import { drift, limitResources } from './orchestration.ts';
import { logging } from './process.ts';
import { rollout } from './rollout.ts';
import { absolutePath, byteSize, optional, reject, waitMs } from './values.ts';

/** What a service may only do where its namespace permits it. */
export const PERMISSIONS = [
  'privileged',
  'hostNetwork',
  'hostPid',
  'hostIpc',
  'hostPath',
  'dockerSocket',
  'devices',
  'capabilities',
  'securityOpt',
  'sysctls',
  'pidsLimit',
  'oomScore',
] as const;

export type Permission = (typeof PERMISSIONS)[number];

const defaults = z.strictObject({
  resources: optional(
    z.strictObject({
      limits: optional(limitResources, {
        description: 'Limits of a replica.',
        examples: [{ memory: '256m' }],
      }),
    }),
    { description: 'Resources of services that set none.', examples: [{ limits: { memory: '256m' } }] },
  ),
  logging: optional(logging, {
    description: 'Logging of services that set none.',
    examples: [{ options: { 'max-size': '50m' } }],
  }),
  rollout: optional(rollout, {
    description: 'Rollout keys that a service does not set itself.',
    examples: [{ minHealthy: '30s' }],
  }),
  drift: optional(drift, {
    description: 'Drift mode of services that set none.',
    examples: [{ mode: 'report' }],
  }),
  stop_grace_period: optional(waitMs, {
    description: 'Grace of services that set none.',
    default: DEFAULTS.stopGracePeriod,
    examples: ['1m'],
  }),
});

const limits = z.strictObject({
  services: optional(z.int().min(0, 'must not be negative'), {
    description: 'Services at most.',
    examples: [50],
  }),
  replicas: optional(z.int().min(0, 'must not be negative'), {
    description: 'Replicas of all services at most.',
    examples: [200],
  }),
  memory: optional(byteSize, {
    description: 'Memory limits of all replicas together at most; every service then needs a memory limit.',
    examples: ['64g'],
  }),
});

export const namespaceSpec = z
  .strictObject({
    level: optional(z.enum(['baseline', 'restricted']), {
      description:
        '`restricted` also takes all capabilities away, demands a numeric user other than 0 and makes the root file system read-only.',
      default: 'baseline',
      examples: ['restricted'],
    }),
    permissions: optional(z.array(z.enum(PERMISSIONS)), {
      description:
        'What services of the namespace may do beyond the safe defaults. `hostPath` also needs `hostPaths`. The directories of the system and of the engine are never mounted.',
      examples: [['hostNetwork']],
    }),
    hostPaths: optional(z.array(absolutePath), {
      description:
        'With the permission `hostPath`: directories of the hosts that may be mounted, with everything below them.',
      examples: [['/srv/shop']],
    }),
    defaults: optional(defaults, { description: 'Values for services that set none of their own.' }),
    limits: optional(limits, { description: 'Bounds on all services of the namespace together.' }),
  })
  .superRefine((spec, context) => {
    const permitted = spec.permissions?.includes('hostPath') ?? false;
    if (permitted && (spec.hostPaths ?? []).length === 0) {
      reject(context, 'the permission `hostPath` needs `hostPaths`: the directories that may be mounted', {
        path: ['permissions'],
      });
    }
    if (!permitted && spec.hostPaths !== undefined) {
      reject(context, 'has no effect without the permission `hostPath`', { path: ['hostPaths'] });
    }
  });

export type NamespaceSpec = z.infer<typeof namespaceSpec>;
