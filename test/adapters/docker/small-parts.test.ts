// The smaller translations: limits, registry credentials, progress of a pull, frames of output, lines,
// archives, and what a transport's own failures mean.

import { Readable } from 'node:stream';
import { extract } from 'tar-stream';
import { describe, expect, it } from 'vitest';
import { Demultiplexer } from '../../../src/adapters/docker/demultiplex.ts';
import { tlsProblem } from '../../../src/adapters/docker/direct-transport.ts';
import { linesOf } from '../../../src/adapters/docker/lines.ts';
import { foldPullMessage, type PullState, pullProgress } from '../../../src/adapters/docker/pull-progress.ts';
import { registryAuthHeader } from '../../../src/adapters/docker/registry-auth.ts';
import { dialStdioProblem } from '../../../src/adapters/docker/ssh-transport.ts';
import { updateBody } from '../../../src/adapters/docker/update-body.ts';
import { archiveOf } from '../../../src/adapters/docker/volumes.ts';
import { Sealed } from '../../../src/kernel/sealed.ts';

describe('a change of limits', () => {
  const none = { memoryBytes: null, memoryReservationBytes: null, cpus: null, pids: null };

  it('raises swap with memory, since the engine refuses memory above the old swap', () => {
    expect(updateBody({ ...none, memoryBytes: 100 })).toMatchObject({ Memory: 100, MemorySwap: 200 });
  });

  it('takes away what the engine can take away, and leaves out what it cannot', () => {
    expect(updateBody(none)).toEqual({ MemoryReservation: -1, PidsLimit: -1 });
  });

  it('sets the others', () => {
    const limits = { memoryBytes: null, memoryReservationBytes: 50, cpus: 1.5, pids: 7 };
    expect(updateBody(limits)).toEqual({ MemoryReservation: 50, NanoCpus: 1_500_000_000, PidsLimit: 7 });
  });
});

describe('the password for a registry', () => {
  const read = (header: string): unknown => JSON.parse(Buffer.from(header, 'base64url').toString());

  it('travels as padded, URL-safe base64', () => {
    // These give `/`, `+` and padding in plain base64.
    for (const password of ['~~~???', '>>>', 'a', 'ab', 'abc']) {
      const credential = { registry: 'r:5000', username: 'u', password: new Sealed(password) };
      const header = registryAuthHeader(credential);
      expect(header).toMatch(/^[A-Za-z0-9_-]+={0,2}$/);
      expect(header.length % 4).toBe(0);
      expect(read(header)).toEqual({ username: 'u', password, serveraddress: 'r:5000' });
    }
  });

  it('names Docker Hub as engines know it', () => {
    const credential = { registry: 'docker.io', username: 'u', password: new Sealed('p') };
    expect(read(registryAuthHeader(credential))).toMatchObject({
      serveraddress: 'https://index.docker.io/v1/',
    });
  });
});

it('counts layers and bytes of a pull', () => {
  const messages = [
    { id: '1.0', status: 'Pulling from web' },
    { id: 'a', status: 'Already exists' },
    { id: 'b', status: 'Pulling fs layer' },
    { id: 'b', status: 'Downloading', progressDetail: { current: 10, total: 100 } },
    { id: 'b', status: 'Downloading', progressDetail: { current: 60, total: 100 } },
    { id: 'b', status: 'Download complete' },
    { id: 'b', status: 'Extracting', progressDetail: { current: 3, total: 400 } },
    { id: 'b', status: 'Pull complete' },
    { status: 'Digest: sha256:1' },
  ];
  const progress: string[] = [];
  let state: PullState = new Map();
  for (const message of messages) {
    const next = foldPullMessage(state, message);
    if (next === state) continue;
    state = next;
    const { layersDone, layersTotal, bytesDone, bytesTotal } = pullProgress('web', state);
    progress.push(`${layersDone}/${layersTotal} ${bytesDone}/${bytesTotal}`);
  }
  expect(progress).toEqual(['1/1 0/0', '1/2 0/0', '1/2 10/100', '1/2 60/100', '1/2 100/100', '1/2 100/100', '2/2 100/100']);
});

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
    const text = { stdout: '', stderr: '' };
    for (let at = 0; at < wire.length; at += size) {
      for (const { stream, data } of frames.push(wire.subarray(at, at + size))) {
        text[stream] += Buffer.from(data).toString();
      }
    }
    expect(text).toEqual({ stdout: 'out 1\nout 2\n', stderr: 'error\n' });
  });
});

