// From the file as written to the configuration as used: defaults filled in, paths made absolute, names
// looked up, secrets read. Problems are collected in `references`, so that all are shown at once.

import { parseImageReference } from '../kernel/image-reference.ts';
import type { Config, RegistryConfig, SshKey, TlsKey } from './config.ts';
import type { ResolveContext } from './context.ts';
import { CONFIG_DEFAULTS, defaultMs } from './defaults.ts';
import { defaultDataDir, defaultSocketPath, resolvePath } from './places.ts';
import { resolveSource } from './resolve-source.ts';
import type { ConfigFile } from './schema.ts';

const MIN_TOKEN_CHARACTERS = 16;
const LIMITS = CONFIG_DEFAULTS.limits;
const MESH_PORTS = CONFIG_DEFAULTS.loadBalancer.meshPorts;

/** As engines list it; the schema has refused what is no reference. */
function normalized(image: string): string {
  const parsed = parseImageReference(image);
  return parsed.ok ? parsed.value.normalized : image;
}

export async function resolveConfig(file: ConfigFile, context: ResolveContext): Promise<Config> {
  const { configDir, machine } = context;
  const at = (text: string): string => resolvePath(text, configDir, machine.home);
  const dataDir = file.dataDir === undefined ? defaultDataDir(machine) : at(file.dataDir);
  refuseDuplicates(file, context);
  const sshKeys = await resolveSshKeys(file, context);
  const sources: Config['sources'][number][] = [];
  for (const [index, source] of file.sources.entries()) {
    sources.push(await resolveSource(source, ['sources', index], sshKeys, context));
  }
  return {
    path: context.configPath,
    controllerId: file.controller.id,
    sources,
    sshKeys,
    tlsKeys: await resolveTlsKeys(file, context),
    registries: await resolveRegistries(file, context),
    insecurePrivateRegistries: file.insecurePrivateRegistries ?? false,
    store: {
      path: at(file.store?.path ?? `${dataDir}/store.db`),
      auditKeep: file.store?.auditEntries ?? CONFIG_DEFAULTS.auditEntries,
    },
    gitCacheDir: at(file.git?.cacheDir ?? `${dataDir}/git`),
    listen: await resolveListen(file, context),
    overrides: { hosts: resolveHostOverrides(file), images: file.overrides?.images ?? {} },
    masterKeyPath: `${dataDir}/master.key`,
    loadBalancer: {
      image: normalized(file.loadBalancer?.image ?? CONFIG_DEFAULTS.loadBalancer.image),
      meshPorts: {
        http: file.loadBalancer?.meshPorts?.http ?? MESH_PORTS.http,
        tcp: file.loadBalancer?.meshPorts?.tcp ?? MESH_PORTS.tcp,
      },
    },
    limits: {
      actionsPerHost: file.limits?.actionsPerHost ?? LIMITS.actionsPerHost,
      pullsPerHost: file.limits?.pullsPerHost ?? LIMITS.pullsPerHost,
      auditMs: file.limits?.audit ?? defaultMs(LIMITS.audit),
      resyncMs: file.limits?.resync ?? defaultMs(LIMITS.resync),
      leaseMs: file.limits?.lease ?? defaultMs(LIMITS.lease),
      housekeepingMs: file.limits?.housekeeping?.every ?? defaultMs(LIMITS.housekeeping.every),
      keepStoppedMs: file.limits?.housekeeping?.keepStopped ?? defaultMs(LIMITS.housekeeping.keepStopped),
    },
    logLevel: file.log?.level ?? CONFIG_DEFAULTS.logLevel,
  };
}

function refuseDuplicates(file: ConfigFile, { refuse }: ResolveContext): void {
  const check = (list: 'sources' | 'registries', key: string, names: readonly string[]): void => {
    names.forEach((name, index) => {
      if (names.indexOf(name) < index) refuse([list, index, key], `stands twice in \`${list}\``);
    });
  };
  check(
    'sources',
    'id',
    file.sources.map((source) => source.id),
  );
  check(
    'registries',
    'registry',
    (file.registries ?? []).map((entry) => entry.registry),
  );
}

