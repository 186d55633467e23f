// Where things lie on a machine when plimsoll.yaml does not say: for root as for any system service,
// for other users inside their own directories.

import { homedir } from 'node:os';
import path from 'node:path';

export interface Machine {
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Of the process; null where the system has none. */
  readonly uid: number | null;
  readonly home: string;
}

/** The machine that this process runs on, for places that depend on it. */
export function thisMachine(env: Machine['env']): Machine {
  return { env, uid: process.getuid?.() ?? null, home: env['HOME'] ?? homedir() };
}

/** State that must outlive a restart: the store and the copies of Git repositories. */
export function defaultDataDir({ uid, home, env }: Machine): string {
  if (uid === 0) return '/var/lib/plimsoll';
  const share = env['XDG_DATA_HOME'];
  return path.join(
    share !== undefined && path.isAbsolute(share) ? share : path.join(home, '.local/share'),
    'plimsoll',
  );
}

/** The socket of the local API; clients look for it at the same place. */
export function defaultSocketPath(machine: Machine): string {
  if (machine.uid === 0) return '/run/plimsoll/plimsoll.sock';
  const runtime = machine.env['XDG_RUNTIME_DIR'];
  if (runtime !== undefined && path.isAbsolute(runtime)) return path.join(runtime, 'plimsoll/plimsoll.sock');
  return path.join(defaultDataDir(machine), 'plimsoll.sock');
}

/** A path of the configuration: `~/` is the home directory, everything else is relative to the file. */
export function resolvePath(text: string, configDir: string, home: string): string {
  return text.startsWith('~/') ? path.join(home, text.slice(2)) : path.resolve(configDir, text);
}
