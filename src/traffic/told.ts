// What each host's load balancer was told, and so what it may be serving by. Neither the hosts nor Git can tell:
// a load balancer names its rules by their mark, and only these rows say what that means. They are saved before
// the rules are sent.

import { z } from 'zod';
import type { Problem } from '../kernel/errors.ts';
import { HostId, RootId } from '../kernel/ids.ts';
import { Instant } from '../kernel/time.ts';

/** The certificate that a load balancer shows to those of other hosts, without its key. */
export const Identity = z.strictObject({
  id: z.string(),
  /** The root that signed it. */
  by: RootId,
  startsAt: Instant,
  expiresAt: Instant,
  trusts: z.array(RootId).readonly(),
});
export type Identity = z.infer<typeof Identity>;

/** One set of rules, as far as a rollout has to know of them. */
const Told = z.strictObject({
  /** By which the load balancer names the rules that it serves by. */
  mark: z.string(),
  at: Instant,
  /** `POOL REPLICA` of those on this host that get requests; a pool is a port, or one revision of it (`poolKey`). */
  serving: z.array(z.string()),
  /** The same of what other hosts may ask for. Older stores noted it together with the others. */
  offers: z.array(z.string()).default([]),
  /** The addresses of those: another container may have one of them by now. Older stores did not note them. */
  addresses: z.array(z.string()).default([]),
  /** `POOL REPLICA` of those on this host that get what other hosts still send. */
  leaving: z.array(z.string()),
  /** `POOL HOST` of the other hosts that requests are sent to, by the names that they offer. */
  sendsTo: z.array(z.string()),
  /** `PORT REVISION SHARE`: of 10,000 requests so many, where several revisions share them. Older stores noted none. */
  shares: z.array(z.string()).default([]),
  /** `SERVICE POOL`: whose containers on this host reach what. */
  doors: z.array(z.string()),
  /** `POOL HOST` of the other hosts that may ask this one. */
  answers: z.array(z.string()),
  /** Null: it was given none. */
  identity: Identity.nullable().default(null),
});
export type Told = z.infer<typeof Told>;

/** What other hosts may ask for: older stores noted it as what gets requests. */
export const offersOf = ({ offers, serving }: Told): readonly string[] =>
  offers.length === 0 ? serving : offers;

export const BalancerMemory = z.strictObject({
  host: HostId,
  /** Counts what was sent: rules that arrive late do not win over newer ones. */
  generation: z.number().int().nonnegative(),
  /** Names the content of the newest rules. */
  content: z.string().nullable(),
  /** The newest last; what is known not to serve any more is dropped. */
  told: z.array(Told),
  /** It served by nothing else when it was first told any of these; a store that was restored knows less. */
  isWhole: z.boolean().default(false),
});
export type BalancerMemory = z.infer<typeof BalancerMemory>;

export const newBalancerMemory = (host: HostId): BalancerMemory => ({
  host,
  generation: 0,
  content: null,
  told: [],
  isWhole: false,
});

/** What a load balancer said of itself when it was last asked. */
export interface BalancerFact {
  readonly at: Instant;
  /** The mark of the rules that it serves by; null: it was told none yet. */
  readonly mark: string | null;
  /** Requests that are being answered, and connections of TCP that are open, by the replica's address. */
  readonly sessions: ReadonlyMap<string, number>;
  /** Null where it answered. */
  readonly problem: Problem | null;
}

/** Rules that nobody confirms are not remembered without end: an answer by any that were dropped is of no use. */
const MOST_TOLD = 16;

/**
 * The rules by which it may be serving at this moment, the newest last: those that it named and what was sent since, or
 * all that is remembered where it did not answer. Null: it names rules of which nothing is known, or may serve by such.
 */
export function mayServeBy(
  memory: BalancerMemory | undefined,
  fact: BalancerFact | undefined,
): readonly Told[] | null {
  const told = memory?.told ?? [];
  if (fact === undefined || fact.problem !== null) return memory?.isWhole === false ? null : told;
  if (fact.mark === null) return told;
  const at = told.findIndex(({ mark }) => mark === fact.mark);
  return at === -1 ? null : told.slice(at);
}

/**
 * The same for what must be certain: one that was told nothing that it serves by serves nothing, whatever has been
 * sent to it since.
 */
export const servesBy = (
  memory: BalancerMemory | undefined,
  fact: BalancerFact | undefined,
): readonly Told[] | null => (fact?.problem === null && fact.mark === null ? [] : mayServeBy(memory, fact));

/** Whether it serves by the newest that it was told. */
export const isConfirmed = (memory: BalancerMemory, fact: BalancerFact | undefined): boolean =>
  fact?.problem === null && fact.mark !== null && fact.mark === memory.told.at(-1)?.mark;

/** The row once `told` is about to be sent; what certainly does not serve any more is forgotten. */
export function telling(memory: BalancerMemory, fact: BalancerFact, told: Told): BalancerMemory {
  const kept = mayServeBy(memory, fact);
  return {
    ...memory,
    told: [...(kept ?? memory.told), told].slice(-MOST_TOLD),
    isWhole: memory.isWhole || kept !== null,
  };
}
