// The files that a user of Plimsoll would write: plimsoll.yaml and manifests, for the lab's hosts.

import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { LabHost } from '../lab/host.ts';

export interface ConfigWords {
  /** Made if it is not there; everything of the controller lies in it. */
  readonly directory: string;
  readonly repositoryPath: string;
  /** Null where no host is reached over SSH. */
  readonly privateKeyPath: string | null;
  /** How often the repository is read without being asked; hardly ever unless told otherwise. */
  readonly poll?: string;
}

/** Writes plimsoll.yaml and gives its path. */
export function writeConfig(words: ConfigWords): string {
  mkdirSync(words.directory, { recursive: true });
  const config = {
    controller: { id: 'bench' },
    sources: [{ id: 'fleet', url: words.repositoryPath, fleet: true, poll: words.poll ?? '24h' }],
    ...(words.privateKeyPath === null
      ? {}
      : { ssh: { keys: { default: { privateKey: `file:${words.privateKeyPath}` } } } }),
    dataDir: 'data',
    listen: { socket: 'api.sock' },
  };
  const path = join(words.directory, 'plimsoll.yaml');
  // YAML includes JSON.
  writeFileSync(path, JSON.stringify(config, null, 2));
  return path;
}

const document = (kind: string, name: string, spec: object): string =>
  JSON.stringify({ apiVersion: 'plimsoll.dev/v1', kind, metadata: { name }, spec });

/** `hostKey` is null for addresses without SSH. */
export function hostManifest(name: string, address: string, hostKey: string | null): string {
  return document('Host', name, { address, ...(hostKey === null ? {} : { hostKey }) });
}

/** Manifests of the lab's hosts, by file name. `query` goes behind each address, e.g. `?socket=/run/x.sock`. */
export function labHostManifests(hosts: readonly LabHost[], query = ''): Record<string, string> {
  return Object.fromEntries(
    hosts.map((host) => {
      const key = host.hostKey.split(' ').slice(0, 2).join(' ');
      return [`hosts/${host.name}.json`, hostManifest(host.name, host.url + query, key)];
    }),
  );
}

/** `spec` adds to image, replicas and a limit of memory. */
export function serviceManifest(name: string, image: string, replicas: number, spec: object = {}): string {
  return document('Service', name, { image, replicas, mem_limit: '32m', ...spec });
}
