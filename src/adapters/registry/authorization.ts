// Answers a registry's challenge with a password or a token.
//
// What is trusted. The registry, reached over HTTPS, may name any HTTPS address as its token service
// (`realm`), and the credentials configured for the registry go there: Docker Hub, GitLab and GHCR all
// work this way. A realm over plain HTTP is refused unless the registry is configured as `insecure`. A
// challenge counts only when it comes from the registry's own origin, never from where it redirected to
// (CVE-2020-15157). Token services are not followed through redirects. A token or password is sent to
// the registry that it was made for, for the repository that it was made for, and to nothing else.

import { z } from 'zod';
import { sha256 } from '../../kernel/canonical.ts';
import type { Problem } from '../../kernel/errors.ts';
import type { Result } from '../../kernel/result.ts';
import { err, ok } from '../../kernel/result.ts';
import { Sealed } from '../../kernel/sealed.ts';
import type { Clock } from '../../ports/clock.ts';
import type { RegistryCredential } from '../../ports/host.ts';
import type { Challenge } from './challenge.ts';
import type { HttpClient } from './http.ts';
import type { Asked } from './problems.ts';
import { answerProblem, deniedProblem, misbehaviour } from './problems.ts';

const TokenBody = z.object({
  token: z.string().min(1).optional(),
  access_token: z.string().min(1).optional(),
  expires_in: z.number().positive().optional(),
});
const MAX_TOKEN_BYTES = 256 * 1024;
/** What a token lasts where its service does not say (distribution's specification). */
const DEFAULT_LIFETIME_S = 60;
/** A token that is nearly over may end on its way. */
const MARGIN_MS = 10_000;
const MAX_REMEMBERED = 1_000;

interface Granted {
  readonly header: Sealed<string>;
  readonly untilMs: number;
}

const basicHeader = (credential: RegistryCredential): string =>
  `Basic ${Buffer.from(`${credential.username}:${credential.password.open()}`).toString('base64')}`;

export class Authorizations {
  readonly #clock: Clock;
  /** Oldest first. */
  readonly #granted = new Map<string, Granted>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** The header that worked before for this repository and credential, null where none is left. */
  known(asked: Asked, repository: string): Sealed<string> | null {
    const granted = this.#granted.get(rememberedAs(asked, repository));
    return granted !== undefined && granted.untilMs > this.#clock.monotonicMs() ? granted.header : null;
  }

  forget(asked: Asked, repository: string): void {
    this.#granted.delete(rememberedAs(asked, repository));
  }

  /** Answers the challenge; the header is remembered while it lasts. */
  async obtain(
    asked: Asked,
    repository: string,
    challenge: Challenge,
    client: HttpClient,
    signal: AbortSignal,
  ): Promise<Result<Sealed<string>, Problem>> {
    const granted =
      challenge.scheme === 'basic'
        ? this.#password(asked)
        : await this.#token(asked, repository, challenge, client, signal);
    if (!granted.ok) return granted;
    const name = rememberedAs(asked, repository);
    this.#granted.delete(name);
    this.#granted.set(name, granted.value);
    const [oldest] = this.#granted.keys();
    if (this.#granted.size > MAX_REMEMBERED && oldest !== undefined) this.#granted.delete(oldest);
    return ok(granted.value.header);
  }

  #password(asked: Asked): Result<Granted, Problem> {
    const { credential, endpoint } = asked;
    if (credential === null) {
      return err(deniedProblem(asked, `the registry ${endpoint.registry}`, Buffer.alloc(0)));
    }
    return ok({ header: new Sealed(basicHeader(credential)), untilMs: Number.POSITIVE_INFINITY });
  }

  async #token(
    asked: Asked,
    repository: string,
    challenge: Extract<Challenge, { scheme: 'bearer' }>,
    client: HttpClient,
    signal: AbortSignal,
  ): Promise<Result<Granted, Problem>> {
    const { credential, endpoint } = asked;
    const realm = URL.parse(challenge.realm);
    const isTrusted = realm?.protocol === 'https:' || (realm?.protocol === 'http:' && endpoint.insecure);
    if (realm === null || !isTrusted || realm.username !== '' || realm.password !== '') {
      return err(misbehaviour(asked, `the registry ${endpoint.registry}`, 'its token service is not https'));
    }
    const scopes = challenge.scopes.length > 0 ? challenge.scopes : [`repository:${repository}:pull`];
    if (challenge.service !== null) realm.searchParams.set('service', challenge.service);
    for (const scope of scopes) realm.searchParams.append('scope', scope);
    if (credential !== null) realm.searchParams.set('account', credential.username);
    const headers = credential === null ? {} : { authorization: basicHeader(credential) };
    const request = { method: 'GET', url: realm, headers, maxBytes: MAX_TOKEN_BYTES, signal } as const;
    const answer = await client.exchange(request);
    const by = `the token service ${realm.host}`;
    if (answer.status !== 200) return err(answerProblem(asked, by, answer));
    const body = parseToken(answer.body);
    const token = body?.token ?? body?.access_token;
    if (token === undefined || !/^[\x21-\x7e]+$/.test(token)) {
      return err(misbehaviour(asked, by, 'its answer holds no token'));
    }
    const lifetimeMs = (body?.expires_in ?? DEFAULT_LIFETIME_S) * 1_000;
    const untilMs = this.#clock.monotonicMs() + lifetimeMs - MARGIN_MS;
    return ok({ header: new Sealed(`Bearer ${token}`), untilMs });
  }
}

/** The password takes part, so that a corrected one does not meet the token of the old one. */
function rememberedAs(asked: Asked, repository: string): string {
  const { credential, endpoint } = asked;
  const who = credential === null ? '' : sha256(`${credential.username}\n${credential.password.open()}`);
  return `${endpoint.origin} ${repository} ${who}`;
}

function parseToken(body: Buffer): z.infer<typeof TokenBody> | null {
  try {
    return TokenBody.safeParse(JSON.parse(body.toString('utf8'))).data ?? null;
  } catch {
    // Not JSON: the caller says that there is no token in it.
    return null;
  }
}
