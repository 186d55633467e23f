// What a container has written, computed from when it ran.

import type { SimContainer } from './container.ts';

/** Of an endless output the last lines are kept. */
const LINES_KEPT = 10_000;

export interface WrittenLine {
  readonly stream: 'stdout' | 'stderr';
  readonly text: string;
  /** On the monotonic clock. */
  readonly atMs: number;
}

function* timesOf(firstMs: number, everyMs: number | null, endMs: number): Generator<number> {
  if (everyMs === null) {
    if (firstMs <= endMs) yield firstMs;
    return;
  }
  const skipped = Math.max(0, Math.floor((endMs - firstMs) / everyMs) - LINES_KEPT);
  for (let atMs = firstMs + skipped * everyMs; atMs <= endMs; atMs += everyMs) yield atMs;
}

/** The lines after `afterMs` and up to `nowMs`, in their order. */
export function linesOf(container: SimContainer, afterMs: number, nowMs: number): readonly WrittenLine[] {
  const lines: WrittenLine[] = [];
  for (const { beganMs, endedMs } of container.pastRuns) {
    const endMs = Math.min(nowMs, endedMs ?? nowMs);
    for (const line of container.behaviour.prints)
      for (const atMs of timesOf(beganMs + line.afterMs, line.everyMs, endMs))
        if (atMs > afterMs) lines.push({ stream: line.stream, text: line.text, atMs });
  }
  return lines.sort((a, b) => a.atMs - b.atMs).slice(-LINES_KEPT);
}
