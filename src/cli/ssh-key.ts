// Whether there is a key to open a new host with, seen before anybody is asked about the host.

import { existsSync } from 'node:fs';
import path from 'node:path';
import type { Config } from '../config/config.ts';
import { thisMachine } from '../config/places.ts';
import { type Problem, problem } from '../kernel/errors.ts';

type Env = Readonly<Record<string, string | undefined>>;

const USUAL_CREDENTIAL = 'default';
const KEY_FILES = ['id_ed25519', 'id_ecdsa', 'id_rsa'];

/** What plimsoll.yaml would say to use the key that this person has anyway; null where there is none. */
function ownKey(env: Env): string | null {
  const { home } = thisMachine(env);
  const file = KEY_FILES.find((name) => existsSync(path.join(home, '.ssh', name)));
  if (file !== undefined) return `privateKey: "file:~/.ssh/${file}"`;
  const agent = env['SSH_AUTH_SOCK'] ?? '';
  return agent !== '' && existsSync(agent) ? 'agent: true' : null;
}

const MAKE_ONE = 'Make a key with `ssh-keygen -t ed25519`, install it on the host with `ssh-copy-id`';

/** `host/auth` where nothing opens the host; without a configuration the person's own key does. */
export function missingSshKey(config: Config | null, credential: string, env: Env): Problem | null {
  const own = ownKey(env);
  if (config === null) {
    if (credential !== USUAL_CREDENTIAL) {
      const message = `there is no plimsoll.yaml that has the SSH key ${credential}`;
      return problem('host/auth', message, { hint: 'Name the file with --config.' });
    }
    if (own !== null) return null;
    return problem('host/auth', 'you have no SSH key and no agent', { hint: `${MAKE_ONE}.` });
  }
  if (config.sshKeys.has(credential)) return null;
  const lines = (key: string): string => `\`ssh: { keys: { ${credential}: { ${key} } } }\``;
  const hint =
    own === null
      ? `${MAKE_ONE}, and write into ${config.path}: ${lines('privateKey: "file:~/.ssh/id_ed25519"')}`
      : `You have one: write into ${config.path}: ${lines(own)}`;
  return problem('host/auth', `the configuration has no SSH key ${credential}`, { hint });
}
