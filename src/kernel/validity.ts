// How long certificates of the mesh are valid. Who decides when one is renewed and who signs it go by the
// same instants, which are those of the certificate: whole seconds.

import { after, type Instant, instant } from './time.ts';

const SECOND_MS = 1_000;
const HOUR_MS = 3_600_000;

/** How far the clocks of two machines may be apart. */
export const CLOCK_SKEW_MS = 5 * 60_000;

const LEAF_LIFE_MS = 24 * HOUR_MS;
const ROOT_LIFE_MS = 10 * 365 * 24 * HOUR_MS;

export interface Validity {
  readonly startsAt: Instant;
  readonly expiresAt: Instant;
}

function validFrom(issuedAt: Instant, lifeMs: number): Validity {
  const startsAt = instant(Math.floor((issuedAt - CLOCK_SKEW_MS) / SECOND_MS) * SECOND_MS);
  // RFC 5280, 4.1.2.5: the last second belongs to the period.
  return { startsAt, expiresAt: after(startsAt, lifeMs - SECOND_MS) };
}

/** Of a host's certificate: it starts before it is made, for hosts whose clocks are behind. */
export const leafValidity = (issuedAt: Instant): Validity => validFrom(issuedAt, LEAF_LIFE_MS);

export const rootValidity = (createdAt: Instant): Validity => validFrom(createdAt, ROOT_LIFE_MS);
