// What simulated canaries do to their services, and which of them ought to be promoted.

import type { Random } from '../../src/ports/clock.ts';
import { between } from '../../src/sim/core/random.ts';
import { type LatencyPart, shareBelow } from './canary-draws.ts';

/** How a revision answers during one interval. */
export interface Behaviour {
  readonly errorShare: number;
  /** How many requests one fault spoils: 1 where errors have nothing to do with each other. */
  readonly errorsPerFault: number;
  readonly latency: readonly LatencyPart[];
  /** Containers that are killed for want of memory. */
  readonly kills: number;
  /** Where it leaks, its memory lasts for so many intervals. */
  readonly memoryLasts: number;
}

/** What becomes of a service, interval by interval (from 0). */
type Course = (service: Behaviour) => (interval: number) => Behaviour;

export interface Effect {
  readonly name: string;
  readonly meaning: string;
  readonly truth: 'good' | 'bad';
  readonly stable: Course;
  readonly canary: Course;
}

/** A service of its own for each canary, so that no verdict rests on where the buckets' bounds happen to lie. */
export function anyService(random: Random): Behaviour {
  const medianMs = 15 * (200 / 15) ** random.next();
  const spread = 0.5 + 0.4 * random.next();
  return {
    errorShare: 0.001,
    errorsPerFault: 1,
    latency: [{ part: 1, medianMs, spread, plusMs: 0 }],
    kills: 0,
    memoryLasts: between(random, 2, 8),
  };
}

const slower = (service: Behaviour, ratio: number, plusMs = 0): Behaviour => ({
  ...service,
  latency: service.latency.map((part) => ({
    ...part,
    medianMs: part.medianMs * ratio,
    plusMs: part.plusMs + plusMs,
  })),
});

const withErrors = (service: Behaviour, errorShare: number): Behaviour => ({ ...service, errorShare });

const someSlower = (service: Behaviour, part: number, ratio: number): Behaviour => ({
  ...service,
  latency: [
    ...service.latency.map((own) => ({ ...own, part: own.part * (1 - part) })),
    ...slower(service, ratio).latency.map((own) => ({ ...own, part: own.part * part })),
  ],
});

function slowestHundredthMs(latency: readonly LatencyPart[]): number {
  let [low, high] = [0, 1e6];
  for (let halving = 0; halving < 50; halving += 1) {
    const middle = (low + high) / 2;
    if (shareBelow(latency, middle) < 0.99) low = middle;
    else high = middle;
  }
  return high;
}

/** So many times longer do 2 % of the requests take where that doubles the 99th percentile. */
function doublesSlowest(service: Behaviour): Behaviour {
  const twice = 2 * slowestHundredthMs(service.latency);
  let [low, high] = [1, 100];
  for (let halving = 0; halving < 40; halving += 1) {
    const middle = (low + high) / 2;
    if (slowestHundredthMs(someSlower(service, 0.02, middle).latency) < twice) low = middle;
    else high = middle;
  }
  return someSlower(service, 0.02, high);
}

/** From the first interval to the last. */
const always =
  (change: (service: Behaviour) => Behaviour): Course =>
  (service) => {
    const changed = change(service);
    return () => changed;
  };

const unchanged = always((service) => service);

const sick = always((service) => withErrors(service, 0.01));

const bursting = always((service) => ({ ...service, errorsPerFault: 10 }));

const troubled: Course = (service) => {
  const inTrouble = withErrors(slower(service, 4), 0.1);
  return (interval) => (interval >= 4 && interval < 8 ? inTrouble : service);
};

const cold: Course = (service) => {
  // Of the second interval half.
  const first = [slower(service, 3), someSlower(service, 0.5, 3)];
  return (interval) => first[interval] ?? service;
};

const leaking: Course = (service) => {
  const killed = { ...service, kills: 1 };
  return (interval) => ((interval + 1) % service.memoryLasts === 0 ? killed : service);
};

const good = (name: string, meaning: string, canary: Course, stable = unchanged): Effect => ({
  name,
  meaning,
  truth: 'good',
  canary,
  stable,
});
const bad = (name: string, meaning: string, canary: Course): Effect => ({
  name,
  meaning,
  truth: 'bad',
  canary,
  stable: unchanged,
});

export const EFFECTS: readonly Effect[] = [
  good('identical', 'identical', unchanged),
  good(
    'tenPercentSlower',
    '10 % slower, errors 0.1 % as before',
    always((s) => slower(s, 1.1)),
  ),
  good(
    'oneMillisecondSlower',
    'every request takes 1 ms more',
    always((s) => slower(s, 1, 1)),
  ),
  good('coldCaches', 'three times slower for the first 45 s', cold),
  good('sickStable', 'stable has 1 % errors, canary the same', sick, sick),
  good('sharedTrouble', 'for 2 minutes 10 % errors and 4 times slower, both', troubled, troubled),
  good('bursts', '0.1 % errors in bursts of ten, both', bursting, bursting),
  good(
    'slowAsTolerated',
    'just as slow as tolerated: 25 % and 5 ms',
    always((s) => slower(s, 1.25, 5)),
  ),
  bad(
    'errorsAsTolerated',
    '0.65 % errors against 0.1 %: the edge',
    always((s) => withErrors(s, 0.0065)),
  ),
  bad(
    'errorsFivePercent',
    '5 % errors against 0.1 %',
    always((s) => withErrors(s, 0.05)),
  ),
  bad(
    'errorsTwoPercent',
    '2 % errors against 0.1 %',
    always((s) => withErrors(s, 0.02)),
  ),
  bad('tailDoubled', 'p99 doubled: 2 % of requests take much longer', always(doublesSlowest)),
  bad(
    'tailTwentyTimes',
    '2 % of requests take 20 times as long',
    always((s) => someSlower(s, 0.02, 20)),
  ),
  bad(
    'twiceAsSlow',
    'everything takes twice as long',
    always((s) => slower(s, 2)),
  ),
  bad('leaks', 'leaks, and is killed after 1 to 4 minutes', leaking),
];
