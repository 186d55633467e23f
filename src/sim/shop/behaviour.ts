// What the processes of an image do, by its tag: people name broken images like good ones, but a world
// has to know. Every service has all of these in the registry, except `gone`.

import { type Behaviour, PLAIN_BEHAVIOUR } from '../engine/behaviour.ts';
import { PROGRESS_DEADLINE_MS } from './shop.ts';

export const GOOD_TAGS = ['1', '2', '3', '4'] as const;
/**
 * nostart: no engine can start it. unready: says of itself that it is not ready, and nothing else is wrong with it.
 * Only in stories that are written by hand.
 */
export const WRITTEN_TAGS = ['nostart', 'unready'] as const;
/**
 * crash: exits at once. sick: runs, its checks never pass. late: becomes ready only after the progress
 * deadline. flaky: ready, then exits again and again. gone: is not in the registry.
 */
export const BAD_TAGS = ['crash', 'sick', 'late', 'flaky', 'gone'] as const;

/** The image of load balancers. */
export const BALANCER_TAG = 'lts';

const GOOD: Behaviour = {
  ...PLAIN_BEHAVIOUR,
  startupMs: 600,
  stopMs: 300,
  health: 'passes',
  healthEveryMs: 3_000,
};

/** The behaviour of a tag; unknown ones are good. */
export function behaviourOf(tag: string): Behaviour {
  switch (tag) {
    case 'crash':
      return { ...GOOD, exits: { afterMs: 300, code: 1 } };
    case 'sick':
      return { ...GOOD, sickAfterMs: 0 };
    case 'unready':
      return { ...GOOD, listens: { ports: null, answers: 'ok', statusOf: { '/ready': 503 } } };
    case 'nostart':
      return { ...GOOD, cannotStart: 'exec: "serve": executable file not found in $PATH' };
    case BALANCER_TAG:
      return { ...PLAIN_BEHAVIOUR, startupMs: 400, stopMs: 200 };
    case 'late':
      return { ...GOOD, startupMs: 3 * PROGRESS_DEADLINE_MS };
    case 'flaky':
      return { ...GOOD, exits: { afterMs: 8_000, code: 2 } };
    case '2':
      return { ...GOOD, startupMs: 3_000, stopMs: 1_500 };
    case '3':
      return { ...GOOD, startupMs: 0, ignoresSigterm: true };
    default:
      return GOOD;
  }
}
