// One entry of `sources`, resolved: its reference, its credential and its paths.

import type { Path } from '../manifest/position.ts';
import type { GitCredential, SourceConfig, SshKey } from './config.ts';
import type { ResolveContext } from './context.ts';
import { CONFIG_DEFAULTS, defaultMs } from './defaults.ts';
import { resolvePath } from './places.ts';
import type { SourceEntry } from './schema.ts';

export async function resolveSource(
  source: SourceEntry,
  path: Path,
  sshKeys: ReadonlyMap<string, SshKey>,
  context: ResolveContext,
): Promise<SourceConfig> {
  const { configDir, machine } = context;
  const at = (text: string): string => resolvePath(text, configDir, machine.home);
  const { transport, url } = source.url;
  if (source.ca !== undefined) await context.references.certificate(source.ca, [...path, 'ca']);
  return {
    id: source.id,
    url: transport === 'file' ? at(url) : url,
    transport,
    ref:
      source.tag === undefined
        ? { kind: 'branch', name: source.branch ?? CONFIG_DEFAULTS.branch }
        : { kind: 'tag', name: source.tag },
    path: source.path ?? '',
    fleet: source.fleet ?? false,
    pollMs: source.poll ?? defaultMs(CONFIG_DEFAULTS.poll),
    credential:
      transport === 'ssh'
        ? sshCredential(source, path, sshKeys, context)
        : await passwordCredential(source, path, context),
    caFile: source.ca === undefined ? null : at(source.ca),
    allowInsecureHttp: source.insecure ?? false,
    forcePush: source.forcePush ?? CONFIG_DEFAULTS.forcePush,
    prune: source.prune ?? CONFIG_DEFAULTS.drift,
    selfHeal: source.selfHeal ?? CONFIG_DEFAULTS.drift,
    governor: {
      percent: source.deletionGuard?.percent ?? CONFIG_DEFAULTS.deletionGuard.percent,
      min: source.deletionGuard?.min ?? CONFIG_DEFAULTS.deletionGuard.min,
    },
  };
}

async function passwordCredential(
  source: SourceEntry,
  path: Path,
  { references }: ResolveContext,
): Promise<GitCredential | null> {
  const { username = CONFIG_DEFAULTS.gitUser, password: reference } = source.credential ?? {};
  if (reference === undefined) return null;
  const password = await references.secret(reference, [...path, 'credential', 'password']);
  return password === null ? null : { kind: 'basic', username, password };
}

/** The key that the source names, or `default`. */
function sshCredential(
  source: SourceEntry,
  path: Path,
  sshKeys: ReadonlyMap<string, SshKey>,
  { refuse, references }: ResolveContext,
): GitCredential | null {
  const name = source.credential?.key ?? CONFIG_DEFAULTS.sshKey;
  const where = source.credential?.key === undefined ? [...path, 'url'] : [...path, 'credential', 'key'];
  const key = sshKeys.get(name);
  if (key === undefined) {
    // A key that is there and cannot be read has been reported at its own place.
    if (!references.hasRefused(['ssh', 'keys', name])) {
      refuse(
        where,
        `there is no key \`${name}\` in \`ssh.keys\``,
        `Add it: ssh: {keys: {${name}: {privateKey: file:…}}}.`,
      );
    }
    return null;
  }
  if (key.kind === 'agent') {
    refuse(where, 'a source cannot be opened through an SSH agent', 'Name a key with `privateKey` instead.');
    return null;
  }
  const { privateKey, passphrase } = key;
  const hostKeys = source.hostKeys ?? [];
  return { kind: 'ssh', privateKey, ...(passphrase === null ? {} : { passphrase }), hostKeys };
}
