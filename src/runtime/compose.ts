// Builds a controller from a configuration: the real adapters behind the loop's ports.

import { openAuthority } from '../adapters/authority/authority.ts';
import { readMasterKey } from '../adapters/authority/master-key-file.ts';
import { systemClock, systemRandom } from '../adapters/clock/system.ts';
import { createDockerHost } from '../adapters/docker/docker-host.ts';
import { createHostAsker } from '../adapters/doctor/ask-host.ts';
import { openGitRemote } from '../adapters/git/remote.ts';
import { haproxyDriver } from '../adapters/haproxy/haproxy-driver.ts';
import { createRegistry } from '../adapters/registry/registry.ts';
import { processHolder } from '../adapters/sqlite/process-identity.ts';
import type { Config, SourceConfig, SshKey, TlsKey } from '../config/config.ts';
import type { DesiredHost } from '../desired/desired.ts';
import { PlimsollError } from '../kernel/errors.ts';
import { parseImageReference } from '../kernel/image-reference.ts';
import { Controller } from '../loop/controller.ts';
import type { ControllerOptions } from '../loop/options.ts';
import type { SourceOptions } from '../loop/source-watcher.ts';
import type { CertificateAuthority } from '../ports/authority.ts';
import type { Host, RegistryCredential } from '../ports/host.ts';
import type { AskHost } from '../ports/host-facts.ts';
import type { Registry } from '../ports/registry.ts';
import type { Store } from '../ports/store.ts';

/** Null for a unix socket, and where plimsoll.yaml has no key of the name. */
function hostCredential(config: Config, host: DesiredHost): SshKey | TlsKey | null {
  switch (host.address.scheme) {
    case 'unix':
      return null;
    case 'tcp':
      return config.tlsKeys.get(host.credential) ?? null;
    case 'ssh':
      return config.sshKeys.get(host.credential) ?? null;
    default:
      return host.address satisfies never;
  }
}

export function connectHost(config: Config, host: DesiredHost): Host {
  const credential = hostCredential(config, host);
  const { id, address, hostKeys } = host;
  return createDockerHost({ id, address, hostKeys, credential, clock: systemClock });
}

export const hostAsker = (config: Config): AskHost =>
  createHostAsker({ clock: systemClock, credentialOf: (host) => hostCredential(config, host) });

export function openRegistry(config: Config): Registry {
  return createRegistry({
    clock: systemClock,
    registries: config.registries.map(({ registry, insecure, ca }) => ({ registry, insecure, ca })),
    insecurePrivateAddresses: config.insecurePrivateRegistries,
  });
}

/** The credential that the configuration has for an image's registry. */
export function credentialFor(config: Config, image: string): RegistryCredential | null {
  const reference = parseImageReference(image);
  if (!reference.ok) return null;
  return config.registries.find((r) => r.registry === reference.value.registry)?.credential ?? null;
}

export function openSource(config: Config, source: SourceConfig): SourceOptions {
  return {
    id: source.id,
    isDirectory: false,
    path: source.path,
    fleet: source.fleet,
    pollMs: source.pollMs,
    forcePush: source.forcePush,
    governor: source.governor,
    prune: source.prune,
    selfHeal: source.selfHeal,
    git: openGitRemote({
      id: source.id,
      url: source.url,
      ref: source.ref,
      path: source.path,
      cacheDir: config.gitCacheDir,
      credential: source.credential,
      allowFile: source.transport === 'file',
      allowInsecureHttp: source.allowInsecureHttp,
      ...(source.caFile === null ? {} : { caFile: source.caFile }),
    }),
  };
}

function authorityOf({ controllerId, masterKeyPath }: Config): CertificateAuthority {
  const authority = openAuthority({ controller: controllerId, masterKey: readMasterKey(masterKeyPath) });
  if (!authority.ok) throw new PlimsollError(authority.error);
  return authority.value;
}

/** Everything but the store and the sources, which `serve` and `apply` choose. */
export function controllerOptions(
  config: Config,
  store: Store,
  sources: readonly SourceOptions[],
): ControllerOptions {
  return {
    id: config.controllerId,
    holder: processHolder(config.controllerId),
    clock: systemClock,
    random: systemRandom,
    store,
    registry: openRegistry(config),
    connectHost: (host) => connectHost(config, host),
    sources,
    credential: (image) => credentialFor(config, image),
    overrides: config.overrides,
    balancer: { driver: haproxyDriver, ...config.loadBalancer },
    authority: authorityOf(config),
    settings: config.limits,
  };
}

export function composeController(
  config: Config,
  store: Store,
  sources: readonly SourceOptions[],
): Controller {
  return new Controller(controllerOptions(config, store, sources));
}
