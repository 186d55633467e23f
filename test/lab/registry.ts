// A real registry (Debian's docker-registry) on the services machine, with or without a password.

import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Daemon } from './daemon.ts';
import { type ImageLibrary, imageLibrary } from './images.ts';
import type { Machine } from './machine.ts';
import type { Credentials } from './push.ts';

export interface LabRegistry {
  /** "10.231.4.2:5000": what image references begin with. */
  readonly address: string;
  readonly credentials: Credentials | undefined;
  readonly images: ImageLibrary;
  /** Stop, kill or freeze it. */
  readonly daemon: Daemon;
}

/** The registry stores passwords as bcrypt, which neither Node nor OpenSSL computes: hence a fixed pair. */
const ACCOUNT = { username: 'plimsoll', password: 'right-password' } as const;
const HTPASSWD_LINE = 'plimsoll:$2b$04$abcdefghijklmnopqrstuuS80hwFD6gSIL20SCUGvmL7S939BjOHW\n';

export interface RegistryPlan {
  readonly machine: Machine;
  readonly name: string;
  readonly address: string;
  readonly labDirectory: string;
  readonly withPassword: boolean;
}

export function prepareRegistry(plan: RegistryPlan): LabRegistry {
  const directory = join(plan.labDirectory, plan.name);
  mkdirSync(directory);
  const passwordFile = join(directory, 'htpasswd');
  writeFileSync(passwordFile, HTPASSWD_LINE);
  const config = {
    version: '0.1',
    log: { level: 'warn', accesslog: { disabled: false } },
    storage: {
      filesystem: { rootdirectory: join(directory, 'data') },
      delete: { enabled: true },
      maintenance: { uploadpurging: { enabled: false } },
    },
    http: { addr: plan.address },
    ...(plan.withPassword ? { auth: { htpasswd: { realm: 'plimsoll-lab', path: passwordFile } } } : {}),
  };
  const configPath = join(directory, 'config.yml');
  writeFileSync(configPath, JSON.stringify(config)); // YAML includes JSON
  const credentials = plan.withPassword ? ACCOUNT : undefined;
  const daemon = new Daemon(plan.machine, {
    name: plan.name,
    command: 'docker-registry',
    args: ['serve', configPath],
    logPath: join(directory, 'log'),
    reach: 'process',
    isReady: async () => {
      const response = await fetch(`http://${plan.address}/v2/`, { signal: AbortSignal.timeout(1000) });
      return response.status === (plan.withPassword ? 401 : 200);
    },
  });
  const images = imageLibrary({ address: plan.address, credentials });
  return { address: plan.address, credentials, images, daemon };
}