async function resolveSshKeys(
  file: ConfigFile,
  { references }: ResolveContext,
): Promise<ReadonlyMap<string, SshKey>> {
  const keys = new Map<string, SshKey>();
  for (const [name, entry] of Object.entries(file.ssh?.keys ?? {})) {
    const path = ['ssh', 'keys', name];
    if (entry.privateKey === undefined) {
      const socketPath = references.variable('SSH_AUTH_SOCK', [...path, 'agent']);
      if (socketPath !== null) keys.set(name, { kind: 'agent', socketPath });
      continue;
    }
    const privateKey = await references.privateKey(entry.privateKey, [...path, 'privateKey']);
    const passphrase =
      entry.passphrase === undefined
        ? null
        : await references.secret(entry.passphrase, [...path, 'passphrase']);
    if (privateKey !== null) keys.set(name, { kind: 'key', privateKey, passphrase });
  }
  return keys;
}

async function resolveTlsKeys(
  file: ConfigFile,
  { references }: ResolveContext,
): Promise<ReadonlyMap<string, TlsKey>> {
  const keys = new Map<string, TlsKey>();
  for (const [name, entry] of Object.entries(file.tls ?? {})) {
    const ca = await references.certificate(entry.ca, ['tls', name, 'ca']);
    const certificate = await references.certificate(entry.certificate, ['tls', name, 'certificate']);
    const privateKey = await references.privateKey(entry.privateKey, ['tls', name, 'privateKey']);
    if (ca !== null && certificate !== null && privateKey !== null) {
      keys.set(name, { kind: 'tls', ca, certificate, privateKey });
    }
  }
  return keys;
}

async function resolveRegistries(
  file: ConfigFile,
  { references }: ResolveContext,
): Promise<readonly RegistryConfig[]> {
  const registries: RegistryConfig[] = [];
  for (const [index, entry] of (file.registries ?? []).entries()) {
    const path = ['registries', index];
    const { registry, username } = entry;
    const password =
      entry.password === undefined ? null : await references.secret(entry.password, [...path, 'password']);
    const ca = entry.ca === undefined ? null : await references.certificate(entry.ca, [...path, 'ca']);
    const credential = username === undefined || password === null ? null : { registry, username, password };
    registries.push({ registry, credential, insecure: entry.insecure ?? false, ca });
  }
  return registries;
}

async function resolveListen(file: ConfigFile, context: ResolveContext): Promise<Config['listen']> {
  const { machine, configDir, references, refuse } = context;
  const { socket, http, syncToken: reference } = file.listen ?? {};
  const socketPath =
    socket === undefined ? defaultSocketPath(machine) : resolvePath(socket, configDir, machine.home);
  const path = ['listen', 'syncToken'];
  const syncToken = reference === undefined ? null : await references.secret(reference, path);
  if (syncToken !== null && syncToken.open().length < MIN_TOKEN_CHARACTERS) {
    const hint = 'Make a new one: `openssl rand -hex 32`.';
    refuse(path, `the token is shorter than ${MIN_TOKEN_CHARACTERS} characters`, hint);
  }
  if (http === undefined || syncToken === null) return { socketPath, http: null };
  return { socketPath, http: { address: http.address ?? '127.0.0.1', port: http.port, syncToken } };
}

/** Without the keys that were left out: absent and undefined are different things here. */
function resolveHostOverrides(file: ConfigFile): Config['overrides']['hosts'] {
  return Object.fromEntries(
    Object.entries(file.overrides?.hosts ?? {}).map(([name, { as, address }]) => [
      name,
      { ...(as === undefined ? {} : { as }), ...(address === undefined ? {} : { address }) },
    ]),
  );
}
