// Asks a host what a doctor wants to know, over connections of its own: what the running controller sees
// of the host is another matter, and stays undisturbed.

import { statfs } from 'node:fs/promises';
import { text } from 'node:stream/consumers';
import { z } from 'zod';
import type { DesiredHost, HostAddress } from '../../desired/desired.ts';
import { PlimsollError, problem } from '../../kernel/errors.ts';
import { invariant } from '../../kernel/invariant.ts';
import type { Clock } from '../../ports/clock.ts';
import type { AskHost, HostFacts } from '../../ports/host-facts.ts';
import type { TlsCredential } from '../docker/direct-transport.ts';
import { openTransport } from '../docker/open-transport.ts';
import { openSession } from '../docker/session.ts';
import { ChannelRefused, openSshConnection, type SshConnection } from '../ssh/connection.ts';
import type { SshCredential } from '../ssh/credential.ts';
import { freeSpaceFromDf } from './df.ts';

export interface HostAskerOptions {
  readonly clock: Clock;
  /** The key for a host; null where the configuration has none of the name that the host gives. */
  readonly credentialOf: (host: DesiredHost) => SshCredential | TlsCredential | null;
}

type Disk = HostFacts['disk'];

const InfoAnswer = z.object({ SystemTime: z.string().optional(), DockerRootDir: z.string() });

export function createHostAsker(options: HostAskerOptions): AskHost {
  return async (host, { deadlineMs }) => {
    const credential = options.credentialOf(host);
    const session = await openSession((opening) => openTransport({ ...host, credential }, opening), {
      deadlineMs,
    });
    try {
      const attempt = 'cannot ask the engine about itself';
      const askedAt = options.clock.now();
      const info = await session.call(attempt, { deadlineMs }, (engine) =>
        engine.read({ method: 'GET', path: '/info', attempt }, InfoAnswer),
      );
      const tookMs = options.clock.now() - askedAt;
      const engineAt = Date.parse(info.SystemTime ?? '');
      return {
        engine: session.engine,
        ...(await lookAround(host, credential, info.DockerRootDir, deadlineMs)),
        clockAheadMs: Number.isNaN(engineAt) ? null : Math.round(engineAt - (askedAt + tookMs / 2)),
        clockErrorMs: Math.ceil(tookMs / 2),
        askedAt,
      };
    } finally {
      session.end(problem('host/cancelled', 'the examination is over'));
    }
  };
}

async function lookAround(
  host: DesiredHost,
  credential: SshCredential | TlsCredential | null,
  path: string,
  deadlineMs: number,
): Promise<Pick<HostFacts, 'door' | 'disk'>> {
  const { address } = host;
  if (address.scheme === 'unix') return { door: 'socket', disk: await localDisk(path) };
  if (address.scheme === 'tcp')
    return { door: 'tls', disk: { path, because: 'a tcp:// address gives no access to the disk' } };
  invariant(credential !== null && credential.kind !== 'tls', `host ${host.id} was reached with an SSH key`);
  const ssh = await openSshConnection({ target: address, hostKeys: host.hostKeys, credential, deadlineMs });
  try {
    return { door: await doorOf(ssh, address), disk: await remoteDisk(ssh, path, deadlineMs) };
  } finally {
    ssh.close();
  }
}

async function localDisk(path: string): Promise<Disk> {
  try {
    const { bsize, bavail, blocks } = await statfs(path);
    return { path, freeBytes: bsize * bavail, totalBytes: bsize * blocks };
  } catch (error) {
    return { path, because: error instanceof Error ? error.message : String(error) };
  }
}

async function doorOf(
  ssh: SshConnection,
  address: HostAddress & { readonly scheme: 'ssh' },
): Promise<HostFacts['door']> {
  try {
    (await ssh.openUnix(address.socketPath)).destroy();
    return 'forwarding';
  } catch (error) {
    if (error instanceof ChannelRefused) return 'dial-stdio';
    throw error;
  }
}

/** A key that is restricted to something else runs that instead: then nothing is known. */
async function remoteDisk(ssh: SshConnection, path: string, deadlineMs: number): Promise<Disk> {
  const unknown = { path, because: 'the key may not run `df` there' };
  try {
    // sshd hands the line to a shell, so the path, which the engine told, is quoted.
    const { stream } = await ssh.run(`LC_ALL=C df -Pk -- '${path.replaceAll("'", `'\\''`)}'`);
    const timer = setTimeout(() => stream.destroy(new Error('no answer in time')), deadlineMs);
    stream.end();
    const output = await text(stream).finally(() => clearTimeout(timer));
    const space = freeSpaceFromDf(output);
    return space === null ? unknown : { path, ...space };
  } catch (error) {
    if (error instanceof PlimsollError) throw error;
    return unknown;
  }
}
