// Which plimsoll.yaml a command works with.

import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import type { Config } from '../config/config.ts';
import { loadConfig } from '../config/load.ts';
import { defaultSocketPath, resolvePath, thisMachine } from '../config/places.ts';
import type { Json } from '../kernel/canonical.ts';
import { type Problem, problem } from '../kernel/errors.ts';
import { err, ok, type Result } from '../kernel/result.ts';
import { parseYaml } from '../manifest/yaml.ts';

type Env = Readonly<Record<string, string | undefined>>;

const NAME = 'plimsoll.yaml';
const SYSTEM_WIDE = `/etc/plimsoll/${NAME}`;

/** The one that is named, that of `$PLIMSOLL_CONFIG`, that of the working directory, or that of /etc. */
function findConfig(named: string | undefined, env: Env): string | null {
  const chosen = named ?? env['PLIMSOLL_CONFIG'];
  if (chosen !== undefined && chosen !== '') return chosen;
  return [NAME, SYSTEM_WIDE].find((file) => existsSync(file)) ?? null;
}

/** Null where there is none and none is named. */
export async function loadOptionalConfig(
  named: string | undefined,
  env: Env,
): Promise<Result<Config | null, readonly Problem[]>> {
  const file = findConfig(named, env);
  return file === null ? ok(null) : loadConfig(file, env);
}

export async function loadRequiredConfig(
  named: string | undefined,
  env: Env,
): Promise<Result<Config, readonly Problem[]>> {
  const file = findConfig(named, env);
  if (file === null)
    return err([problem('config/missing', `there is no ${NAME} here and no ${SYSTEM_WIDE}`)]);
  return loadConfig(file, env);
}

function fieldOf(value: Json | undefined, key: string): Json | undefined {
  if (value === null || typeof value !== 'object' || Array.isArray(value)) return undefined;
  return Object.entries(value).find(([name]) => name === key)?.[1];
}

/**
 * Where a client of this machine finds the controller. Of the configuration only `listen.socket` is read:
 * whoever may ask the controller need not be able to read its secrets.
 */
export async function localSocketPath(
  options: { readonly socket?: string | undefined; readonly config?: string | undefined },
  env: Env,
): Promise<string> {
  const chosen = options.socket ?? env['PLIMSOLL_SOCKET'];
  if (chosen !== undefined && chosen !== '') return path.resolve(chosen);
  const machine = thisMachine(env);
  const file = findConfig(options.config, env);
  const bytes = file === null ? null : await readFile(file).catch(() => null);
  if (file !== null && bytes !== null) {
    const socket = fieldOf(fieldOf(parseYaml(file, bytes).documents[0]?.value, 'listen'), 'socket');
    if (typeof socket === 'string')
      return resolvePath(socket, path.dirname(path.resolve(file)), machine.home);
  }
  return defaultSocketPath(machine);
}
