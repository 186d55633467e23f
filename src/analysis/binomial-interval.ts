// How far a counted share may be from the true one: the exact interval of Clopper and Pearson (1934). It is for
// printing beside a share; verdicts come from evidence that may be looked at repeatedly, and this may not.

import { logGamma } from './log-gamma.ts';

export interface ShareInterval {
  readonly low: number;
  readonly high: number;
}

const HALVINGS = 60;
const MOST_FRACTIONS = 10_000;
const SMALLEST = 1e-300;

/** The continued fraction of the incomplete beta function (Lentz's method; DLMF 8.17.22). */
function betaFraction(x: number, a: number, b: number): number {
  const away = (value: number): number => (Math.abs(value) < SMALLEST ? SMALLEST : value);
  let c = 1;
  let d = 1 / away(1 - ((a + b) * x) / (a + 1));
  let value = d;
  for (let m = 1; m <= MOST_FRACTIONS; m += 1) {
    const even = (m * (b - m) * x) / ((a + 2 * m - 1) * (a + 2 * m));
    const odd = (-(a + m) * (a + b + m) * x) / ((a + 2 * m) * (a + 2 * m + 1));
    let change = 1;
    for (const term of [even, odd]) {
      d = 1 / away(1 + term * d);
      c = away(1 + term / c);
      change = c * d;
      value *= change;
    }
    if (Math.abs(change - 1) < Number.EPSILON * 4) break;
  }
  return value;
}

/** The regularised incomplete beta function: the probability that a beta variable is at most x. */
function betaProbability(x: number, a: number, b: number): number {
  if (x <= 0) return 0;
  if (x >= 1) return 1;
  const front = Math.exp(logGamma(a + b) - logGamma(a) - logGamma(b) + a * Math.log(x) + b * Math.log1p(-x));
  if (x < (a + 1) / (a + b + 2)) return (front * betaFraction(x, a, b)) / a;
  return 1 - (front * betaFraction(1 - x, b, a)) / b;
}

function betaQuantile(probability: number, a: number, b: number): number {
  let [low, high] = [0, 1];
  for (let halving = 0; halving < HALVINGS; halving += 1) {
    const middle = (low + high) / 2;
    if (betaProbability(middle, a, b) < probability) low = middle;
    else high = middle;
  }
  return (low + high) / 2;
}

/** Contains the true share with a probability of at least `confidence`; of nothing everything is possible. */
export function exactInterval(hits: number, total: number, confidence = 0.95): ShareInterval {
  const outside = (1 - confidence) / 2;
  return {
    low: hits === 0 ? 0 : betaQuantile(outside, hits, total - hits + 1),
    high: hits === total ? 1 : betaQuantile(1 - outside, hits + 1, total - hits),
  };
}
