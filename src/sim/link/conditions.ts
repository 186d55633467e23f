// The state of the network between a controller and a host, as the world sets it.

import type { Span } from '../engine/pace.ts';

/**
 * open:        as the delays and probabilities say.
 * cut:         packets vanish in both directions, as with a cable pulled out.
 * cutToHost:   only what is sent to the host vanishes: answers to earlier requests and events still come.
 * cutFromHost: only what the host sends vanishes: requests arrive and are done.
 * halfOpen:    sshd is stopped (SIGSTOP): it takes connections and says nothing.
 * refused:     sshd is gone: open connections break off, new ones are refused.
 */
export type Way = 'open' | 'cut' | 'cutToHost' | 'cutFromHost' | 'halfOpen' | 'refused';

/** Probabilities are per request, answer or event. */
export interface LinkConditions {
  readonly way: Way;
  /** From the controller to the host. */
  readonly requestMs: Span;
  /** From the host to the controller. */
  readonly answerMs: Span;
  readonly eventMs: Span;
  /** The request never arrives; the call ends at its deadline. */
  readonly requestLost: number;
  /** What was asked is done; the call ends at its deadline. */
  readonly answerLost: number;
  /** What was asked is done; the answer comes after the deadline. */
  readonly answerLate: number;
  /** What was asked is done twice; the second answer is ignored. */
  readonly requestDoubled: number;
  /** What was read is answered so much later, when it may not be true any more. */
  readonly readStale: number;
  readonly staleMs: Span;
  readonly eventLost: number;
}

const AT_ONCE: Span = { minMs: 0, maxMs: 0 };

/** Nothing takes time, nothing is lost. */
export const PERFECT: LinkConditions = {
  way: 'open',
  requestMs: AT_ONCE,
  answerMs: AT_ONCE,
  eventMs: AT_ONCE,
  requestLost: 0,
  answerLost: 0,
  answerLate: 0,
  requestDoubled: 0,
  readStale: 0,
  staleMs: AT_ONCE,
  eventLost: 0,
};

export const reachesHost = (way: Way): boolean => way === 'open' || way === 'cutFromHost';
export const reachesController = (way: Way): boolean => way === 'open' || way === 'cutToHost';
