// Host documents → the hosts of Desired, and how the controller's configuration folds several into one.

import { type Problem, problem } from '../kernel/errors.ts';
import { HostId } from '../kernel/ids.ts';
import { invariant } from '../kernel/invariant.ts';
import { type DocumentOf, valueSpan } from '../manifest/document.ts';
import { parseEngineAddress } from '../manifest/host-address.ts';
import { DEFAULTS } from '../manifest/schema/defaults.ts';
import { RESERVED_PREFIX } from '../manifest/schema/manifest.ts';
import { nameSpan, type Sourced } from './collect.ts';
import type { DesiredHost, HostAddress } from './desired.ts';
import type { Fault, FleetOverrides } from './input.ts';

/** Every host has this label with its name as value. */
const HOST_LABEL = `${RESERVED_PREFIX}host`;

/** Joins the values of one label where folded hosts differ in it; no single value contains it. */
const JOINED = '|';

export interface Fleet {
  readonly hosts: ReadonlyMap<HostId, DesiredHost>;
  /** The most hosts that were folded into one; 1 where none were. */
  readonly foldedHosts: number;
  readonly warnings: readonly Problem[];
  readonly faults: readonly Fault[];
}

export function resolveHosts(
  documents: ReadonlyMap<string, Sourced<DocumentOf<'Host'>>>,
  overrides: FleetOverrides,
): Fleet {
  const groups = new Map<string, DesiredHost[]>();
  const warnings: Problem[] = [];
  for (const name of [...documents.keys()].sort()) {
    const found = documents.get(name);
    if (found === undefined) continue;
    const override = overrides.hosts?.[name];
    const host = withAddress(hostOf(found.document), override?.address);
    if (host.address.scheme === 'ssh' && host.hostKeys.length === 0) {
      warnings.push(
        problem('host/key-unknown', `Host ${name} has no host key`, {
          span: valueSpan(found.document, ['spec', 'address']),
        }),
      );
    }
    const group = override?.as ?? name;
    groups.set(group, [...(groups.get(group) ?? []), host]);
  }
  const hosts = [...groups].map(([id, members]) => fold(HostId.parse(id), members));
  return {
    hosts: new Map(hosts.map((host) => [host.id, host])),
    foldedHosts: Math.max(1, ...[...groups.values()].map((members) => members.length)),
    warnings,
    faults: sameEngine(hosts, documents),
  };
}

/** Two hosts at one address would each take the containers of the other for strays. */
function sameEngine(
  hosts: readonly DesiredHost[],
  documents: ReadonlyMap<string, Sourced<unknown>>,
): readonly Fault[] {
  const first = new Map<string, DesiredHost>();
  return hosts.flatMap((host) => {
    const place = engineOf(host.address);
    const other = first.get(place);
    if (other === undefined) {
      first.set(place, host);
      return [];
    }
    const sources = [...new Set([other.id, host.id].flatMap((id) => documents.get(id)?.source ?? []))];
    const message = `Host ${host.id} has the address of Host ${other.id}`;
    const found = problem('manifest/duplicate', message, host.span === null ? {} : { span: host.span });
    return [{ sources, problem: found }];
  });
}

/** Equal for two addresses of one engine; who logs in makes no difference. */
function engineOf(address: HostAddress): string {
  switch (address.scheme) {
    case 'ssh':
      return `ssh ${address.host.toLowerCase()} ${address.port} ${address.socketPath}`;
    case 'unix':
      return `unix ${address.socketPath}`;
    case 'tcp':
      return `tcp ${address.host.toLowerCase()} ${address.port}`;
    default:
      return address satisfies never;
  }
}

/** A socket of this machine is reached by nobody else. */
const meshAddressAt = (address: HostAddress): string | null =>
  address.scheme === 'unix' ? null : address.host;

function hostOf(document: DocumentOf<'Host'>): DesiredHost {
  const { metadata, spec } = document.manifest;
  return {
    id: metadata.name,
    address: spec.address,
    hostKeys: spec.hostKey ?? [],
    credential: spec.credential ?? DEFAULTS.credential,
    labels: { ...metadata.labels, [HOST_LABEL]: metadata.name },
    taints: spec.taints ?? [],
    reserved: { cpus: spec.reserved?.cpus ?? 0, memoryBytes: spec.reserved?.memory ?? 0 },
    networkRange: spec.networkRange ?? DEFAULTS.networkRange,
    meshAddress: spec.meshAddress ?? meshAddressAt(spec.address),
    schedulable: spec.schedulable ?? true,
    span: nameSpan(document),
  };
}

function withAddress(host: DesiredHost, text: string | undefined): DesiredHost {
  if (text === undefined) return host;
  const parsed = parseEngineAddress(text);
  // The configuration has been checked with the same parser when it was read.
  invariant('address' in parsed, `the address that the configuration sets for ${host.id} is not valid`);
  const address: HostAddress = parsed.address;
  const hostKeys = address.scheme === 'ssh' ? host.hostKeys : [];
  return { ...host, address, hostKeys, meshAddress: meshAddressAt(address) };
}

function fold(id: HostId, members: readonly DesiredHost[]): DesiredHost {
  const [first, ...others] = members;
  invariant(first !== undefined, 'a group of hosts is never empty');
  if (others.length === 0 && first.id === id) return first;
  const labels = new Map<string, Set<string>>();
  for (const member of members) {
    for (const [key, value] of Object.entries(member.labels))
      labels.set(key, (labels.get(key) ?? new Set()).add(value));
  }
  return {
    ...first,
    id,
    labels: Object.fromEntries([...labels].map(([key, values]) => [key, [...values].sort().join(JOINED)])),
    taints: first.taints.filter((taint) => others.every((other) => hasTaint(other, taint))),
    reserved: {
      cpus: Math.max(...members.map((member) => member.reserved.cpus)),
      memoryBytes: Math.max(...members.map((member) => member.reserved.memoryBytes)),
    },
    schedulable: members.some((member) => member.schedulable),
  };
}

const hasTaint = (host: DesiredHost, taint: DesiredHost['taints'][number]): boolean =>
  host.taints.some(
    (one) => one.key === taint.key && one.value === taint.value && one.effect === taint.effect,
  );

/**
 * The values that a requirement has to accept so that it still finds the hosts that were folded: a label
 * whose values differ among them has them all, joined.
 */
export function acceptFolded(
  values: readonly string[],
  key: string,
  hosts: Iterable<DesiredHost>,
): readonly string[] {
  const accepted = new Set(values);
  for (const host of hosts) {
    const label = host.labels[key];
    if (label?.split(JOINED).some((part) => accepted.has(part))) accepted.add(label);
  }
  return [...accepted].sort();
}
