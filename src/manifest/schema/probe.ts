// Probes as in Kubernetes. The controller makes them from outside, through its connection to the host.

import { z } from 'zod';
import { DEFAULTS } from './defaults.ts';
import { durationMs, hasControl, optional, portNumber, reject, required, waitMs } from './values.ts';

const plain = z.string().refine((text) => !hasControl(text), 'must not contain control characters');

const http = z.strictObject({
  path: optional(plain.regex(/^\/[^\s#]*$/, 'must start with `/`'), {
    description: 'Path of the request.',
    default: '/',
    examples: ['/health'],
  }),
  port: required(portNumber, { description: 'Port in the container.', examples: [8080] }),
  scheme: optional(z.enum(['http', 'https']), {
    description: 'Certificates are not verified.',
    default: 'http',
  }),
  headers: optional(z.record(z.string().regex(/^[A-Za-z0-9-]+$/, 'is not the name of a header'), plain), {
    description: 'Headers of the request.',
    examples: [{ Host: 'shop.example.com' }],
  }),
});

const tcp = z.strictObject({
  port: required(portNumber, { description: 'Port in the container.', examples: [5432] }),
});

const threshold = z.int().min(1, 'must be at least 1').max(1000, 'must be at most 1000');
const { probe: defaults } = DEFAULTS;
const ms = (text: string): number => durationMs.parse(text);

/** A probe with one of `http` and `tcp`. `single`: one success is enough, as for startup and liveness. */
export function probe(single: boolean) {
  return z
    .strictObject({
      http: optional(http, {
        description: 'Passes where the answer has a status from 200 to 399.',
        examples: [{ path: '/health', port: 8080 }],
      }),
      tcp: optional(tcp, {
        description: 'Passes where a connection is accepted.',
        examples: [{ port: 5432 }],
      }),
      initialDelay: optional(waitMs, {
        description: 'Time after the start before the first probe.',
        default: defaults.initialDelay,
        examples: ['5s'],
      }),
      period: optional(waitMs, {
        description: 'Time between probes.',
        default: defaults.period,
        examples: ['2s'],
      }),
      timeout: optional(waitMs, {
        description: 'Time after which a probe has failed.',
        default: defaults.timeout,
        examples: ['3s'],
      }),
      successThreshold: optional(threshold, {
        description: 'Successes in a row to pass.',
        default: defaults.successThreshold,
        examples: [2],
      }),
      failureThreshold: optional(threshold, {
        description: 'Failures in a row to fail.',
        default: defaults.failureThreshold,
        examples: [5],
      }),
    })
    .transform((probe, context) => {
      if ((probe.http === undefined) === (probe.tcp === undefined))
        return reject(context, 'needs exactly one of `http` and `tcp`');
      if (single && (probe.successThreshold ?? 1) !== 1) {
        return reject(context, 'must be 1 for startup and liveness', { path: ['successThreshold'] });
      }
      const periodMs = probe.period ?? ms(defaults.period);
      const timeoutMs = probe.timeout ?? ms(defaults.timeout);
      if (periodMs < 100) return reject(context, 'must be at least 100ms', { path: ['period'] });
      if (timeoutMs < 1) return reject(context, 'must be at least 1ms', { path: ['timeout'] });
      return {
        check: checkOf(probe),
        initialDelayMs: probe.initialDelay ?? ms(defaults.initialDelay),
        periodMs,
        timeoutMs,
        successThreshold: probe.successThreshold ?? defaults.successThreshold,
        failureThreshold: probe.failureThreshold ?? defaults.failureThreshold,
      };
    });
}

function checkOf(probe: { http?: z.infer<typeof http> | undefined; tcp?: z.infer<typeof tcp> | undefined }) {
  if (probe.http === undefined) return { kind: 'tcp' as const, port: probe.tcp?.port ?? 0 };
  const { scheme = 'http', path = '/', port, headers = {} } = probe.http;
  return { kind: 'http' as const, scheme, path, port, headers };
}
