// Where a registry is reached, and over what. Plain HTTP is used only where the configuration says so:
// by name, or for literal loopback and private addresses as a group.

import { BlockList, isIP } from 'node:net';

/** What plimsoll.yaml says about one registry. */
export interface RegistrySettings {
  /** As in image names: `docker.io`, `registry.example.com:5000`. */
  readonly registry: string;
  /** Plain HTTP instead of HTTPS. */
  readonly insecure: boolean;
  /** PEM text of certificate authorities to trust besides those of the system; null for none. */
  readonly ca: string | null;
}

export interface Endpoint {
  /** For messages: the registry as it stands in image names. */
  readonly registry: string;
  readonly origin: string;
  readonly insecure: boolean;
  readonly ca: string | null;
}

/** Docker Hub answers under another name than the one in its images. */
const HOST_OF: Readonly<Record<string, string>> = { 'docker.io': 'registry-1.docker.io' };

const PRIVATE = new BlockList();
for (const [network, prefix] of [
  ['127.0.0.0', 8],
  ['10.0.0.0', 8],
  ['172.16.0.0', 12],
  ['192.168.0.0', 16],
  ['169.254.0.0', 16],
] as const) {
  PRIVATE.addSubnet(network, prefix);
}
PRIVATE.addAddress('::1', 'ipv6');
PRIVATE.addSubnet('fc00::', 7, 'ipv6');
PRIVATE.addSubnet('fe80::', 10, 'ipv6');

/** Whether the registry is written as a loopback or private address (a name never is). */
export function isPrivateAddress(registry: string): boolean {
  const host = registry.replace(/:\d+$/, '').replace(/^\[(.*)\]$/, '$1');
  const family = isIP(host);
  return family !== 0 && PRIVATE.check(host, family === 6 ? 'ipv6' : 'ipv4');
}

export function endpointOf(
  registry: string,
  settings: ReadonlyMap<string, RegistrySettings>,
  insecurePrivateAddresses: boolean,
): Endpoint {
  const configured = settings.get(registry);
  const insecure = configured?.insecure ?? (insecurePrivateAddresses && isPrivateAddress(registry));
  const host = HOST_OF[registry] ?? registry;
  return {
    registry,
    origin: `${insecure ? 'http' : 'https'}://${host}`,
    insecure,
    ca: configured?.ca ?? null,
  };
}
