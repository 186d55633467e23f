// Image layers made of files in memory: no network, no build, the same bytes every time.

import { existsSync, readFileSync } from 'node:fs';
import { buffer } from 'node:stream/consumers';
import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import tar from 'tar-stream';
import { runCommand } from './command.ts';
import { type Layer, sha256 } from './push.ts';

const EPOCH = new Date(0);
const BUSYBOX_PATHS = ['/bin/busybox', '/usr/bin/busybox'];

/** A layer of executable files and of the directories they need; a path that ends in "/" is a directory. */
export async function layerOf(files: Readonly<Record<string, string | Buffer>>): Promise<Layer> {
  const pack = tar.pack();
  for (const [name, content] of Object.entries(files)) {
    if (name.endsWith('/')) addDirectory(pack, name);
    else pack.entry({ name, mode: 0o755, mtime: EPOCH }, content);
  }
  pack.finalize();
  return compress(await buffer(pack));
}

let busybox: Promise<Layer> | undefined;

/** The static busybox with a link for each of its commands: all that the lab's images stand on. */
export function busyboxLayer(): Promise<Layer> {
  busybox ??= buildBusyboxLayer();
  return busybox;
}

async function buildBusyboxLayer(): Promise<Layer> {
  const path = BUSYBOX_PATHS.find(existsSync);
  if (path === undefined) throw new Error('no busybox: install the Debian package busybox-static');
  const commands = (await runCommand(path, ['--list'])).split('\n').filter((command) => command !== '');
  const pack = tar.pack();
  for (const name of ['bin/', 'etc/', 'proc/', 'sys/', 'dev/', 'run/', 'var/', 'root/']) {
    addDirectory(pack, name);
  }
  addDirectory(pack, 'tmp/', 0o1777);
  pack.entry({ name: 'bin/busybox', mode: 0o755, mtime: EPOCH }, readFileSync(path));
  for (const command of commands.filter((name) => name !== 'busybox')) {
    pack.entry({ name: `bin/${command}`, type: 'symlink', linkname: 'busybox', mtime: EPOCH });
  }
  pack.entry(
    { name: 'etc/passwd', mtime: EPOCH },
    'root:x:0:0:root:/root:/bin/sh\napp:x:1000:1000::/:/bin/sh\n',
  );
  pack.entry({ name: 'etc/group', mtime: EPOCH }, 'root:x:0:\napp:x:1000:\n');
  pack.finalize();
  return compress(await buffer(pack));
}

function addDirectory(pack: tar.Pack, name: string, mode = 0o755): void {
  pack.entry({ name, type: 'directory', mode, mtime: EPOCH });
}

async function compress(archive: Buffer): Promise<Layer> {
  const compressed = await promisify(gzip)(archive, { level: 1 });
  return { compressed, diffId: sha256(archive) };
}
