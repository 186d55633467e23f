// The Host manifest that `plimsoll host add` writes.

import type { HostAddress } from '../desired/desired.ts';
import { API_VERSION } from '../manifest/schema/manifest.ts';

export interface NewHost {
  readonly name: string;
  readonly address: HostAddress;
  readonly hostKeys: readonly string[];
  readonly credential: string;
  readonly labels: Readonly<Record<string, string>>;
}

const DEFAULT_CREDENTIAL = 'default';
const DEFAULT_ENGINE_SOCKET = '/var/run/docker.sock';

/** As short as it can be written; `parseEngineAddress` reads it back. */
function addressText(address: HostAddress): string {
  if (address.scheme === 'unix') return `unix://${address.socketPath}`;
  const host = address.host.includes(':') ? `[${address.host}]` : address.host;
  if (address.scheme === 'tcp') return `tcp://${host}:${address.port}`;
  const port = address.port === 22 ? '' : `:${address.port}`;
  const socket = address.socketPath === DEFAULT_ENGINE_SOCKET ? '' : `?socket=${address.socketPath}`;
  return `ssh://${address.user}@${host}${port}${socket}`;
}

/** Quoted only where YAML could read it as something else. */
const text = (value: string): string =>
  /^[A-Za-z][A-Za-z0-9 ./@:+=?_-]*[A-Za-z0-9=+/]$/.test(value) &&
  !value.includes(': ') &&
  !/^(true|false|null|yes|no|on|off)$/i.test(value)
    ? value
    : JSON.stringify(value);

export function hostManifest({ name, address, hostKeys, credential, labels }: NewHost): string {
  const lines = [`apiVersion: ${API_VERSION}`, 'kind: Host', 'metadata:', `  name: ${text(name)}`];
  const entries = Object.entries(labels);
  if (entries.length > 0) {
    lines.push('  labels:', ...entries.map(([key, value]) => `    ${text(key)}: ${text(value)}`));
  }
  lines.push('spec:', `  address: ${text(addressText(address))}`);
  const [hostKey] = hostKeys;
  if (hostKey !== undefined) lines.push(`  hostKey: ${text(hostKey)}`);
  if (credential !== DEFAULT_CREDENTIAL) lines.push(`  credential: ${text(credential)}`);
  return `${lines.join('\n')}\n`;
}
