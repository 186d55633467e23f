// Short forms for the tests of the resolution: files of sources in, Desired or places and codes out.

import { ResolutionCache } from '../../src/desired/cache.ts';
import type { ContainerSpec } from '../../src/desired/container.ts';
import type { Desired, DesiredService } from '../../src/desired/desired.ts';
import type { FleetOverrides, SourceDocuments } from '../../src/desired/input.ts';
import { type Resolution, resolveDesired } from '../../src/desired/resolve.ts';
import { formatProblem } from '../../src/kernel/errors.ts';
import { CommitSha, SourceId } from '../../src/kernel/ids.ts';
import { ManifestCache } from '../../src/manifest/cache.ts';
import { readManifests } from '../../src/manifest/read.ts';
import { bytesOf, manifest, placeAndCode, service, sourceFile } from '../manifest/reading.ts';

export type Files = Readonly<Record<string, string>>;

export const commit = (digit: string): CommitSha => CommitSha.parse(digit.repeat(40));

interface SourceOptions {
  readonly id?: string;
  readonly fleet?: boolean;
  readonly commit?: CommitSha;
  readonly cache?: ManifestCache;
}

/** A source of these files, which must be free of problems of their own. */
export function source(files: Files, options: SourceOptions = {}): SourceDocuments {
  const { documents, problems } = readManifests(
    Object.entries(files).map(([path, text]) => sourceFile(path, text)),
    options.cache ?? new ManifestCache(),
  );
  if (problems.length > 0) throw new Error(problems.map(formatProblem).join('\n'));
  return {
    id: SourceId.parse(options.id ?? 'main'),
    fleet: options.fleet ?? true,
    commit: options.commit ?? commit('a'),
    documents,
    files: new Map(Object.entries(files).map(([path, text]) => [path, bytesOf(text)])),
  };
}

/** Resolves sources that must be free of problems. */
export function resolve(
  sources: readonly SourceDocuments[],
  overrides: FleetOverrides = {},
  cache: ResolutionCache = new ResolutionCache(),
): Resolution {
  const result = resolveDesired({ sources, overrides }, cache);
  if (!result.ok) throw new Error(result.error.map(formatProblem).join('\n'));
  return result.value;
}

export const desiredOf = (files: Files): Desired => resolve([source(files)]).desired;

/** `web.yaml:6:3 manifest/permission`, sorted. */
export function problemsOf(...sources: readonly SourceDocuments[]): readonly string[] {
  const result = resolveDesired({ sources });
  return result.ok ? [] : result.error.map(placeAndCode).sort();
}

/** The message of the only problem. */
export function messageOf(...sources: readonly SourceDocuments[]): string {
  const result = resolveDesired({ sources });
  return result.ok ? 'no problem' : result.error.map((one) => `${one.message} → ${one.hint}`).join('\n');
}

/** A service of another name or namespace; the keys of its spec begin at line 6. */
export const named = (name: string, keys: string): string =>
  service(keys).replace('{ name: web }', `{ name: ${name} }`);

export const HOST = manifest(
  'Host',
  'h1, labels: { role: app, zone: fra }',
  'address: unix:///var/run/docker.sock',
);
export const host = (name: string, labels: string): string =>
  manifest('Host', `${name}, labels: { ${labels} }`, `address: ssh://deploy@${name}`);
export const namespace = (name: string, keys: string): string => manifest('Namespace', name, keys);

/** The only service of these keys, in a namespace with those keys. */
export function serviceOf(keys: string, namespaceKeys: string | null = null): DesiredService {
  const files = { 'web.yaml': service(keys), 'host.yaml': HOST };
  const all = namespaceKeys === null ? files : { ...files, 'ns.yaml': namespace('default', namespaceKeys) };
  const [found] = desiredOf(all).services.values();
  if (found === undefined) throw new Error('no service');
  return found;
}

export const containerOf = (keys: string, namespaceKeys: string | null = null): ContainerSpec =>
  serviceOf(keys, namespaceKeys).container;
