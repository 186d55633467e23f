// The sshd of a machine, its host key, and the keys that clients of the lab use. Limits are generous, since a
// test that opens 200 channels should fail by the product's doing and not by sshd's defaults.

import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createConnection } from 'node:net';
import { join } from 'node:path';
import { runCommand, tryCommand } from './command.ts';
import { Daemon } from './daemon.ts';
import type { Machine } from './machine.ts';

export interface SshKeyPair {
  /** OpenSSH's private key format, as ssh2 takes it. */
  readonly privateKey: string;
  readonly privateKeyPath: string;
  /** One line: "ssh-ed25519 AAAA… comment". */
  readonly publicKey: string;
}

export async function generateKeyPair(path: string, comment: string): Promise<SshKeyPair> {
  await runCommand('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-C', comment, '-f', path]);
  return {
    privateKey: readFileSync(path, 'utf8'),
    privateKeyPath: path,
    publicKey: readFileSync(`${path}.pub`, 'utf8').trim(),
  };
}

export interface SshServerSpec {
  readonly machine: Machine;
  readonly address: string;
  /** Where configuration, keys and log are written. */
  readonly directory: string;
  /** Lines of authorized_keys. */
  readonly authorizedKeys: readonly string[];
}

export interface SshServer {
  readonly daemon: Daemon;
  readonly hostKey: SshKeyPair;
}

/** Prepares the server; it is the caller who starts the daemon. */
export async function prepareSshServer(spec: SshServerSpec): Promise<SshServer> {
  const directory = join(spec.directory, 'sshd');
  mkdirSync(directory);
  const hostKey = await generateKeyPair(join(directory, 'host_ed25519'), spec.machine.name);
  const authorizedKeysPath = join(directory, 'authorized_keys');
  writeFileSync(authorizedKeysPath, `${spec.authorizedKeys.join('\n')}\n`, { mode: 0o600 });
  const configPath = join(directory, 'sshd_config');
  const config = [
    `ListenAddress ${spec.address}:22`,
    `HostKey ${hostKey.privateKeyPath}`,
    `AuthorizedKeysFile ${authorizedKeysPath}`,
    'PidFile none',
    'PermitRootLogin prohibit-password',
    'PubkeyAuthentication yes',
    'PasswordAuthentication no',
    'KbdInteractiveAuthentication no',
    'UsePAM no',
    'StrictModes no',
    'UseDNS no',
    'PrintMotd no',
    'AllowTcpForwarding yes',
    'AllowStreamLocalForwarding yes',
    'MaxSessions 1000',
    'MaxStartups 1000',
    'LogLevel VERBOSE',
    ...(await penaltiesOff()),
  ];
  writeFileSync(configPath, `${config.join('\n')}\n`);
  const daemon = new Daemon(spec.machine, {
    name: 'sshd',
    command: '/usr/sbin/sshd', // sshd insists on an absolute path
    args: ['-D', '-e', '-f', configPath],
    logPath: join(directory, 'log'),
    reach: 'tree',
    isReady: () => greets(spec.address, 22),
  });
  return { daemon, hostKey };
}

/** From 9.8 on sshd locks out addresses that fail to log in, which tests of wrong keys do on purpose. */
async function penaltiesOff(): Promise<string[]> {
  const { stderr } = await tryCommand('/usr/sbin/sshd', ['-V']);
  const [, major = '0', minor = '0'] = /OpenSSH_(\d+)\.(\d+)/.exec(stderr) ?? [];
  return Number(major) * 100 + Number(minor) >= 908 ? ['PerSourcePenalties no'] : [];
}

/** True once the server has sent its banner. */
function greets(address: string, port: number): Promise<boolean> {
  return new Promise((resolve, reject) => {
    const socket = createConnection({ host: address, port, timeout: 1000 });
    const finish = (greeted: boolean) => {
      socket.destroy();
      resolve(greeted);
    };
    socket.once('data', (banner) => finish(banner.toString().startsWith('SSH-')));
    socket.once('timeout', () => finish(false));
    socket.once('close', () => finish(false));
    socket.once('error', reject);
  });
}
