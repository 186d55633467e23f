// How long a simulated engine takes for its work, and what seldom goes wrong in a real one by itself.

import type { Random } from '../../ports/clock.ts';

/** A span of time of which each use takes a length at random. */
export interface Span {
  readonly minMs: number;
  readonly maxMs: number;
}

export function drawMs({ minMs, maxMs }: Span, random: Random): number {
  return minMs === maxMs ? minMs : minMs + random.next() * (maxMs - minMs);
}

/** Draws nothing where it cannot happen. */
export const happens = (probability: number, random: Random): boolean =>
  probability > 0 && random.next() < probability;

export type Work =
  | 'read'
  | 'create'
  | 'start'
  | 'signal'
  | 'remove'
  | 'update'
  | 'network'
  | 'volume'
  | 'archive'
  | 'image';

export interface Pace {
  /** From a request's arrival to its effect. */
  readonly work: Readonly<Record<Work, Span>>;
  readonly pullBytesPerMs: number;
}

const span = (minMs: number, maxMs: number): Span => ({ minMs, maxMs });

/** Roughly what Docker 20.10 takes on an idle machine with an SSD. */
export const USUAL_PACE: Pace = {
  work: {
    read: span(1, 6),
    create: span(20, 80),
    start: span(150, 500),
    signal: span(1, 10),
    remove: span(20, 150),
    update: span(5, 30),
    network: span(30, 150),
    volume: span(2, 15),
    archive: span(5, 40),
    image: span(10, 100),
  },
  pullBytesPerMs: 20_000,
};

const AT_ONCE = span(0, 0);

export const NO_PACE: Pace = {
  work: {
    read: AT_ONCE,
    create: AT_ONCE,
    start: AT_ONCE,
    signal: AT_ONCE,
    remove: AT_ONCE,
    update: AT_ONCE,
    network: AT_ONCE,
    volume: AT_ONCE,
    archive: AT_ONCE,
    image: AT_ONCE,
  },
  pullBytesPerMs: Number.POSITIVE_INFINITY,
};

/** Probabilities. */
export interface Flaws {
  /** Two requests for a network of one name that meet make two networks: the check is best effort. */
  readonly twinNetwork: number;
  /** A removal finds the file system busy and leaves the container `dead`; the next one succeeds. */
  readonly removalFails: number;
  /** A removal takes seconds, in which the container is `removing`. */
  readonly removalLingers: number;
  /**
   * A daemon that begins starts its containers side by side: one that shares another's network may come before it,
   * and then stays down, whatever its policy (seen in 1 of 8 restarts).
   */
  readonly sharerFirst: number;
}

export const FLAWLESS: Flaws = { twinNetwork: 0, removalFails: 0, removalLingers: 0, sharerFirst: 0 };
