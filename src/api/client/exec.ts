// The client's end of a command in a container.

import { once } from 'node:events';
import type { Duplex } from 'node:stream';
import { PlimsollError, problem } from '../../kernel/errors.ts';
import { STREAMS } from '../contract/endpoints.ts';
import { ProblemAnswer } from '../contract/fields.ts';
import { EXEC_PROTOCOL, ExecExit, type ExecStart } from '../contract/streams.ts';
import {
  encodeFrame,
  encodeFrames,
  encodeJsonFrame,
  FRAME,
  type Frame,
  FrameReader,
  frameJson,
} from '../frames.ts';
import { broken, type Connect, openRequest, refuseFailure } from './transport.ts';

export interface ExecOutput {
  readonly stream: 'stdout' | 'stderr';
  readonly data: Uint8Array;
}

export interface ExecConnection {
  /** Ends when the command has ended; then `exitCode` is known. Throws where it could not go on. */
  readonly output: AsyncIterable<ExecOutput>;
  /** Null until the command has ended. */
  exitCode(): number | null;
  /** Resolves when more may be written. */
  write(data: Uint8Array): Promise<void>;
  closeInput(): void;
  resize(columns: number, rows: number): void;
  close(): void;
}

interface Upgraded {
  readonly stream: Duplex;
  readonly head: Buffer;
}

async function upgrade(
  connect: Connect,
  actor: string,
  service: { readonly namespace: string; readonly name: string },
): Promise<Upgraded> {
  const { method, path } = STREAMS.exec;
  const request = await openRequest(connect, {
    method,
    path,
    params: { namespace: service.namespace, name: service.name },
    query: {},
    body: null,
    actor,
    headers: { connection: 'Upgrade', upgrade: EXEC_PROTOCOL },
  });
  return new Promise((resolve, reject) => {
    request.once('upgrade', (_response, stream, head) => resolve({ stream, head }));
    request.once('response', (response) => {
      refuseFailure(connect.where, response).then(
        () => reject(broken(connect.where, new Error('it does not take commands'))),
        reject,
      );
    });
    request.once('error', (error) => reject(broken(connect.where, error)));
    request.end();
  });
}

async function* framesOf({ stream, head }: Upgraded): AsyncGenerator<Frame> {
  const reader = new FrameReader();
  yield* reader.push(head);
  for await (const data of stream) yield* reader.push(data);
}

/** Rejects where the controller refuses before the command starts. */
export async function openExec(
  connect: Connect,
  actor: string,
  service: { readonly namespace: string; readonly name: string },
  start: ExecStart,
): Promise<ExecConnection> {
  const upgraded = await upgrade(connect, actor, service);
  const { stream } = upgraded;
  stream.on('error', () => {});
  stream.write(encodeJsonFrame(FRAME.start, start));
  let code: number | null = null;
  const read = async function* (): AsyncGenerator<ExecOutput> {
    try {
      for await (const frame of framesOf(upgraded)) {
        if (frame.type === FRAME.stdout) yield { stream: 'stdout', data: frame.content };
        else if (frame.type === FRAME.stderr) yield { stream: 'stderr', data: frame.content };
        else if (frame.type === FRAME.exit) {
          code = ExecExit.parse(frameJson(frame)).code;
          return;
        } else if (frame.type === FRAME.problem)
          throw new PlimsollError(ProblemAnswer.parse(frameJson(frame)));
      }
    } catch (error) {
      throw broken(connect.where, error);
    } finally {
      stream.destroy();
    }
    if (code === null)
      throw new PlimsollError(
        problem('command/no-controller', 'the connection broke off before the command ended'),
      );
  };
  return {
    output: read(),
    exitCode: () => code,
    async write(data) {
      for (const frame of encodeFrames(FRAME.input, data)) {
        if (stream.destroyed || stream.write(frame)) continue;
        await Promise.race([once(stream, 'drain'), once(stream, 'close')]).catch(() => {});
      }
    },
    closeInput: () => void stream.write(encodeFrame(FRAME.inputEnd)),
    resize: (columns, rows) => void stream.write(encodeJsonFrame(FRAME.resize, { columns, rows })),
    close: () => void stream.destroy(),
  };
}
