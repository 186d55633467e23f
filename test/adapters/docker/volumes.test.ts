// What the archive holds that fills a volume.

import { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { extract } from 'tar-stream';
import { expect, it } from 'vitest';
import { archiveOf } from '../../../src/adapters/docker/volumes.ts';

it('packs files with their directories and modes', async () => {
  const file = (path: string, text: string, mode: number) => ({
    path,
    mode,
    contentBase64: Buffer.from(text).toString('base64'),
  });
  const archive = await archiveOf([file('a.conf', 'A', 0o444), file('d/e/f.sh', 'F', 0o755)]);
  const entries: string[] = [];
  for await (const entry of Readable.from([archive]).pipe(extract())) {
    const { name, mode = 0, uid } = entry.header;
    const content = await text(entry);
    entries.push(`${name} ${mode.toString(8)} ${uid} ${content}`);
  }
  expect(entries).toEqual(['d/ 755 0 ', 'd/e/ 755 0 ', 'a.conf 444 0 A', 'd/e/f.sh 755 0 F']);
});

it('does not pack a file that would leave the volume', async () => {
  const file = { path: '../etc/passwd', mode: 0o644, contentBase64: '' };
  await expect(archiveOf([file])).rejects.toThrow('stays inside the volume');
});
