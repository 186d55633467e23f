// The identities everything else refers to. Parsing is the only way to get one, so a value of these
// types has been checked once and may be used in names, labels and paths without further thought.

import { z } from 'zod';

/** A DNS label (RFC 1123): what Docker, DNS aliases and our own labels all accept. */
const NAME_PATTERN = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/;
const name = z
  .string()
  .max(63, 'is longer than 63 characters')
  .regex(
    NAME_PATTERN,
    'must consist of lower-case letters, digits and "-", and start and end with a letter or digit',
  );

export const HostId = name.brand('HostId');
export type HostId = z.infer<typeof HostId>;

export const NamespaceName = name.brand('NamespaceName');
export type NamespaceName = z.infer<typeof NamespaceName>;

export const ServiceName = name.brand('ServiceName');
export type ServiceName = z.infer<typeof ServiceName>;

export const ConfigName = name.brand('ConfigName');
export type ConfigName = z.infer<typeof ConfigName>;

export const RouteName = name.brand('RouteName');
export type RouteName = z.infer<typeof RouteName>;

export const SourceId = name.brand('SourceId');
export type SourceId = z.infer<typeof SourceId>;

export const ControllerId = name.brand('ControllerId');
export type ControllerId = z.infer<typeof ControllerId>;

/** `namespace/name`: what identifies a service in memory, in the store and to people. */
export const ServiceKey = z
  .string()
  .regex(/^[a-z0-9]([-a-z0-9]*[a-z0-9])?\/[a-z0-9]([-a-z0-9]*[a-z0-9])?$/)
  .brand('ServiceKey');
export type ServiceKey = z.infer<typeof ServiceKey>;

export function serviceKey(namespace: NamespaceName, service: ServiceName): ServiceKey {
  return ServiceKey.parse(`${namespace}/${service}`);
}

/** Content address of what a service's containers are made of: 12 hexadecimal digits. */
export const RevisionId = z
  .string()
  .regex(/^[0-9a-f]{12}$/)
  .brand('RevisionId');
export type RevisionId = z.infer<typeof RevisionId>;

/** A root certificate of the mesh: the first 12 hexadecimal digits of its serial number. */
export const RootId = z
  .string()
  .regex(/^[0-9a-f]{12}$/)
  .brand('RootId');
export type RootId = z.infer<typeof RootId>;

/** A full Git object id of a commit (SHA-1 or SHA-256). */
export const CommitSha = z
  .string()
  .regex(/^([0-9a-f]{40}|[0-9a-f]{64})$/)
  .brand('CommitSha');
export type CommitSha = z.infer<typeof CommitSha>;
