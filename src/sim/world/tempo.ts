// How fast things go in a world. Worlds drawn by seeds go as life does, now and then much slower; worlds
// that are compared with each other take the same time for the same thing, and waste none.

import type { LoopSettings } from '../../loop/settings.ts';
import { type Pace, type Span, USUAL_PACE } from '../engine/pace.ts';
import type { LinkConditions } from '../link/conditions.ts';

export interface Tempo {
  readonly link: LinkConditions;
  readonly pace: Pace;
  /** Whether stores, registries and Git servers always take the same time, or now and then much longer. */
  readonly isSteady: boolean;
  readonly settings: LoopSettings;
  readonly pollMs: number;
}

/** A good network in one town. */
export const USUAL_LINK: LinkConditions = {
  way: 'open',
  requestMs: { minMs: 0.5, maxMs: 5 },
  answerMs: { minMs: 0.5, maxMs: 5 },
  eventMs: { minMs: 0.5, maxMs: 10 },
  requestLost: 0,
  answerLost: 0,
  answerLate: 0,
  requestDoubled: 0,
  readStale: 0,
  staleMs: { minMs: 0, maxMs: 0 },
  eventLost: 0,
};

/** As an operator would set it, but for shorter times: a world lasts minutes. */
export const USUAL_TEMPO: Tempo = {
  link: USUAL_LINK,
  pace: USUAL_PACE,
  isSteady: false,
  settings: {
    keepStoppedMs: 60_000,
    housekeepingMs: 120_000,
    resyncMs: 60_000,
    auditMs: 15_000,
    actionsPerHost: 3,
    pullsPerHost: 2,
    leaseMs: 15_000,
  },
  pollMs: 20_000,
};

const middle = ({ minMs, maxMs }: Span): Span => {
  const ms = (minMs + maxMs) / 2;
  return { minMs: ms, maxMs: ms };
};

const { work, pullBytesPerMs } = USUAL_PACE;

/** Everything takes as long as it usually does, and the controller looks after things every few seconds. */
export const STEADY_TEMPO: Tempo = {
  link: {
    ...USUAL_LINK,
    requestMs: middle(USUAL_LINK.requestMs),
    answerMs: middle(USUAL_LINK.answerMs),
    eventMs: middle(USUAL_LINK.eventMs),
  },
  pace: {
    pullBytesPerMs,
    work: {
      read: middle(work.read),
      create: middle(work.create),
      start: middle(work.start),
      signal: middle(work.signal),
      remove: middle(work.remove),
      update: middle(work.update),
      network: middle(work.network),
      volume: middle(work.volume),
      archive: middle(work.archive),
      image: middle(work.image),
    },
  },
  isSteady: true,
  settings: {
    ...USUAL_TEMPO.settings,
    keepStoppedMs: 3_000,
    housekeepingMs: 4_000,
    resyncMs: 6_000,
    auditMs: 4_000,
  },
  pollMs: 4_000,
};
