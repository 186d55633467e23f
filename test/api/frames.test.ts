// Frames come out as they went in, whatever pieces the network makes of them.

import { describe, expect, it } from 'vitest';
import { encodeFrame, encodeFrames, FrameReader, MAX_FRAME_BYTES } from '../../src/api/frames.ts';

function readIn(pieceBytes: number, bytes: Buffer): { type: number; text: string }[] {
  const reader = new FrameReader();
  const found: { type: number; text: string }[] = [];
  for (let at = 0; at < bytes.length; at += pieceBytes) {
    for (const { type, content } of reader.push(bytes.subarray(at, at + pieceBytes)))
      found.push({ type, text: Buffer.from(content).toString() });
  }
  return found;
}

describe('frames', () => {
  const bytes = Buffer.concat([
    encodeFrame(17, Buffer.from('hello')),
    encodeFrame(2),
    encodeFrame(18, Buffer.from('ö')),
  ]);

  it.each([1, 2, 3, 5, 7, 100])('are read in pieces of %i bytes', (pieceBytes) => {
    expect(readIn(pieceBytes, bytes)).toEqual([
      { type: 17, text: 'hello' },
      { type: 2, text: '' },
      { type: 18, text: 'ö' },
    ]);
  });

  it('are cut where the content is larger than one may be', () => {
    const content = Buffer.alloc(MAX_FRAME_BYTES * 2 + 1, 'x');
    const frames = readIn(64 * 1024, Buffer.concat([...encodeFrames(1, content)]));
    expect(frames.map((f) => f.text.length)).toEqual([MAX_FRAME_BYTES, MAX_FRAME_BYTES, 1]);
  });

  it('that claim to be larger are refused before they are stored', () => {
    const header = Buffer.from([1, 0xff, 0xff, 0xff, 0xff]);
    expect(() => new FrameReader().push(header)).toThrow('too large');
  });
});
