// How a stream is cut into lines.

import { Readable } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { linesOf } from '../../../src/adapters/docker/lines.ts';

describe('lines of a stream', () => {
  const lines = async (...chunks: (string | Buffer)[]): Promise<string[]> =>
    Readable.from(linesOf(Readable.from(chunks.map((chunk) => Buffer.from(chunk))))).toArray();

  it('come whole, whatever the pieces', async () => {
    expect(await lines('{"a":', '1}\r\n{"b"', ':2}\n\n', '{"c":3}')).toEqual([
      '{"a":1}',
      '{"b":2}',
      '{"c":3}',
    ]);
  });

  it('keep characters that fall between two pieces', async () => {
    const bytes = Buffer.from('ä\n');
    expect(await lines(bytes.subarray(0, 1), bytes.subarray(1))).toEqual(['ä']);
  });

  it('have a limit', async () => {
    await expect(lines('x'.repeat(700_000), 'x'.repeat(700_000))).rejects.toThrow('too long');
  });
});
