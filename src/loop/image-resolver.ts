// Answers the plan's question which image stands behind a reference: the digest that the registry names,
// or, for images that were imported by hand, the ids that the hosts have under the name.

import pLimit from 'p-limit';
import type { ImageIdentity } from '../desired/revision.ts';
import { type Problem, problem, toProblem } from '../kernel/errors.ts';
import type { ServiceKey } from '../kernel/ids.ts';
import { parseImageReference } from '../kernel/image-reference.ts';
import { err, ok, type Result } from '../kernel/result.ts';
import type { HostView } from '../observed/host-view.ts';
import type { Clock } from '../ports/clock.ts';
import type { RegistryCredential } from '../ports/host.ts';
import type { Registry } from '../ports/registry.ts';
import type { Ask, ImageFact } from '../rollout/facts.ts';

export interface ImageResolverOptions {
  readonly clock: Clock;
  readonly registry: Registry;
  readonly credential: (image: string) => RegistryCredential | null;
  readonly views: () => Iterable<HostView>;
  readonly pullPolicy: (service: ServiceKey) => 'missing' | 'always' | 'never';
  readonly onAnswer: (service: ServiceKey, fact: ImageFact) => void;
}

const RESOLVE_MS = 30_000;
const LOOKUPS_AT_ONCE = 8;

export class ImageResolver {
  readonly #options: ImageResolverOptions;
  readonly #facts = new Map<ServiceKey, ImageFact>();
  readonly #asking = new Set<string>();
  readonly #limit = pLimit(LOOKUPS_AT_ONCE);
  readonly #stop = new AbortController();

  constructor(options: ImageResolverOptions) {
    this.#options = options;
  }

  get facts(): ReadonlyMap<ServiceKey, ImageFact> {
    return this.#facts;
  }

  /** Forgets an answer, so that the next question goes to the registry again. */
  forget(service: ServiceKey): void {
    this.#facts.delete(service);
  }

  ask(asks: readonly Ask[]): void {
    for (const { service, reference } of asks) {
      const key = `${service} ${reference}`;
      if (this.#asking.has(key)) continue;
      this.#asking.add(key);
      void this.#limit(() => this.#answer(service, reference)).finally(() => this.#asking.delete(key));
    }
  }

  stop(): void {
    this.#stop.abort();
  }

  async #answer(service: ServiceKey, reference: string): Promise<void> {
    const resolved = await this.#resolve(service, reference).catch((error: unknown) => err(toProblem(error)));
    if (this.#stop.signal.aborted) return;
    const outcome: ImageFact['outcome'] = resolved.ok
      ? { ok: true, identity: resolved.value }
      : { ok: false, problem: resolved.error };
    const fact: ImageFact = { reference, at: this.#options.clock.now(), outcome };
    this.#facts.set(service, fact);
    this.#options.onAnswer(service, fact);
  }

  async #resolve(service: ServiceKey, reference: string): Promise<Result<ImageIdentity, Problem>> {
    const parsed = parseImageReference(reference);
    if (!parsed.ok) return err(problem('image/reference', `${reference}: ${parsed.error}`));
    if (parsed.value.digest !== null) return ok({ kind: 'digest', digest: parsed.value.digest });
    const policy = this.#options.pullPolicy(service);
    if (policy === 'never') {
      const local = this.#local(parsed.value.normalized);
      return local === null
        ? err(problem('image/not-found', `no host has the image ${reference}`))
        : ok(local);
    }
    const answer = await this.#options.registry.resolve(
      parsed.value.normalized,
      this.#options.credential(reference),
      {
        deadlineMs: RESOLVE_MS,
        signal: this.#stop.signal,
      },
    );
    if (answer.ok) return ok({ kind: 'digest', digest: answer.value });
    // A registry that says "wrong password" is an answer; an image on the hosts must not hide it.
    const local =
      answer.error.code === 'image/auth' || policy === 'always' ? null : this.#local(parsed.value.normalized);
    return local === null ? answer : ok(local);
  }

  #local(reference: string): ImageIdentity | null {
    const ids = new Set<string>();
    for (const view of this.#options.views()) {
      for (const image of view.images) if (image.tags.includes(reference)) ids.add(image.id);
    }
    return ids.size === 0 ? null : { kind: 'local', ids: [...ids].sort() };
  }
}
