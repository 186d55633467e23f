// Plays mutants in processes of their own, two at a time, and tells how each ended.

import { fork } from 'node:child_process';
import path from 'node:path';
import { NOT_PLAYED, type Order, type TrialNews } from './order.ts';

export interface Played {
  /** How it was caught; null: it got through every trial. */
  readonly caught: { readonly by: string; readonly trial: string; readonly message: string } | null;
  readonly trials: number;
}

/** One world takes a tenth of a second: what says nothing for so long will never say anything. */
const SILENCE_MS = 45_000;
const HEAP_MB = 1_024;

/** The child's own words on why it died, as far as they help. */
const tail = (text: string): string =>
  text
    .split('\n')
    .find((line) => /Error/.test(line))
    ?.trim() ?? text.trim().slice(-200);

/**
 * Resolves when the mutant was caught or has got through; a process that hangs or dies is caught. Rejects where no
 * story loads the mutated file.
 */
export async function playMutant(order: Order, silenceMs: number = SILENCE_MS): Promise<Played> {
  const child = fork(path.join(order.root, 'test/sim/mutants/child.ts'), [], {
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
    execArgv: [`--max-old-space-size=${HEAP_MB}`],
  });
  const { promise, resolve, reject } = Promise.withResolvers<Played>();
  let [trials, last, said, isSilent] = [0, 'loading', '', false];
  let caught: Played['caught'] = null;
  const listen = (): NodeJS.Timeout =>
    setTimeout(() => {
      isSilent = true;
      child.kill('SIGKILL');
    }, silenceMs);
  let timer = listen();
  child.stderr?.on('data', (text: Buffer) => {
    said = (said + text.toString()).slice(-4_000);
  });
  child.on('message', ({ trial, verdict }: TrialNews) => {
    clearTimeout(timer);
    timer = listen();
    trials += 1;
    last = trial;
    if (verdict !== null) caught = { by: verdict.invariant, trial, message: verdict.message };
  });
  child.on('close', (code) => {
    clearTimeout(timer);
    if (code === NOT_PLAYED)
      reject(new Error(`no story loads ${Object.keys(order.sources).join(', ')}: it proves nothing`));
    const isOver = code === 0 && !isSilent;
    const message = isSilent ? `nothing was heard for ${silenceMs / 1_000} s` : tail(said);
    if (!isOver) caught ??= { by: isSilent ? 'hangs' : 'dies', trial: `after ${last}`, message };
    resolve({ caught, trials });
  });
  child.send(order);
  return promise;
}

/** Calls `work` for each item, `width` at a time, in order. */
export async function eachOf<T>(items: readonly T[], width: number, work: (item: T) => Promise<void>) {
  const queue = items.values();
  const lane = async (): Promise<void> => {
    for (const item of queue) await work(item);
  };
  await Promise.all(Array.from({ length: width }, lane));
}
