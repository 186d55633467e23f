// How the controller of a world is set and what its network is like, drawn from the world's seed. In some
// worlds nothing looks again for hours, and events have to be enough; in some no event ever arrives, and
// looking again has to be enough (F4).

import type { LoopSettings } from '../../loop/settings.ts';
import type { Random } from '../../ports/clock.ts';
import { chance, pick } from '../core/random.ts';
import type { FaultKind } from '../faults/fault.ts';
import type { LinkConditions } from '../link/conditions.ts';
import { type Tempo, USUAL_LINK, USUAL_TEMPO } from './tempo.ts';

export interface DrawnTempo {
  readonly tempo: Tempo;
  /** Faults that such a controller need not see through: nothing else would tell it what they hide. */
  readonly without: ReadonlySet<FaultKind>;
}

const HOUR_MS = 3_600_000;
/** Where the disk is full a restart by the engine's policy can fail, and that is no event. */
const HIDES_EVENTS: ReadonlySet<FaultKind> = new Set(['hazyHost', 'restartsUnseen', 'hostDiskFull']);
const NOTHING: ReadonlySet<FaultKind> = new Set();

/** What was read arrives when it is old: after what has been asked for later, and after events of what came since. */
const LATE_ANSWERS: LinkConditions = { ...USUAL_LINK, readStale: 0.4, staleMs: { minMs: 10, maxMs: 800 } };

export const USUAL_CIRCUMSTANCES: DrawnTempo = { tempo: USUAL_TEMPO, without: NOTHING };

/** What operators set otherwise, whatever else is drawn. */
function drawSettings(random: Random): LoopSettings {
  const { settings } = USUAL_TEMPO;
  return {
    ...settings,
    actionsPerHost: pick(random, [1, 2, 3, 3, 8]),
    pullsPerHost: pick(random, [1, 2, 2]),
    leaseMs: pick(random, [9_000, 15_000, 15_000, 30_000]),
  };
}

export function drawTempo(random: Random): DrawnTempo {
  const settings = chance(random, 0.4) ? drawSettings(random) : USUAL_TEMPO.settings;
  const pollMs = chance(random, 0.3) ? pick(random, [5_000, 60_000]) : USUAL_TEMPO.pollMs;
  const usual = { ...USUAL_TEMPO, settings, pollMs };
  const roll = random.next();
  if (roll < 0.2)
    return {
      tempo: {
        ...usual,
        link: chance(random, 0.5) ? LATE_ANSWERS : USUAL_LINK,
        settings: { ...settings, resyncMs: HOUR_MS, auditMs: HOUR_MS },
      },
      without: HIDES_EVENTS,
    };
  if (roll < 0.35)
    return {
      tempo: {
        ...usual,
        link: { ...USUAL_LINK, eventLost: 1 },
        settings: { ...settings, resyncMs: pick(random, [4_000, 10_000]), auditMs: 1_500 },
      },
      without: NOTHING,
    };
  if (roll < 0.55) {
    // Far away: an answer meets what has happened since, and looking is done all the time.
    const slow = { minMs: 5, maxMs: pick(random, [80, 400]) };
    return {
      tempo: {
        ...usual,
        link: { ...USUAL_LINK, requestMs: slow, answerMs: slow, eventMs: slow },
        settings: { ...settings, resyncMs: pick(random, [1_500, 5_000]) },
      },
      without: NOTHING,
    };
  }
  return { tempo: usual, without: NOTHING };
}
