// Where the command line writes to and asks from: knows whether a person watches, and whether colours are
// wanted.

import { createInterface } from 'node:readline/promises';
import type { Readable, Writable } from 'node:stream';
import { stripVTControlCharacters, styleText } from 'node:util';

export type Style = 'bold' | 'dim' | 'red' | 'green' | 'yellow' | 'cyan';

interface Output extends Writable {
  readonly isTTY?: boolean;
  readonly columns?: number;
  readonly rows?: number;
}

interface Input extends Readable {
  readonly isTTY?: boolean;
}

export interface Streams {
  readonly stdin: Input;
  readonly stdout: Output;
  readonly stderr: Output;
}

const DEFAULT_COLUMNS = 100;
const DEFAULT_ROWS = 24;

export class Terminal {
  readonly #streams: Streams;
  readonly #isDumb: boolean;
  readonly #isPlain: boolean;

  /** `NO_COLOR` (not empty) and `TERM=dumb` switch colours off; they are never on unless a terminal shows them. */
  constructor(streams: Streams, env: Readonly<Record<string, string | undefined>>) {
    this.#streams = streams;
    this.#isDumb = env['TERM'] === 'dumb';
    this.#isPlain = (env['NO_COLOR'] ?? '') !== '' || this.#isDumb;
  }

  /** Whether a person sees standard output and cursor movements work. */
  get isLive(): boolean {
    return this.#streams.stdout.isTTY === true && !this.#isDumb;
  }

  /** Whether a question can be asked. */
  get canAsk(): boolean {
    return this.#streams.stdin.isTTY === true && this.#streams.stderr.isTTY === true;
  }

  get columns(): number {
    return this.#streams.stdout.columns ?? DEFAULT_COLUMNS;
  }

  get rows(): number {
    return this.#streams.stdout.rows ?? DEFAULT_ROWS;
  }

  get stdin(): Input {
    return this.#streams.stdin;
  }

  get stdout(): Output {
    return this.#streams.stdout;
  }

  get stderr(): Output {
    return this.#streams.stderr;
  }

  /** For standard output. */
  paint(style: Style, text: string): string {
    return this.#paint(this.#streams.stdout, style, text);
  }

  /** For standard error. */
  paintError(style: Style, text: string): string {
    return this.#paint(this.#streams.stderr, style, text);
  }

  #paint(stream: Output, style: Style, text: string): string {
    if (this.#isPlain || stream.isTTY !== true) return text;
    return styleText(style, text, { validateStream: false });
  }

  /** One line, or several, to standard output. */
  print(text: string): void {
    this.#streams.stdout.write(`${text}\n`);
  }

  printJson(value: unknown): void {
    this.print(JSON.stringify(value, null, 2));
  }

  /** One line to standard error. */
  note(text: string): void {
    this.#streams.stderr.write(`${text}\n`);
  }

  /** The answer, trimmed; empty where the input ends. */
  async ask(question: string): Promise<string> {
    const lines = createInterface({ input: this.#streams.stdin, output: this.#streams.stderr });
    try {
      return (await lines.question(question)).trim();
    } finally {
      lines.close();
    }
  }
}

/** How many columns a text takes on a terminal. */
export const widthOf = (text: string): number => [...stripVTControlCharacters(text)].length;

/** Text that comes from elsewhere may hold sequences that move the cursor or hide what follows. */
export function harmless(text: string): string {
  return text.replaceAll(/[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/g, '\u{fffd}');
}

/** Cut to `width` columns, with an ellipsis; plain text only. */
export function cut(text: string, width: number): string {
  const characters = [...text];
  return characters.length <= width ? text : `${characters.slice(0, Math.max(0, width - 1)).join('')}…`;
}
