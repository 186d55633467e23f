// The logarithm of the gamma function, and with it of binomial coefficients of any size.

/** Lanczos' approximation with g = 7 and nine terms: about 15 digits. */
const G = 7;
const FIRST = 0.99999999999980993;
const TERMS = [
  676.5203681218851, -1259.1392167224028, 771.32342877765313, -176.61502916214059, 12.507343278686905,
  -0.13857109526572012, 9.9843695780195716e-6, 1.5056327351493116e-7,
];

/** For x ≥ 0.5. */
export function logGamma(x: number): number {
  const t = x + G - 0.5;
  let sum = FIRST;
  for (let at = 0; at < TERMS.length; at += 1) sum += (TERMS[at] ?? 0) / (x + at);
  return 0.5 * Math.log(2 * Math.PI) + (x - 0.5) * Math.log(t) - t + Math.log(sum);
}
