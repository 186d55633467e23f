// The Host manifests that are there already: one engine must not be two hosts of a fleet.

import { readdir, readFile, stat } from 'node:fs/promises';
import path from 'node:path';
import type { HostAddress } from '../desired/desired.ts';
import { isManifestPath, readManifests } from '../manifest/read.ts';

const MAX_FILES = 5_000;
/** Larger files hold no Host manifests that a person wrote. */
const MAX_BYTES = 1024 * 1024;
const PASSED_BY = new Set(['.git', 'node_modules']);

export interface WrittenHost {
  readonly name: string;
  readonly address: HostAddress;
  /** As seen from the working directory. */
  readonly file: string;
}

/** Equal texts: the same engine, whoever logs in there. */
function engineOf(address: HostAddress): string {
  switch (address.scheme) {
    case 'unix':
      return `unix ${address.socketPath}`;
    case 'tcp':
      return `tcp ${address.host.toLowerCase()} ${address.port}`;
    case 'ssh':
      return `ssh ${address.host.toLowerCase()} ${address.port} ${address.socketPath}`;
    default:
      return address satisfies never;
  }
}

export const isSameEngine = (a: HostAddress, b: HostAddress): boolean => engineOf(a) === engineOf(b);

/** The directory of manifests that a directory of hosts belongs to: its top below the working directory. */
function manifestsOf(directory: string): string {
  const below = path.relative(process.cwd(), path.resolve(directory));
  const [top = ''] = below.split(path.sep);
  if (below !== '' && top !== '..' && !path.isAbsolute(below)) return top;
  return path.basename(path.resolve(directory)) === 'hosts' ? path.dirname(directory) : directory;
}

async function manifestFiles(root: string): Promise<readonly string[]> {
  const files: string[] = [];
  const waiting = [''];
  for (let prefix = waiting.pop(); prefix !== undefined; prefix = waiting.pop()) {
    // What cannot be listed is not there for us: it is `validate` that complains.
    const entries = await readdir(path.join(root, prefix), { withFileTypes: true }).catch(() => []);
    for (const entry of entries) {
      const name = prefix === '' ? entry.name : `${prefix}/${entry.name}`;
      if (entry.isDirectory() && !PASSED_BY.has(entry.name)) waiting.push(name);
      else if (entry.isFile() && isManifestPath(name)) files.push(name);
      if (files.length >= MAX_FILES) return files;
    }
  }
  return files.sort();
}

async function contentOf(file: string): Promise<Uint8Array> {
  const { size } = await stat(file);
  return size > MAX_BYTES ? new Uint8Array() : readFile(file);
}

/** The hosts of the manifests around `directory`; files with mistakes are left to `validate`. */
export async function writtenHosts(directory: string): Promise<readonly WrittenHost[]> {
  const root = manifestsOf(directory);
  const files = await Promise.all(
    (await manifestFiles(root)).map(async (name) => ({
      path: name,
      blob: name,
      bytes: await contentOf(path.join(root, name)).catch(() => new Uint8Array()),
    })),
  );
  return readManifests(files).documents.flatMap((document) =>
    document.kind === 'Host'
      ? [
          {
            name: document.manifest.metadata.name,
            address: document.manifest.spec.address,
            file: path.join(root, document.file),
          },
        ]
      : [],
  );
}
