// That the reader of the manual finds every command in it, and sees where a page shows what is not printed.

import { describe, expect, it } from 'vitest';
import { linesNotPrinted } from './likeness.ts';
import { piecesOf } from './pieces.ts';

const commands = (...lines: readonly string[]): readonly string[] =>
  piecesOf(lines.join('\n')).flatMap((piece) => (piece.kind === 'command' ? [piece.text] : []));

describe('commands of a page', () => {
  it('are the lines of its shell blocks, without comments', () => {
    expect(commands('```sh', '# first', 'plimsoll init   # begin', '', 'git commit -m "#1"', '```')).toEqual([
      'plimsoll init',
      'git commit -m "#1"',
    ]);
  });

  it('stand in lists as well', () => {
    expect(commands('- so:', '', '  ```sh', '  plimsoll plan', '  ```', '', '- end')).toEqual([
      'plimsoll plan',
    ]);
  });

  it('are what a unit of systemd starts', () => {
    expect(commands('```ini', '[Service]', 'ExecStart=/bin/x serve', 'Restart=always', '```')).toEqual([
      '/bin/x serve',
    ]);
  });

  it('stand within sentences, once, and not where a block has them', () => {
    expect(
      commands(
        'Say `plimsoll status`, `plimsoll',
        'why` or `plimsoll status`.',
        '```sh',
        'plimsoll why',
        '```',
      ),
    ).toEqual(['plimsoll status', 'plimsoll why']);
  });

  it('are not names of programs, files and keys', () => {
    expect(
      commands('`plimsoll`, `plimsoll.yaml`, `git`, `role: app`, `restrict,command="docker x"`'),
    ).toEqual([]);
  });
});

it('what a page shows belongs to the block before', () => {
  const page = ['```sh', 'plimsoll plan', 'plimsoll status', '```', 'prints', '```text', 'state: x', '```'];
  expect(piecesOf(page.join('\n')).at(-1)).toEqual({
    kind: 'output',
    of: ['plimsoll plan', 'plimsoll status'],
    lines: ['state: x'],
  });
});

it.each([
  ['of a language that nobody has thought of', '```console\n$ plimsoll init\n```', 'the language "console"'],
  ['without a language', '```\nplimsoll init\n```', 'the language ""'],
  ['without an end', '```sh\nplimsoll init', 'never closed'],
])('a block %s is refused', (_, page, because) => {
  expect(() => piecesOf(page)).toThrow(because);
});

const STATUS = `SERVICE         READY   REVISION       STATE
default/hello   2/2     0123456789ab   ready
`;

it.each([
  ['the same', 'SERVICE READY REVISION STATE', true],
  ['another count and another revision', 'default/hello 3/3 ba9876543210 ready', true],
  ['another word', 'default/hello 2/2 0123456789ab held', false],
  ['a column too few', 'SERVICE READY STATE', false],
  ['a column of another name', 'SERVICE READY VERSION STATE', false],
])('a page that shows %s', (_, line, isPrinted) => {
  expect(linesNotPrinted([line, ''], STATUS)).toEqual(isPrinted ? [] : [line]);
});
