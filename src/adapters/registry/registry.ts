// The Registry port over HTTP (the OCI distribution API): one HEAD per image where all goes well.

import { z } from 'zod';
import { sha256 } from '../../kernel/canonical.ts';
import type { Problem } from '../../kernel/errors.ts';
import { problem } from '../../kernel/errors.ts';
import type { ImageReference } from '../../kernel/image-reference.ts';
import { parseImageReference } from '../../kernel/image-reference.ts';
import type { Result } from '../../kernel/result.ts';
import { err, ok } from '../../kernel/result.ts';
import { formatDuration } from '../../kernel/time.ts';
import type { Clock } from '../../ports/clock.ts';
import type { RegistryCredential } from '../../ports/host.ts';
import type { Registry } from '../../ports/registry.ts';
import { Authorizations } from './authorization.ts';
import { parseChallenge } from './challenge.ts';
import type { RegistrySettings } from './endpoint.ts';
import { endpointOf } from './endpoint.ts';
import type { Answer } from './http.ts';
import { HttpClient } from './http.ts';
import type { Asked } from './problems.ts';
import { answerProblem, failureProblem, misbehaviour } from './problems.ts';

export interface RegistryOptions {
  readonly clock: Clock;
  readonly registries: readonly RegistrySettings[];
  /** Plain HTTP for registries that are written as loopback or private addresses. */
  readonly insecurePrivateAddresses: boolean;
}

const ACCEPT = [
  'application/vnd.oci.image.index.v1+json',
  'application/vnd.docker.distribution.manifest.list.v2+json',
  'application/vnd.oci.image.manifest.v1+json',
  'application/vnd.docker.distribution.manifest.v2+json',
].join(', ');
/** The specification's limit for manifests. */
const MAX_MANIFEST_BYTES = 4 * 1024 * 1024;
const DIGEST = /^sha(256:[0-9a-f]{64}|512:[0-9a-f]{128})$/;
const ManifestBody = z.object({ schemaVersion: z.literal(2) });

/** Statuses that a GET would only repeat; others a HEAD may get by mistake (405, 501, no digest). */
const FINAL = new Set([401, 403, 404, 429]);

/** Registries over HTTPS, or over HTTP where `options` say so; credentials come with each call. */
export function createRegistry(options: RegistryOptions): Registry {
  const settings = new Map(options.registries.map((registry) => [registry.registry, registry]));
  const authorizations = new Authorizations(options.clock);
  const systemTrust = new HttpClient(null);
  const clients = new Map<string, HttpClient>();
  for (const { registry, ca } of options.registries) {
    if (ca !== null) clients.set(registry, new HttpClient(ca));
  }
  return {
    async resolve(reference, credential, { deadlineMs, signal }) {
      const parsed = parseImageReference(reference);
      if (!parsed.ok) return err(problem('image/reference', `the image "${reference}" ${parsed.error}`));
      const image = parsed.value;
      if (image.digest !== null) return ok(image.digest);
      const endpoint = endpointOf(image.registry, settings, options.insecurePrivateAddresses);
      const asked: Asked = { reference: image.normalized, endpoint, credential: ownOnly(credential, image) };
      const deadline = AbortSignal.timeout(deadlineMs);
      const query = new Query(
        asked,
        image,
        authorizations,
        clients.get(image.registry) ?? systemTrust,
        signal === undefined ? deadline : AbortSignal.any([deadline, signal]),
      );
      try {
        return await query.digest();
      } catch (thrown) {
        const by = `the registry ${endpoint.registry}`;
        if (signal?.aborted === true) return err(misbehaviour(asked, by, 'the question was given up'));
        if (deadline.aborted) {
          return err(misbehaviour(asked, by, `no answer within ${formatDuration(deadlineMs)}`));
        }
        return err(failureProblem(asked, thrown));
      }
    },
  };
}

/** A credential is for the registry that it names, whatever a caller passes. */
function ownOnly(credential: RegistryCredential | null, image: ImageReference): RegistryCredential | null {
  return credential?.registry === image.registry ? credential : null;
}

/** One question to one registry. */
class Query {
  readonly #asked: Asked;
  readonly #repository: string;
  readonly #url: URL;
  readonly #authorizations: Authorizations;
  readonly #client: HttpClient;
  readonly #signal: AbortSignal;

  constructor(
    asked: Asked,
    image: ImageReference,
    authorizations: Authorizations,
    client: HttpClient,
    signal: AbortSignal,
  ) {
    this.#asked = asked;
    this.#repository = image.repository;
    this.#url = new URL(`/v2/${image.repository}/manifests/${image.tag}`, asked.endpoint.origin);
    this.#authorizations = authorizations;
    this.#client = client;
    this.#signal = signal;
  }

  async digest(): Promise<Result<string, Problem>> {
    const head = await this.#authorized('HEAD');
    if (!head.ok) return head;
    const claimed = head.value.headers['docker-content-digest'];
    if (head.value.status === 200 && typeof claimed === 'string' && DIGEST.test(claimed)) return ok(claimed);
    if (FINAL.has(head.value.status)) return err(this.#refusal(head.value));
    const get = await this.#authorized('GET');
    if (!get.ok) return get;
    return get.value.status === 200 ? this.#verified(get.value) : err(this.#refusal(get.value));
  }

  #refusal(answer: Answer): Problem {
    return answerProblem(this.#asked, `the registry ${this.#asked.endpoint.registry}`, answer);
  }

  /** The digest of the manifest itself, which must be what the registry says it is. */
  #verified(answer: Answer): Result<string, Problem> {
    const by = `the registry ${this.#asked.endpoint.registry}`;
    if (!isManifest(answer.body))
      return err(misbehaviour(this.#asked, by, 'its answer is no image manifest'));
    const computed = `sha256:${sha256(answer.body)}`;
    const claimed = answer.headers['docker-content-digest'];
    if (typeof claimed === 'string' && claimed.startsWith('sha256:') && claimed !== computed) {
      return err(misbehaviour(this.#asked, by, 'the manifest does not have the digest that it claims'));
    }
    return ok(computed);
  }

  async #send(method: 'GET' | 'HEAD', authorization: string | null): Promise<Answer> {
    return this.#client.exchangeFollowing({
      method,
      url: this.#url,
      headers: {
        accept: ACCEPT,
        'user-agent': 'plimsoll',
        ...(authorization === null ? {} : { authorization }),
      },
      maxBytes: MAX_MANIFEST_BYTES,
      signal: this.#signal,
    });
  }

  /** Sends with what is known, and answers one challenge. */
  async #authorized(method: 'GET' | 'HEAD'): Promise<Result<Answer, Problem>> {
    const known = this.#authorizations.known(this.#asked, this.#repository);
    const first = await this.#send(method, known?.open() ?? null);
    if (first.status !== 401) return ok(first);
    this.#authorizations.forget(this.#asked, this.#repository);
    const challenge = parseChallenge(first.headers['www-authenticate']);
    if (challenge === null || first.origin !== this.#url.origin) return ok(first);
    const granted = await this.#authorizations.obtain(
      this.#asked,
      this.#repository,
      challenge,
      this.#client,
      this.#signal,
    );
    if (!granted.ok) return granted;
    const second = await this.#send(method, granted.value.open());
    if (second.status === 401) this.#authorizations.forget(this.#asked, this.#repository);
    return ok(second);
  }
}

function isManifest(body: Buffer): boolean {
  try {
    return ManifestBody.safeParse(JSON.parse(body.toString('utf8'))).success;
  } catch {
    // Not JSON, e.g. the page of a proxy.
    return false;
  }
}
