// How the framed output of a container is taken apart, whatever the pieces it comes in.

import { describe, expect, it } from 'vitest';
import { Demultiplexer } from '../../../src/adapters/docker/demultiplex.ts';

describe('frames of output', () => {
  const frame = (stream: number, text: string): Buffer => {
    const header = Buffer.alloc(8);
    header[0] = stream;
    header.writeUInt32BE(Buffer.byteLength(text), 4);
    return Buffer.concat([header, Buffer.from(text)]);
  };
  const wire = Buffer.concat([frame(1, 'out 1\n'), frame(2, 'error\n'), frame(1, ''), frame(1, 'out 2\n')]);

  it.each([1, 2, 3, 7, 8, 9, 1000])('are taken apart when they come in pieces of %i bytes', (size) => {
    const frames = new Demultiplexer();
    const output = { stdout: '', stderr: '' };
    for (let at = 0; at < wire.length; at += size) {
      for (const { stream, data } of frames.push(wire.subarray(at, at + size))) {
        output[stream] += Buffer.from(data).toString();
      }
    }
    expect(output).toEqual({ stdout: 'out 1\nout 2\n', stderr: 'error\n' });
  });
});
