// The HAProxy of this machine, with what its official image has beside it, for where no registry can be reached.

import { realpathSync } from 'node:fs';
import { failed, findProgram, missing, runCommand } from '../command.ts';
import { ensurePrograms } from '../engine/install.ts';
import { type RootFileSystem, rootFileSystem } from './root-file-system.ts';

const PROGRAMS = [
  ...['haproxy', 'bash', 'tar', 'flock', 'getent'],
  ...['cat', 'ln', 'mkdir', 'mv', 'readlink', 'rm', 'sleep', 'timeout'],
];
const VERSION_MS = 10_000;
/** The oldest that takes the rules. */
const OLDEST = [2, 6] as const;
/** It gives up its rights to become this user. */
const USERS = {
  '/etc/passwd': 'root:x:0:0:root:/root:/bin/bash\nhaproxy:x:99:99::/var/lib/haproxy:/usr/sbin/nologin\n',
  '/etc/group': 'root:x:0:\nhaproxy:x:99:\n',
};

export interface OwnHaproxy {
  readonly version: string;
  readonly root: RootFileSystem;
}

function pathOf(program: string): string {
  const found = findProgram(program);
  if (found === null) throw failed(`${program} cannot be found here`);
  return realpathSync(found);
}

async function versionOf(haproxy: string): Promise<string> {
  const printed = await runCommand(haproxy, ['-v'], { deadlineMs: VERSION_MS });
  const [, version = printed.trim(), major = '0', minor = '0'] =
    /version ((\d+)\.(\d+)[\w.]*)/.exec(printed) ?? [];
  const isOld = Number(major) < OLDEST[0] || (Number(major) === OLDEST[0] && Number(minor) < OLDEST[1]);
  if (!isOld) return version;
  throw missing(
    `the HAProxy of this machine is ${version}, and ${OLDEST.join('.')} is the oldest that will do`,
    'Connect this machine to docker.io and run the demo again.',
  );
}

/** Installs HAProxy where it is missing and that may be done, or rejects with what to do. */
export async function ownHaproxy(say: (detail: string) => void): Promise<OwnHaproxy> {
  await ensurePrograms(PROGRAMS, say);
  const version = await versionOf(pathOf('haproxy'));
  const paths = PROGRAMS.map(pathOf);
  const root = await rootFileSystem({
    programs: new Map(paths.map((path) => [path, path])),
    texts: USERS,
    changes: ['ENV PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin'],
  });
  return { version, root };
}
