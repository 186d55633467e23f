// The keys of a Service that say how its replicas are run: names of Kubernetes and Nomad.

import { z } from 'zod';
import { ServiceName } from '../../kernel/ids.ts';
import { LIMITS } from '../limits.ts';
import { isPrintable } from '../position.ts';
import { DEFAULTS } from './defaults.ts';
import {
  byteSize,
  cpuLimit,
  memoryLimit,
  optional,
  quoted,
  reject,
  required,
  TOO_MANY,
  word,
} from './values.ts';

const requests = z.strictObject({
  memory: optional(byteSize, {
    description: 'Memory that the engine keeps for it when memory is short.',
    examples: ['256m'],
  }),
});

export const limitResources = z.strictObject({
  memory: optional(memoryLimit, { description: 'Memory at most.', examples: ['512m'] }),
  cpus: optional(cpuLimit, { description: 'CPUs at most; `500m` is half a CPU.', examples: ['0.5'] }),
});

export const resources = z.strictObject({
  requests: optional(requests, { description: 'What a replica needs.' }),
  limits: optional(limitResources, {
    description: 'What a replica may use at most. Memory has no limit unless it or the namespace sets one.',
  }),
});

const labelKey = z
  .string()
  .regex(/^[A-Za-z0-9]([A-Za-z0-9._/-]{0,61}[A-Za-z0-9])?$/, 'is not the name of a label');
export const labelValue = z.union([
  z.string().max(256, 'is longer than 256 characters').refine(isPrintable, 'must be printable'),
  z.number().transform(String),
  z.boolean().transform(String),
]);

const effect = z.enum(['NoSchedule', 'PreferNoSchedule', 'NoExecute']);

export const taint = z
  .strictObject({
    key: required(labelKey, { description: 'Name of the taint.', examples: ['dedicated'] }),
    value: optional(labelValue, { description: 'Value of the taint.', default: '', examples: ['db'] }),
    effect: required(effect, {
      description: 'What it does to services that do not tolerate it.',
      examples: ['NoSchedule'],
    }),
  })
  .transform((one) => ({ key: one.key, value: one.value ?? '', effect: one.effect }));

const toleration = z
  .strictObject({
    key: optional(labelKey, { description: 'Name of the taint; left out: any.', examples: ['dedicated'] }),
    value: optional(labelValue, { description: 'Value of the taint; left out: any.', examples: ['db'] }),
    effect: optional(effect, {
      description: 'Effect of the taint; left out: any.',
      examples: ['NoSchedule'],
    }),
  })
  .transform((one) => ({ key: one.key ?? null, value: one.value ?? null, effect: one.effect ?? null }));

export const placement = z.strictObject({
  hosts: optional(
    z.record(
      labelKey,
      z.union([
        labelValue.transform((one): string[] => [one]),
        z.array(labelValue).min(1, 'needs at least one value').max(LIMITS.listItems, TOO_MANY),
      ]),
    ),
    {
      description:
        'Labels that a host must have, each with its value or a list of values. Every host also has the label `plimsoll.dev/host` with its name.',
      examples: [{ role: 'web', zone: ['fra', 'ber'] }],
    },
  ),
  tolerations: optional(z.array(toleration).max(LIMITS.listItems, TOO_MANY), {
    description: 'Taints of hosts that are accepted.',
    examples: [[{ key: 'dedicated', value: 'db', effect: 'NoSchedule' }]],
  }),
  maxPerHost: optional(z.int().min(1, 'must be at least 1').max(10_000, 'must be at most 10000'), {
    description:
      'Replicas on one host at most, counted when one is placed: those that run already stay where they are. Left out: no limit.',
    examples: [1],
  }),
});

/** What of a running container can differ from the manifest, by the names that `status` prints. */
const IGNORABLE = [
  'limits.memoryBytes',
  'limits.memoryReservationBytes',
  'limits.cpus',
  'limits.pids',
  'restart',
  'networks',
] as const;

export const drift = z.strictObject({
  mode: optional(z.enum(['off', 'report', 'correct']), {
    description:
      'What happens when somebody changes a container by hand: nothing, a report, or a correction.',
    default: DEFAULTS.drift,
    examples: ['report'],
  }),
  ignore: optional(z.array(z.enum(IGNORABLE)), {
    description: 'Fields that are neither compared nor written.',
    examples: [['limits.memoryBytes']],
  }),
});

export interface Dependency {
  /** Null: the namespace of the service itself. */
  readonly namespace: string | null;
  readonly service: string;
}

const dependency = word.transform((text, context): Dependency => {
  const parts = text.split('/');
  const valid = parts.length <= 2 && parts.every((part) => ServiceName.safeParse(part).success);
  if (!valid) return reject(context, `${quoted(text)} is neither SERVICE nor NAMESPACE/SERVICE`);
  const [first = '', second] = parts;
  return second === undefined ? { namespace: null, service: first } : { namespace: first, service: second };
});

export const dependsOn = z.array(dependency).max(LIMITS.listItems, TOO_MANY);
