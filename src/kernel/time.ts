// Points in time and spans of time as branded numbers of milliseconds. Nothing in this file reads a
// clock: the pure rooms get `now` passed in.

import { z } from 'zod';

/** Milliseconds since the Unix epoch. */
export const Instant = z.number().brand('Instant');
export type Instant = z.infer<typeof Instant>;

/** A span in milliseconds. */
export const Duration = z.number().nonnegative().brand('Duration');
export type Duration = z.infer<typeof Duration>;

export const instant = (ms: number): Instant => Instant.parse(ms);
const duration = (ms: number): Duration => Duration.parse(ms);
export const after = (at: Instant, spanMs: number): Instant => instant(at + spanMs);

const UNIT_MS: Readonly<Record<string, number>> = {
  us: 0.001,
  ms: 1,
  s: 1_000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
};

/** Reads a Compose duration (`1m30s`, `500ms`, `2h`); null where it is none. */
export function parseDuration(text: string): Duration | null {
  if (text === '0') return duration(0);
  if (!/^(\d+(\.\d+)?(us|ms|s|m|h|d))+$/.test(text)) return null;
  let total = 0;
  for (const part of text.matchAll(/(\d+(?:\.\d+)?)(us|ms|s|m|h|d)/g)) {
    total += Number(part[1]) * (UNIT_MS[part[2] ?? ''] ?? 0);
  }
  return duration(total);
}

/** The shortest usual form, for people: `1m30s`, `450ms`. */
export function formatDuration(ms: number): string {
  if (ms < 1_000) return `${Math.round(ms)}ms`;
  if (ms < 10_000) return `${Math.round(ms / 100) / 10}s`;
  const seconds = Math.round(ms / 1_000);
  const parts: [number, string][] = [
    [Math.floor(seconds / 86_400), 'd'],
    [Math.floor(seconds / 3_600) % 24, 'h'],
    [Math.floor(seconds / 60) % 60, 'm'],
    [seconds % 60, 's'],
  ];
  return (
    parts
      .filter(([count]) => count > 0)
      .slice(0, 2)
      .map(([count, unit]) => `${count}${unit}`)
      .join('') || '0s'
  );
}
