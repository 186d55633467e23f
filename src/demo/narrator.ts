// What the demo says while it prepares: one line per step with the time it took. On a terminal the line
// moves while the step runs; elsewhere a step that takes long says now and then how far it is.

import { printProblem } from '../cli/problems.ts';
import { cut, harmless, type Terminal } from '../cli/terminal.ts';
import type { Problem } from '../kernel/errors.ts';
import { formatDuration } from '../kernel/time.ts';

const SILENCE_MS = 3_000;
const CLEAR_LINE = '\r\u001b[2K';

export class Narrator {
  readonly terminal: Terminal;

  constructor(terminal: Terminal) {
    this.terminal = terminal;
  }

  say(text: string): void {
    this.terminal.print(text);
  }

  heading(text: string): void {
    this.terminal.print(`\n${this.terminal.paint('bold', text)}`);
  }

  fail(found: Problem): void {
    printProblem(this.terminal, found);
  }

  /** Runs a step; what `work` returns as `told` stands behind the title. Its result is `value`. */
  async step<T>(
    title: string,
    work: (say: (detail: string) => void) => Promise<{ readonly told: string; readonly value: T }>,
  ): Promise<T> {
    const { terminal } = this;
    const startedMs = performance.now();
    let lastMs = startedMs;
    const say = (detail: string): void => {
      const line = `… ${title}: ${harmless(detail.trim())}`;
      if (terminal.isLive) terminal.stdout.write(`${CLEAR_LINE}${cut(line, terminal.columns - 1)}`);
      else if (performance.now() - lastMs > SILENCE_MS) {
        lastMs = performance.now();
        terminal.print(line);
      }
    };
    if (terminal.isLive) terminal.stdout.write(`… ${title}`);
    else terminal.print(`… ${title}`);
    try {
      const { told, value } = await work(say);
      this.#close(`${terminal.paint('green', '✔')} ${title}: ${told}`, startedMs);
      return value;
    } catch (error) {
      this.#close(`${terminal.paint('red', '✘')} ${title}`, startedMs);
      throw error;
    }
  }

  #close(line: string, startedMs: number): void {
    const took = this.terminal.paint('dim', `(${formatDuration(performance.now() - startedMs)})`);
    if (this.terminal.isLive) this.terminal.stdout.write(CLEAR_LINE);
    this.terminal.print(`${line} ${took}`);
  }
}
