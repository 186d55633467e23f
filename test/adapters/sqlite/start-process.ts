// Starts `other-process.ts` and listens to it; what still runs when the test ends is killed.

import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { onTestFinished } from 'vitest';

const SCRIPT = fileURLToPath(new URL('./other-process.ts', import.meta.url));

export interface OtherProcess {
  readonly child: ChildProcess;
  readonly lines: readonly string[];
  /** Resolves when it has said this line. */
  said(line: string): Promise<void>;
  /** Kills it without warning; resolves when it is gone and everything it said has been read. */
  kill(): Promise<void>;
  /** Resolves when it has ended by itself, rejects where it failed. */
  ended(): Promise<void>;
}

export function startProcess(role: 'load' | 'count' | 'hold', storePath: string): OtherProcess {
  const child = spawn(process.execPath, [SCRIPT, role, storePath], { stdio: ['ignore', 'pipe', 'inherit'] });
  const exit = once(child, 'exit');
  const lines: string[] = [];
  const reader = createInterface({ input: child.stdout });
  const allRead = once(reader, 'close');
  reader.on('line', (line) => lines.push(line));
  onTestFinished(() => {
    child.kill('SIGKILL');
  });
  const finished = async (): Promise<readonly unknown[]> => {
    const [[code, signal]] = await Promise.all([exit, allRead]);
    return [code, signal];
  };
  return {
    child,
    lines,
    said: async (line) => {
      while (!lines.includes(line)) await once(reader, 'line', { signal: AbortSignal.timeout(8_000) });
    },
    kill: async () => {
      child.kill('SIGKILL');
      await finished();
    },
    ended: async () => {
      const [code, signal] = await finished();
      if (code !== 0) throw new Error(`the process ended with ${code ?? signal}`);
    },
  };
}
