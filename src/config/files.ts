// Reads what the configuration refers to: secrets (sealed at once) and certificates. Each failure is a
// problem at the place of the reference; the content is never part of it.

import { open } from 'node:fs/promises';
import { type Problem, problem } from '../kernel/errors.ts';
import { Sealed } from '../kernel/sealed.ts';
import { formatPath, type Path } from '../manifest/position.ts';
import type { Locate } from './diagnose.ts';
import { resolvePath } from './places.ts';
import type { SecretReference } from './schema-values.ts';

const MAX_BYTES = 64 * 1024;
const READABLE_BY_OTHERS = 0o004;
const WRITABLE_BY_OTHERS = 0o022;

interface FileContent {
  readonly text: string;
  readonly mode: number;
}

export interface ReferenceOptions {
  readonly configDir: string;
  readonly home: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly locate: Locate;
}

/** Reads one reference after the other and collects what is wrong with them. */
export class References {
  readonly problems: Problem[] = [];
  readonly #options: ReferenceOptions;
  readonly #refused = new Set<string>();

  constructor(options: ReferenceOptions) {
    this.#options = options;
  }

  /** Whether something below `path` was refused. */
  hasRefused(path: Path): boolean {
    return [...this.#refused].some((place) => place.startsWith(`${formatPath(path)}.`));
  }

  /** A password or token: the line end that editors add is not part of it. Null after a problem. */
  async secret(reference: SecretReference, path: Path): Promise<Sealed<string> | null> {
    const text = await this.#text(reference, path);
    return text === null ? null : this.#sealed(text.replace(/\r?\n$/, ''), path);
  }

  /** A private key, as it stands in its file. Null after a problem. */
  async privateKey(reference: SecretReference, path: Path): Promise<Sealed<string> | null> {
    const text = await this.#text(reference, path);
    if (text === null) return null;
    if (/-----BEGIN [A-Z ]*PRIVATE KEY-----/.test(text)) return this.#sealed(text, path);
    this.#refuse(path, 'is no private key in PEM or OpenSSH format');
    return null;
  }

  /** PEM text with at least one certificate. Null after a problem. */
  async certificate(file: string, path: Path): Promise<string | null> {
    const content = await this.#file(file, path);
    if (content === null) return null;
    if (content.text.includes('-----BEGIN CERTIFICATE-----')) return content.text;
    this.#refuse(path, `${file} holds no certificate in PEM format`);
    return null;
  }

  /** Null after a problem. */
  variable(name: string, path: Path): string | null {
    const value = this.#options.env[name];
    if (value !== undefined && value !== '') return value;
    const hint = `Set ${name} in the environment of \`plimsoll serve\` (and of whatever else reads this file).`;
    this.#refuse(path, `the environment variable ${name} is not set`, hint);
    return null;
  }

  #sealed(text: string, path: Path): Sealed<string> | null {
    if (text !== '') return new Sealed(text);
    this.#refuse(path, 'is empty');
    return null;
  }

  async #text(reference: SecretReference, path: Path): Promise<string | null> {
    if (reference.kind === 'env') return this.variable(reference.name, path);
    const content = await this.#file(reference.path, path);
    if (content === null) return null;
    const mode = (content.mode & 0o777).toString(8).padStart(4, '0');
    const hint = `Run \`chmod 600 ${this.#resolve(reference.path)}\`, and change the secret if others may have read it.`;
    if ((content.mode & READABLE_BY_OTHERS) !== 0) {
      this.#refuse(path, `${reference.path} can be read by everybody on this machine (mode ${mode})`, hint);
      return null;
    }
    if ((content.mode & WRITABLE_BY_OTHERS) !== 0) {
      this.#refuse(path, `${reference.path} can be changed by others (mode ${mode})`, hint);
      return null;
    }
    return content.text;
  }

  async #file(file: string, path: Path): Promise<FileContent | null> {
    try {
      const handle = await open(this.#resolve(file), 'r');
      try {
        const { mode, size } = await handle.stat();
        if (size > MAX_BYTES) {
          this.#refuse(path, `${file} is larger than ${MAX_BYTES / 1024} KiB`);
          return null;
        }
        return { text: await handle.readFile('utf8'), mode };
      } finally {
        await handle.close();
      }
    } catch (thrown) {
      this.#refuse(path, `${file} cannot be read: ${reasonOf(thrown)}`);
      return null;
    }
  }

  #resolve(file: string): string {
    return resolvePath(file, this.#options.configDir, this.#options.home);
  }

  #refuse(path: Path, message: string, hint?: string): void {
    this.#refused.add(formatPath(path));
    this.problems.push(
      problem('config/secret-unreadable', `${formatPath(path)}: ${message}`, {
        span: this.#options.locate(path),
        ...(hint === undefined ? {} : { hint }),
      }),
    );
  }
}

const REASONS: Readonly<Record<string, string>> = {
  ENOENT: 'there is no such file',
  EACCES: 'permission denied',
  EISDIR: 'it is a directory',
};

function reasonOf(thrown: unknown): string {
  const code = thrown instanceof Error && 'code' in thrown ? String(thrown.code) : '';
  return REASONS[code] ?? (code === '' ? String(thrown) : code);
}
