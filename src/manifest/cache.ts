// Remembers what each file was read as, by path and content, so that reading a source again costs a
// look-up per unchanged file.

import type { Problem } from '../kernel/errors.ts';
import type { ManifestDocument } from './document.ts';

export interface FileReading {
  readonly documents: readonly ManifestDocument[];
  readonly problems: readonly Problem[];
  /** Whether a document has our apiVersion; a file without may be one that a Config refers to. */
  readonly hasManifests: boolean;
}

/** Spares reading again what was read already: the same content at the same place is always read as the same. */
export interface ReadingMemo {
  reading(place: string, blob: string, read: () => FileReading): FileReading;
}

const NO_MEMO: ReadingMemo = { reading: (_path, _blob, read) => read() };

interface Entry {
  readonly reading: FileReading;
  usedInPass: number;
}

export class ManifestCache {
  /** Directory of the source as people know it: in places it stands in front of the paths. '' for none. */
  readonly directory: string;
  readonly #paths = new Map<string, Map<string, Entry>>();
  readonly #memo: ReadingMemo;
  #entries = 0;
  #pass = 0;

  /** `memo`: shared with other caches; nobody sees from outside that it is. */
  constructor(directory = '', memo: ReadingMemo = NO_MEMO) {
    this.directory = directory;
    this.#memo = memo;
  }

  /** Where a person finds a file of the source: in the repository, or from the working directory. */
  placeOf(path: string): string {
    return this.directory === '' ? path : `${this.directory.replace(/\/+$/, '')}/${path}`;
  }

  /** Whether the content of this file need not be fetched: `readManifests` will not look at it. */
  has(path: string, blob: string): boolean {
    return this.#paths.get(path)?.has(blob) ?? false;
  }

  beginPass(): void {
    this.#pass += 1;
  }

  reading(path: string, blob: string, read: () => FileReading): FileReading {
    let blobs = this.#paths.get(path);
    if (blobs === undefined) {
      blobs = new Map();
      this.#paths.set(path, blobs);
    }
    let entry = blobs.get(blob);
    if (entry === undefined) {
      entry = { reading: this.#memo.reading(this.placeOf(path), blob, read), usedInPass: this.#pass };
      blobs.set(blob, entry);
      this.#entries += 1;
    }
    entry.usedInPass = this.#pass;
    return entry.reading;
  }

  /** Once more than `keep` files are held, forgets those that this pass and the last 20 did not use. */
  endPass(keep: number): void {
    if (this.#entries <= keep) return;
    for (const [path, blobs] of this.#paths) {
      for (const [blob, entry] of blobs) {
        if (entry.usedInPass > this.#pass - 20) continue;
        blobs.delete(blob);
        this.#entries -= 1;
      }
      if (blobs.size === 0) this.#paths.delete(path);
    }
  }
}
