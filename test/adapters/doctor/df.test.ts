// What `df -Pk` prints on different systems, read as bytes.

import { describe, expect, it } from 'vitest';
import { freeSpaceFromDf } from '../../../src/adapters/doctor/df.ts';

describe('the space that df tells', () => {
  it.each<[string, string, { freeBytes: number; totalBytes: number } | null]>([
    [
      'of GNU',
      'Filesystem     1024-blocks     Used Available Capacity Mounted on\n/dev/vda1         41152736 12857860  26178676      33% /\n',
      { freeBytes: 26_178_676 * 1024, totalBytes: 41_152_736 * 1024 },
    ],
    [
      'of busybox',
      'Filesystem           1024-blocks    Used Available Capacity Mounted on\noverlay               1000 900 100 90% /\n',
      { freeBytes: 102_400, totalBytes: 1_024_000 },
    ],
    [
      'with a blank in the name of the device',
      'Filesystem 1024-blocks Used Available Capacity Mounted on\n//nas/my share 1000 900 100 90% /var/lib/docker\n',
      { freeBytes: 102_400, totalBytes: 1_024_000 },
    ],
    ['of a key that runs something else', 'This key is for plimsoll only.\n', null],
    ['that is nothing', '', null],
    ['without a line', 'Filesystem 1024-blocks Used Available Capacity Mounted on\n', null],
  ])('%s', (_, output, space) => {
    expect(freeSpaceFromDf(output)).toEqual(space);
  });
});
