// The objects of one repository on disk, loose and packed, its own and those it borrows. Every object is
// held against its name (a SHA-1 of the content): what is read is what the commit says, or an error.
// Everything here is synchronous: it runs in the worker, or in a command that has nothing else to do.

import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { inflateSync } from 'node:zlib';
import { PlimsollError, problem } from '../../kernel/errors.ts';
import { type ParsedCommit, parseCommit, parseTag, parseTree, type RawTreeEntry } from './commit.ts';
import { MAX_OBJECT_BYTES } from './delta.ts';
import { errorCode } from './failure.ts';
import { type ObjectType, Pack, type StoredObject } from './pack.ts';

const MAX_ALTERNATES = 8;

export class ObjectDatabase {
  /** `objects` of the repository, then of those it borrows from. */
  readonly #folders: readonly string[];
  /** Open packs by path; null before the first look. */
  #packs: Map<string, Pack> | null = null;

  constructor(gitdir: string) {
    this.#folders = withAlternates(join(gitdir, 'objects'));
  }

  close(): void {
    for (const pack of this.#packs?.values() ?? []) pack.close();
    this.#packs = null;
  }

  /**
   * Null where the repository does not have it; throws `source/corrupt` where it cannot be read, and
   * `source/limit` above MAX_OBJECT_BYTES.
   */
  find(oid: string): StoredObject | null {
    const found = this.#findRaw(oid);
    if (found !== null && objectName(found) !== oid) throw new PlimsollError(damaged(oid));
    return found;
  }

  #findRaw(oid: string): StoredObject | null {
    const name = Buffer.from(oid, 'hex');
    const packed = this.#packs === null ? null : this.#findPacked(name);
    if (packed !== null) return packed;
    for (const folder of this.#folders) {
      const loose = readLoose(folder, oid);
      if (loose !== null) return loose;
    }
    // `git gc` may have packed it, and replaced packs, since the last look.
    this.#openPacks();
    return this.#findPacked(name);
  }

  #findPacked(name: Buffer): StoredObject | null {
    for (const pack of this.#packs?.values() ?? []) {
      const found = pack.find(name, (base) => this.#findRaw(base.toString('hex')));
      if (found !== null) return found;
    }
    return null;
  }

  #openPacks(): void {
    const before = this.#packs ?? new Map<string, Pack>();
    const now = new Map<string, Pack>();
    for (const folder of this.#folders) {
      for (const file of listFolder(join(folder, 'pack'))) {
        if (!file.endsWith('.idx')) continue;
        const path = join(folder, 'pack', file.slice(0, -'.idx'.length));
        const pack = before.get(path) ?? openPack(path);
        if (pack !== null) now.set(path, pack);
      }
    }
    for (const [path, pack] of before) if (!now.has(path)) pack.close();
    this.#packs = now;
  }

  /** Throws `source/corrupt` where the object is missing, unreadable or of another type. */
  read(oid: string, type: ObjectType): Buffer {
    const found = this.find(oid);
    if (found?.type !== type) throw new PlimsollError(damaged(oid));
    return found.bytes;
  }

  commit(oid: string): ParsedCommit {
    const commit = parseCommit(oid, this.read(oid, 'commit'));
    if (commit === null) throw new PlimsollError(damaged(oid));
    return commit;
  }

  tree(oid: string): readonly RawTreeEntry[] {
    // The empty tree has a name everywhere and an object nowhere.
    if (oid === EMPTY_TREE) return [];
    const entries = parseTree(this.read(oid, 'tree'));
    if (entries === null) throw new PlimsollError(damaged(oid));
    return entries;
  }

  /**
   * The commit that a ref's object id stands for, through annotated tags; null where the repository does
   * not have it.
   */
  peel(oid: string): ParsedCommit | null {
    let found = this.find(oid);
    let at = oid;
    for (let hops = 0; found?.type === 'tag' && hops < 8; hops += 1) {
      const target = parseTag(found.bytes);
      if (target === null) throw new PlimsollError(damaged(at));
      at = target;
      found = this.find(at);
      if (found === null) throw new PlimsollError(damaged(at));
    }
    if (found === null) return null;
    if (found.type !== 'commit') {
      const what = `the tag points at a ${found.type}, not at a commit`;
      throw new PlimsollError(problem('source/not-found', what));
    }
    return this.commit(at);
  }
}

const EMPTY_TREE = '4b825dc642cb6eb9a060e54bf8d69288fbee4904';

/** Git's name of an object. */
export function objectName({ type, bytes }: StoredObject): string {
  return createHash('sha1').update(`${type} ${bytes.length}\0`).update(bytes).digest('hex');
}

function readLoose(folder: string, oid: string): StoredObject | null {
  const packed = readOptionalSync(join(folder, oid.slice(0, 2), oid.slice(2)));
  if (packed === null) return null;
  try {
    const bytes = inflateSync(packed, { maxOutputLength: MAX_OBJECT_BYTES + 64 });
    const end = bytes.indexOf(0);
    const type = /^(blob|commit|tree|tag) \d+$/.exec(bytes.toString('latin1', 0, end))?.[1];
    if (type !== 'blob' && type !== 'commit' && type !== 'tree' && type !== 'tag')
      throw new Error('no object');
    return { type, bytes: bytes.subarray(end + 1) };
  } catch (thrown) {
    if (errorCode(thrown) !== 'ERR_BUFFER_TOO_LARGE') throw new PlimsollError(damaged(oid), thrown);
    const what = `object ${oid} of the repository has more than ${MAX_OBJECT_BYTES} bytes`;
    throw new PlimsollError(problem('source/limit', what));
  }
}

/** Null where the pack went away between the listing and the opening. */
function openPack(path: string): Pack | null {
  try {
    return new Pack(path);
  } catch (thrown) {
    if (errorCode(thrown) === 'ENOENT') return null;
    throw thrown;
  }
}

function withAlternates(objects: string): string[] {
  const folders = [objects];
  for (const folder of folders) {
    const alternates = readOptionalSync(join(folder, 'info', 'alternates'))?.toString('utf8') ?? '';
    for (const line of alternates.split('\n')) {
      const borrowed = resolve(folder, line.trim());
      if (line.trim() === '' || line.startsWith('#') || folders.includes(borrowed)) continue;
      if (folders.length < MAX_ALTERNATES) folders.push(borrowed);
    }
  }
  return folders;
}

function listFolder(path: string): string[] {
  try {
    return readdirSync(path);
  } catch (thrown) {
    if (errorCode(thrown) === 'ENOENT') return [];
    throw thrown;
  }
}

function readOptionalSync(path: string): Buffer | null {
  try {
    return readFileSync(path);
  } catch (thrown) {
    if (['ENOENT', 'ENOTDIR'].includes(errorCode(thrown))) return null;
    throw thrown;
  }
}

const damaged = (oid: string) =>
  problem('source/corrupt', `object ${oid} of the repository is missing or damaged`);
