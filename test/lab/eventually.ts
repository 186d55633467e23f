// Every wait of the lab goes through here, so that none can last for ever and each failure says what was
// awaited, what the last attempt said, and what the daemon concerned has logged.

import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';

export interface Patience {
  readonly deadlineMs: number;
  readonly intervalMs?: number;
  /** Asked only on failure: what helps to understand it, such as the tail of a log. */
  readonly evidence?: () => string;
}

/** Repeats the probe until it gives something other than undefined or false; a throwing probe is repeated. */
export async function eventually<T>(
  what: string,
  patience: Patience,
  probe: () => Promise<T | undefined | false> | T | undefined | false,
): Promise<T> {
  const giveUpAt = performance.now() + patience.deadlineMs;
  let lastProblem = '';
  for (;;) {
    try {
      const found = await withinTime(probe, giveUpAt - performance.now());
      if (found !== undefined && found !== false) return found;
    } catch (error) {
      if (error instanceof Hopeless) throw withEvidence(error.message, patience);
      lastProblem = `; last attempt: ${explain(error)}`;
    }
    if (performance.now() > giveUpAt) {
      throw withEvidence(`${what}: not within ${patience.deadlineMs} ms${lastProblem}`, patience);
    }
    await sleep(patience.intervalMs ?? 20);
  }
}

/** A probe that hangs must not outlive the deadline. */
async function withinTime<T>(probe: () => Promise<T> | T, remainingMs: number): Promise<T> {
  const timer = new AbortController();
  const overdue = sleep(Math.max(remainingMs, 1), undefined, { signal: timer.signal }).then(() => {
    throw new Error('no answer yet');
  });
  overdue.catch(() => {});
  try {
    return await Promise.race([probe(), overdue]);
  } finally {
    timer.abort();
  }
}

/** Thrown by a probe that knows that waiting any longer is of no use. */
export class Hopeless extends Error {}

export function logTail(path: string, bytes = 3000): string {
  try {
    return `\n--- end of ${path} ---\n${readFileSync(path, 'utf8').slice(-bytes)}`;
  } catch {
    return `\n(no log at ${path})`;
  }
}

/** fetch() says only "fetch failed" and hides the reason in the cause. */
function explain(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return error.cause === undefined ? error.message : `${error.message}: ${explain(error.cause)}`;
}

function withEvidence(message: string, patience: Patience): Error {
  return new Error(message + (patience.evidence?.() ?? ''));
}
