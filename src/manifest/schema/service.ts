// `kind: Service`: a container in a number of replicas.

import { z } from 'zod';
import { containerKeys } from './container.ts';
import { DEFAULTS } from './defaults.ts';
import { dependsOn, drift, placement, resources, rollout } from './orchestration.ts';
import { probe } from './probe.ts';
import { optional, reject } from './values.ts';

const orchestrationKeys = {
  replicas: optional(z.int().min(0, 'must not be negative').max(10_000, 'must be at most 10000'), {
    description: 'How many containers run. 0 stops the service and keeps its definition.',
    default: DEFAULTS.replicas,
    examples: [3],
  }),
  resources: optional(resources, {
    description: 'What a replica needs and may use.',
    examples: [{ limits: { memory: '512m', cpus: '0.5' } }],
  }),
  rollout: optional(rollout, {
    description: 'How a new revision replaces the old one.',
    examples: [{ maxSurge: 1, minHealthy: '5s' }],
  }),
  placement: optional(placement, {
    description: 'Which hosts may run it; left out: any.',
    examples: [{ hosts: { role: 'web' } }],
  }),
  dependsOn: optional(dependsOn, {
    description: 'Services that must be ready before this one is changed: `NAME`, or `NAMESPACE/NAME`.',
    examples: [['db']],
  }),
  readiness: optional(probe(false), {
    description: 'While it fails, a replica gets no traffic and does not count as ready.',
    examples: [{ http: { path: '/health', port: 8080 } }],
  }),
  liveness: optional(probe(true), {
    description: 'When it fails, the replica is restarted.',
    examples: [{ tcp: { port: 8080 } }],
  }),
  startup: optional(probe(true), {
    description: 'Until it has passed, the other probes wait.',
    examples: [{ tcp: { port: 8080 }, failureThreshold: 30 }],
  }),
  drift: optional(drift, {
    description: 'What happens to changes made by hand.',
    examples: [{ mode: 'report' }],
  }),
};

export const serviceSpec = z
  .strictObject({ ...containerKeys, ...orchestrationKeys })
  .superRefine((spec, context) => {
    if (spec.pids_limit === 0)
      reject(context, 'must be positive, or -1 for no limit', { path: ['pids_limit'] });
    const isolated = spec.network_mode === 'host' || spec.network_mode === 'none';
    if (isolated && spec.ports !== undefined && spec.ports.length > 0) {
      reject(context, `ports cannot be published with network_mode \`${spec.network_mode}\``, {
        path: ['ports'],
      });
    }
    if (spec.network_mode === 'none') {
      for (const key of ['readiness', 'liveness', 'startup'] as const) {
        if (spec[key] !== undefined)
          reject(context, 'a container without a network cannot be probed; use healthcheck', { path: [key] });
      }
    }
  });

export type ServiceSpec = z.infer<typeof serviceSpec>;
