// The few numbers that a series of measurements is told by.

const sorted = (values: readonly number[]): number[] => [...values].sort((a, b) => a - b);

export function median(values: readonly number[]): number {
  const ordered = sorted(values);
  const middle = Math.floor(ordered.length / 2);
  const upper = ordered[middle] ?? Number.NaN;
  return ordered.length % 2 === 1 ? upper : ((ordered[middle - 1] ?? upper) + upper) / 2;
}

/** Nearest rank: the smallest value that at least this share of the values does not exceed. */
export function percentile(values: readonly number[], share: number): number {
  const ordered = sorted(values);
  return ordered[Math.max(0, Math.ceil(share * ordered.length) - 1)] ?? Number.NaN;
}

/** `812 ms (790 – 1013)`: the median with the fastest and the slowest. */
export function spread(values: readonly number[]): string {
  const ordered = sorted(values);
  const [first, last] = [ordered[0] ?? Number.NaN, ordered.at(-1) ?? Number.NaN];
  return `${median(values).toFixed(0)} ms (${first.toFixed(0)} – ${last.toFixed(0)})`;
}
