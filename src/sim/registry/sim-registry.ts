// A simulated registry: images by tag and digest, repositories that ask for a password, outages and rate
// limits. A digest follows from the name, the tag and how often the tag was pushed, so that a tag that was
// moved is another image.

import { sha256 } from '../../kernel/canonical.ts';
import { type Problem, problem } from '../../kernel/errors.ts';
import { parseImageReference } from '../../kernel/image-reference.ts';
import { err, ok, type Result } from '../../kernel/result.ts';
import type { Clock } from '../../ports/clock.ts';
import type { RegistryCredential } from '../../ports/host.ts';
import type { Registry } from '../../ports/registry.ts';

/** What can stand behind a name: the image's content is known to whoever simulates the processes in it. */
export interface SimImage {
  /** `registry.test/shop/api`. */
  readonly name: string;
  readonly tag: string;
  readonly digest: string;
  readonly sizeBytes: number;
}

export class SimRegistry {
  readonly #tags = new Map<string, SimImage>();
  readonly #byDigest = new Map<string, SimImage>();
  readonly #pushes = new Map<string, number>();
  readonly #passwords = new Map<string, string>();
  /** Not null: the answer to everybody at the moment. */
  outage: Problem | null = null;

  /** Pushes `name:tag`; a second push of the same tag moves it. */
  push(reference: string, sizeBytes = 20_000_000): SimImage {
    const { name, tag } = partsOf(reference);
    const count = (this.#pushes.get(reference) ?? 0) + 1;
    this.#pushes.set(reference, count);
    const digest = `sha256:${sha256(`${reference}#${count}`)}`;
    const image = { name, tag, digest, sizeBytes };
    this.#tags.set(`${name}:${tag}`, image);
    this.#byDigest.set(`${name}@${digest}`, image);
    return image;
  }

  remove(reference: string): void {
    const { name, tag } = partsOf(reference);
    this.#tags.delete(`${name}:${tag}`);
  }

  /** What was ever pushed under `name@digest`; null where nothing was. */
  imageOf(reference: string): SimImage | null {
    return this.#byDigest.get(reference) ?? null;
  }

  /** From now on images of `name` need this password. */
  protect(name: string, password: string): void {
    this.#passwords.set(name, password);
  }

  /** The image behind `name:tag` or `name@digest`, or why it is not given. */
  find(reference: string, credential: RegistryCredential | null): Result<SimImage, Problem> {
    if (this.outage !== null) return err(this.outage);
    const { name, tag, digest } = partsOf(reference);
    const password = this.#passwords.get(name);
    if (password !== undefined && credential?.password.open() !== password)
      return err(problem('image/auth', `${name}: the registry refuses these credentials`));
    const image =
      digest === null ? this.#tags.get(`${name}:${tag}`) : this.#byDigest.get(`${name}@${digest}`);
    return image === undefined
      ? err(problem('image/not-found', `${reference} is not in the registry`))
      : ok(image);
  }
}

function partsOf(reference: string): { name: string; tag: string; digest: string | null } {
  const parsed = parseImageReference(reference);
  if (!parsed.ok) throw new Error(`${reference}: ${parsed.error}`);
  const { registry, repository, tag, digest } = parsed.value;
  return { name: `${registry}/${repository}`, tag: tag ?? 'latest', digest };
}

export interface SimRegistryPort {
  readonly registry: SimRegistry;
  readonly clock: Clock;
  readonly delayMs: () => number;
  readonly isAlive: () => boolean;
}

/** A new one each time: a shared one would gather the reactions of all who wait. */
const never = (): Promise<never> => new Promise(() => {});

/** The Registry port of one process. */
export function registryPort({ registry, clock, delayMs, isAlive }: SimRegistryPort): Registry {
  return {
    async resolve(reference, credential, { deadlineMs }) {
      const takesMs = delayMs();
      if (takesMs > 0)
        await new Promise<void>((resolve) => clock.after(Math.min(takesMs, deadlineMs), resolve));
      if (!isAlive()) return never();
      if (takesMs > deadlineMs) return err(problem('image/registry', 'the registry did not answer in time'));
      const found = registry.find(reference, credential);
      return found.ok ? ok(found.value.digest) : found;
    },
  };
}