describe('lines of a stream', () => {
  const lines = async (...chunks: (string | Buffer)[]): Promise<string[]> =>
    Array.fromAsync(linesOf(Readable.from(chunks.map((chunk) => Buffer.from(chunk)))));

  it('come whole, whatever the pieces', async () => {
    expect(await lines('{"a":', '1}\r\n{"b"', ':2}\n\n', '{"c":3}')).toEqual(['{"a":1}', '{"b":2}', '{"c":3}']);
  });

  it('keep characters that fall between two pieces', async () => {
    const bytes = Buffer.from('ä\n');
    expect(await lines(bytes.subarray(0, 1), bytes.subarray(1))).toEqual(['ä']);
  });

  it('have a limit', async () => {
    await expect(lines('x'.repeat(700_000), 'x'.repeat(700_000))).rejects.toThrow('too long');
  });
});

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
    const content = (await Array.fromAsync(entry)).map(String).join('');
    entries.push(`${name} ${mode.toString(8)} ${uid} ${content}`);
  }
  expect(entries).toEqual(['d/ 755 0 ', 'd/e/ 755 0 ', 'a.conf 444 0 A', 'd/e/f.sh 755 0 F']);
});

it('does not pack a file that would leave the volume', async () => {
  const file = { path: '../etc/passwd', mode: 0o644, contentBase64: '' };
  await expect(archiveOf([file])).rejects.toThrow('stays inside the volume');
});

describe('the last words of docker system dial-stdio', () => {
  it.each([
    ['host/permission', 'failed to open the raw stream connection: dial unix /var/run/docker.sock: connect: permission denied'],
    ['host/no-engine', 'failed to open the raw stream connection: dial unix /var/run/docker.sock: connect: no such file or directory'],
    ['host/no-engine', 'Cannot connect to the Docker daemon at unix:///var/run/docker.sock. Is the docker daemon running?'],
    ['host/no-engine', 'bash: line 1: docker: command not found'],
    ['host/no-engine', 'sh: 1: docker: not found'],
    ['host/no-engine', ''],
  ])('%s: %s', (code, stderr) => {
    expect(dialStdioProblem('h1', '/var/run/docker.sock', stderr).code).toBe(code);
  });
});

describe('a TLS connection that fails', () => {
  it.each([
    ['host/auth', 'ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED'],
    ['host/auth', 'ERR_SSL_TLSV1_ALERT_UNKNOWN_CA'],
    ['host/auth', 'ERR_SSL_SSLV3_ALERT_BAD_CERTIFICATE'],
    ['host/key-mismatch', 'UNABLE_TO_VERIFY_LEAF_SIGNATURE'],
    ['host/key-mismatch', 'DEPTH_ZERO_SELF_SIGNED_CERT'],
    ['host/key-mismatch', 'ERR_TLS_CERT_ALTNAME_INVALID'],
    ['host/key-mismatch', 'CERT_HAS_EXPIRED'],
    ['host/unreachable', 'ECONNREFUSED'],
    ['host/unreachable', 'ECONNRESET'],
    ['host/unreachable', 'ENOTFOUND'],
  ])('%s: %s', (expected, code) => {
    expect(tlsProblem('tcp://h1:2376', Object.assign(new Error('no'), { code })).code).toBe(expected);
  });
});
