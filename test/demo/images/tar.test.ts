// The archive that the demo imports is one that others can read.

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { extract } from 'tar-stream';
import { describe, expect, test } from 'vitest';
import { type TarEntry, tarOf } from '../../../src/demo/images/tar.ts';

async function readBack(entries: readonly TarEntry[]): Promise<readonly unknown[]> {
  const reader = extract();
  Readable.from(tarOf(entries)).pipe(reader);
  const found: unknown[] = [];
  for await (const entry of reader) {
    const { name, mode, type } = entry.header;
    found.push({ name, mode, type, content: await text(entry) });
  }
  return found;
}

const file = (name: string, content: string): TarEntry => ({
  name,
  mode: 0o644,
  content: { kind: 'text', text: content },
});

describe('an archive', () => {
  test('has directories, texts and files as they were given', async () => {
    const directory = mkdtempSync(join(tmpdir(), 'plimsoll-tar-'));
    const source = join(directory, 'program');
    writeFileSync(source, 'x'.repeat(1_500));
    const found = await readBack([
      { name: 'tmp/', mode: 0o1777, content: { kind: 'directory' } },
      file('etc/empty', ''),
      file('etc/motd', 'größer als\nASCII'),
      { name: 'bin/program', mode: 0o755, content: { kind: 'file', path: source, size: 1_500 } },
    ]);
    rmSync(directory, { recursive: true });
    expect(found).toEqual([
      { name: 'tmp/', mode: 0o1777, type: 'directory', content: '' },
      { name: 'etc/empty', mode: 0o644, type: 'file', content: '' },
      { name: 'etc/motd', mode: 0o644, type: 'file', content: 'größer als\nASCII' },
      { name: 'bin/program', mode: 0o755, type: 'file', content: 'x'.repeat(1_500) },
    ]);
  });

  test('of a block and of one byte more ends where it should', async () => {
    for (const length of [511, 512, 513]) {
      const found = await readBack([file('a', 'y'.repeat(length)), file('b', 'next')]);
      expect(found).toMatchObject([{ content: 'y'.repeat(length) }, { name: 'b', content: 'next' }]);
    }
  });

  test('takes paths of up to 255 bytes and refuses longer ones', async () => {
    const long = `${'d'.repeat(90)}/${'e'.repeat(60)}/${'f'.repeat(99)}`;
    expect(await readBack([file(long, 'far down')])).toMatchObject([{ name: long, content: 'far down' }]);
    await expect(Array.fromAsync(tarOf([file('g'.repeat(101), '')]))).rejects.toThrow(/too long/);
  });
});
