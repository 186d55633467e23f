// The envelope around every kind, and the one schema that everything is generated from.

import { z } from 'zod';
import { ConfigName, HostId, NamespaceName, RouteName, ServiceName } from '../../kernel/ids.ts';
import { ROUTES_NOT_SERVED } from '../unsupported.ts';
import { configSpec } from './config.ts';
import { DEFAULTS } from './defaults.ts';
import { hostSpec } from './host.ts';
import { namespaceSpec } from './namespace.ts';
import { labelValue } from './orchestration.ts';
import { routeSpec } from './route.ts';
import { serviceSpec } from './service.ts';
import { optional, quoted, reject, required } from './values.ts';

export const API_VERSION = 'plimsoll.dev/v1';
/** Labels of this prefix are given by Plimsoll. */
export const RESERVED_PREFIX = 'plimsoll.dev/';

const annotation = z.union([z.string(), z.number().transform(String), z.boolean().transform(String)]);

const labels = z.record(z.string(), labelValue).superRefine((entries, context) => {
  for (const key of Object.keys(entries)) {
    if (!/^[A-Za-z0-9]([A-Za-z0-9._/-]{0,61}[A-Za-z0-9])?$/.test(key)) {
      reject(context, `${quoted(key)} is not the name of a label`, { path: [key], onKey: true });
    } else if (key.startsWith(RESERVED_PREFIX)) {
      reject(context, `labels that start with \`${RESERVED_PREFIX}\` belong to Plimsoll`, {
        path: [key],
        onKey: true,
      });
    }
  }
});

const annotations = z.record(
  z.string().min(1, 'must not be empty').max(256, 'is longer than 256 characters'),
  annotation,
);

const commonMetadata = (labelMeaning: string) => ({
  labels: optional(labels, { description: labelMeaning, examples: [{ role: 'web', zone: 'fra' }] }),
  annotations: optional(annotations, {
    description: 'Notes for people and other tools; Plimsoll does nothing with them.',
    examples: [{ owner: 'shop-team' }],
  }),
});

const namespace = optional(NamespaceName, {
  description: 'Namespace it belongs to.',
  default: DEFAULTS.namespace,
  examples: ['shop'],
});

const NAME = 'Name: lower-case letters, digits and `-`, at most 63 characters.';
const NOTES = 'Labels for people and other tools; Plimsoll does nothing with them.';
const apiVersion = required(z.literal(API_VERSION), {
  description: 'Version of the format.',
  examples: [API_VERSION],
});

const envelope = <K extends string, M extends z.ZodType, S extends z.ZodType>(
  kind: K,
  description: string,
  metadata: M,
  spec: S,
) =>
  z
    .strictObject({
      apiVersion,
      kind: required(z.literal(kind), { description: 'What this document defines.', examples: [kind] }),
      metadata: required(metadata, { description: 'Name and labels.' }),
      spec: required(spec, { description: `What the ${kind} is.` }),
    })
    .meta({ title: kind, description });

const named = <N extends z.ZodType>(name: N, example: string, labelMeaning: string) =>
  z.strictObject({
    name: required(name, { description: NAME, examples: [example] }),
    ...commonMetadata(labelMeaning),
  });

/** Volumes of Configs are named `plimsoll.config.…`, those of a namespace `plimsoll.NAMESPACE.…`. */
const definedNamespace = NamespaceName.refine((name) => name !== 'config', '`config` is reserved');

const namespaced = <N extends z.ZodType>(name: N, example: string) =>
  z.strictObject({
    name: required(name, { description: NAME, examples: [example] }),
    namespace,
    ...commonMetadata(NOTES),
  });

export const KINDS = {
  Host: envelope(
    'Host',
    'A machine with a Docker engine. Only a source with `fleet: true` defines hosts.',
    named(HostId, 'fra-1', 'Labels that `placement` of services selects by.'),
    hostSpec,
  ),
  Namespace: envelope(
    'Namespace',
    'Defaults, limits and permissions of a group of services. The namespace `default` exists without being defined. Only a source with `fleet: true` defines namespaces.',
    named(definedNamespace, 'shop', NOTES),
    // Most have nothing to set.
    namespaceSpec.prefault({}),
  ),
  Service: envelope(
    'Service',
    'A container in a number of replicas.',
    namespaced(ServiceName, 'web'),
    serviceSpec,
  ),
  Config: envelope(
    'Config',
    'Files that services mount as a directory, addressed by their content.',
    namespaced(ConfigName, 'web-config'),
    configSpec,
  ),
  Route: envelope(
    'Route',
    `Which requests of the outside lead to which service. ${ROUTES_NOT_SERVED}`,
    namespaced(RouteName, 'shop'),
    routeSpec,
  ),
} as const;

export type Kind = keyof typeof KINDS;

export type HostManifest = z.infer<typeof KINDS.Host>;
export type NamespaceManifest = z.infer<typeof KINDS.Namespace>;
export type ServiceManifest = z.infer<typeof KINDS.Service>;
export type ConfigManifest = z.infer<typeof KINDS.Config>;
export type RouteManifest = z.infer<typeof KINDS.Route>;

/** Every document is one of the kinds. */
export const manifestSchema = z.discriminatedUnion('kind', [
  KINDS.Host,
  KINDS.Namespace,
  KINDS.Service,
  KINDS.Config,
  KINDS.Route,
]);
