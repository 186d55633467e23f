// Lines of a container's output, whatever pieces the engine sends.

import { expect, it } from 'vitest';
import { LineCutter } from '../../src/api/line-cutter.ts';

const cut = (...pieces: (string | Buffer)[]): (string | null)[] => {
  const cutter = new LineCutter();
  return [...pieces.flatMap((piece) => cutter.push(Buffer.from(piece))), cutter.end()];
};

it.each<[string, (string | Buffer)[], (string | null)[]]>([
  ['whole lines', ['one\ntwo\n'], ['one', 'two', null]],
  ['a line in pieces', ['on', 'e\ntw', 'o\n'], ['one', 'two', null]],
  ['a last line without an end', ['one\ntwo'], ['one', 'two']],
  ['line ends of Windows', ['one\r\ntwo\r\n'], ['one', 'two', null]],
  ['empty lines', ['\n\none\n'], ['', '', 'one', null]],
  ['a letter cut in two', [Buffer.from([0xc3]), Buffer.from([0xb6, 0x0a])], ['ö', null]],
  ['nothing', [], [null]],
])('%s', (_, pieces, lines) => {
  expect(cut(...pieces)).toEqual(lines);
});

it('cuts a line that never ends', () => {
  const lengths = cut('x'.repeat(200_000)).map((line) => line?.length);
  expect(lengths).toEqual([65_536, 65_536, 65_536, 200_000 - 3 * 65_536]);
});
