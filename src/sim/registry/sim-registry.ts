// A simulated registry: images by tag and digest, repositories that ask for a password, outages and rate
// limits. A digest follows from the name, the tag and how often the tag was pushed, so that a tag that was
// moved is another image.

import { sha256 } from '../../kernel/canonical.ts';
import { type Problem, problem } from '../../kernel/errors.ts';
import { parseImageReference } from '../../kernel/image-reference.ts';
import { err, ok, type Result } from '../../kernel/result.ts';
import type { RegistryCredential } from '../../ports/host.ts';

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
      return err(refusal(reference, credential));
    const image =
      digest === null ? this.#tags.get(`${name}:${tag}`) : this.#byDigest.get(`${name}@${digest}`);
    return image === undefined
      ? err(problem('image/not-found', `the registry has no ${reference}`))
      : ok(image);
  }
}

/** What the registry answers while something is the matter with it, in the words of the real adapter. */
export const REGISTRY_OUTAGES = {
  unreachable: problem('image/registry', 'the registry cannot be reached: connection refused'),
  rateLimit: problem('image/registry', 'the registry limits the rate, asks to wait 30s'),
  auth: problem('image/auth', 'the registry refuses everybody'),
} as const;

const refusal = (reference: string, credential: RegistryCredential | null): Problem =>
  credential === null
    ? problem('image/auth', `the registry demands a login for ${reference}`)
    : problem('image/auth', `the registry refuses user "${credential.username}" for ${reference}`);

function partsOf(reference: string): { name: string; tag: string; digest: string | null } {
  const parsed = parseImageReference(reference);
  if (!parsed.ok) throw new Error(`${reference}: ${parsed.error}`);
  const { registry, repository, tag, digest } = parsed.value;
  return { name: `${registry}/${repository}`, tag: tag ?? 'latest', digest };
}
