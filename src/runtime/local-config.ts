// What `plan`, `apply` and `dev` work with where there is no plimsoll.yaml: a store of their own, and the
// SSH key that this person uses anyway.

import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Config, SshKey } from '../config/config.ts';
import { CONFIG_DEFAULTS, defaultMs } from '../config/defaults.ts';
import { defaultDataDir, type Machine, thisMachine } from '../config/places.ts';
import { ControllerId } from '../kernel/ids.ts';
import { Sealed } from '../kernel/sealed.ts';

const KEY_FILES = ['id_ed25519', 'id_ecdsa', 'id_rsa'];

function ownKey(machine: Machine): SshKey | null {
  const socketPath = machine.env['SSH_AUTH_SOCK'];
  if (socketPath !== undefined && socketPath !== '' && existsSync(socketPath))
    return { kind: 'agent', socketPath };
  for (const name of KEY_FILES) {
    const file = join(machine.home, '.ssh', name);
    if (existsSync(file))
      return { kind: 'key', privateKey: new Sealed(readFileSync(file, 'utf8')), passphrase: null };
  }
  return null;
}

export function localConfig(env: Machine['env']): Config {
  const machine = thisMachine(env);
  const directory = join(defaultDataDir(machine), 'local');
  const key = ownKey(machine);
  const { limits } = CONFIG_DEFAULTS;
  return {
    path: join(directory, 'plimsoll.yaml'),
    controllerId: ControllerId.parse('local'),
    sources: [],
    sshKeys: new Map(key === null ? [] : [[CONFIG_DEFAULTS.sshKey, key]]),
    tlsKeys: new Map(),
    registries: [],
    insecurePrivateRegistries: false,
    store: { path: join(directory, 'store.db'), auditKeep: CONFIG_DEFAULTS.auditEntries },
    gitCacheDir: join(directory, 'git'),
    listen: { socketPath: join(directory, 'plimsoll.sock'), http: null },
    overrides: { hosts: {}, images: {} },
    loadBalancer: CONFIG_DEFAULTS.loadBalancer,
    masterKeyPath: join(directory, 'master.key'),
    limits: {
      actionsPerHost: limits.actionsPerHost,
      pullsPerHost: limits.pullsPerHost,
      resyncMs: defaultMs(limits.resync),
      auditMs: defaultMs(limits.audit),
      leaseMs: defaultMs(limits.lease),
      housekeepingMs: defaultMs(limits.housekeeping.every),
      keepStoppedMs: defaultMs(limits.housekeeping.keepStopped),
    },
    logLevel: CONFIG_DEFAULTS.logLevel,
  };
}
