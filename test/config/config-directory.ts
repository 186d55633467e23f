// A directory with a plimsoll.yaml and the files it refers to, removed after the test.

import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { onTestFinished } from 'vitest';
import type { Config } from '../../src/config/config.ts';
import { loadConfig } from '../../src/config/load.ts';
import { formatProblem } from '../../src/kernel/errors.ts';

const PRIVATE_KEY = '-----BEGIN OPENSSH PRIVATE KEY-----\nAAAA\n-----END OPENSSH PRIVATE KEY-----\n';
const CERTIFICATE = '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n';
export const TOKEN = '0123456789abcdef0123456789abcdef';

/** Everything that the tests' configurations refer to. */
const FILES: Readonly<Record<string, string>> = {
  'keys/id_ed25519': PRIVATE_KEY,
  'secrets/ghcr': 'ghcr-password\n',
  'secrets/sync-token': `${TOKEN}\n`,
  'secrets/short': 'short\n',
  'secrets/empty': '\n',
  'secrets/large': 'x'.repeat(70_000),
  'tls/ca.pem': CERTIFICATE,
  'tls/cert.pem': CERTIFICATE,
  'tls/key.pem': PRIVATE_KEY,
};

export interface ConfigDirectory {
  readonly directory: string;
  readonly file: string;
  chmod(name: string, mode: number): void;
}

export function configDirectory(yaml: string): ConfigDirectory {
  const directory = mkdtempSync(path.join(tmpdir(), 'plimsoll-config-'));
  onTestFinished(() => rmSync(directory, { recursive: true, force: true }));
  for (const [name, content] of Object.entries(FILES)) {
    mkdirSync(path.dirname(path.join(directory, name)), { recursive: true });
    writeFileSync(path.join(directory, name), content, { mode: 0o600 });
  }
  const file = path.join(directory, 'plimsoll.yaml');
  writeFileSync(file, yaml);
  return { directory, file, chmod: (name, mode) => chmodSync(path.join(directory, name), mode) };
}

export const ENVIRONMENT = {
  HOME: '/home/ops',
  FLEET_TOKEN: 'fleet-token',
  SSH_AUTH_SOCK: '/run/agent.sock',
};

/** The configuration; what is wrong with it ends the test. */
export async function mustLoad(
  yaml: string,
  env: Readonly<Record<string, string>> = ENVIRONMENT,
): Promise<{ readonly config: Config; readonly directory: string }> {
  const { directory, file } = configDirectory(yaml);
  const loaded = await loadConfig(file, env);
  if (!loaded.ok) throw new Error(loaded.error.map(formatProblem).join('\n'));
  return { config: loaded.value, directory };
}

/** What is wrong with it, as `line:column message`, and the hints. */
export async function problemsOf(
  yaml: string,
  env: Readonly<Record<string, string>> = ENVIRONMENT,
): Promise<{
  readonly texts: readonly string[];
  readonly codes: readonly string[];
  readonly hints: readonly string[];
}> {
  const { directory, file } = configDirectory(yaml);
  const loaded = await loadConfig(file, env);
  const problems = loaded.ok ? [] : loaded.error;
  return {
    texts: problems.map(({ span, message }) =>
      `${span === undefined ? '' : `${span.line}:${span.column} `}${message}`.replaceAll(directory, 'DIR'),
    ),
    codes: problems.map(({ code }) => code),
    hints: problems.map(({ hint }) => hint),
  };
}
