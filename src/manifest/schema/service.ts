// `kind: Service`: a container in a number of replicas.

import { z } from 'zod';
import { containerKeys } from './container.ts';
import { DEFAULTS } from './defaults.ts';
import { allowFrom, connects, serves } from './discovery.ts';
import { dependsOn, drift, placement, resources } from './orchestration.ts';
import { probe } from './probe.ts';
import { rollout } from './rollout.ts';
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
  serves: optional(serves, {
    description:
      'Ports on which other services may connect to it, each with its protocol: `PORT/http` for HTTP/1.1 and websockets, `PORT/tcp` for databases, gRPC and anything else; or a map.',
    examples: [['8080/http', '5432/tcp']],
  }),
  allowFrom: optional(allowFrom, {
    description:
      'Who of other namespaces may connect to it: `NAMESPACE` or `NAMESPACE/SERVICE`. The services of its own namespace may without being named. `NAMESPACE` lets its Routes lead to it, too.',
    examples: [['shop', 'billing/invoices']],
  }),
  connects: optional(connects, {
    description:
      'Services that its containers reach, and no others: `SERVICE`, `NAMESPACE/SERVICE` or a map. They have the names `api` and `api.NAMESPACE`, in other namespaces `cart.shop` alone. The variables API_HOST and API_PORT, or CART_SHOP_HOST and CART_SHOP_PORT, say the name and the port, unless `environment` sets them; with several ports of one service API_PORT is the first one, and API_PORT_9090 is there for each.',
    examples: [['api', 'shop/cart', { service: 'db', port: 5432, as: 'orders' }]],
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

/** What only a container with a network of ours has. */
const BRIDGED = [
  ['ports', 'ports cannot be published'],
  ['serves', 'other services cannot connect'],
  ['connects', 'other services cannot be connected to'],
] as const;

export const serviceSpec = z
  .strictObject({ ...containerKeys, ...orchestrationKeys })
  .superRefine((spec, context) => {
    if (spec.pids_limit === 0)
      reject(context, 'must be positive, or -1 for no limit', { path: ['pids_limit'] });
    if (spec.network_mode === 'host' || spec.network_mode === 'none') {
      for (const [key, what] of BRIDGED) {
        if ((spec[key] ?? []).length > 0)
          reject(context, `${what} with network_mode \`${spec.network_mode}\``, { path: [key] });
      }
    }
    if ((spec.allowFrom ?? []).length > 0 && (spec.serves ?? []).length === 0) {
      reject(context, 'allows connections to a service that serves nothing', {
        path: ['allowFrom'],
        hint: 'Name the ports under `serves`, or remove it.',
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
