// A container's output: what was written, and on request what is being written.

import type { Readable } from 'node:stream';
import { PlimsollError, problem } from '../../kernel/errors.ts';
import type { LogChunk, LogsQuery } from '../../ports/host.ts';
import { readContainer } from './containers.ts';
import { Demultiplexer } from './demultiplex.ts';
import type { Engine } from './engine.ts';

/** Chunks of a stream of output; with a terminal there is one stream and no frames. */
export async function* chunksOf(stream: Readable, tty: boolean): AsyncGenerator<LogChunk> {
  const frames = new Demultiplexer();
  for await (const data of stream) {
    if (tty) yield { stream: 'stdout', data };
    else yield* frames.push(data);
  }
}

/** `nowMs` is the wall clock that `sinceMs` counts back from. */
export async function* readLogs(
  engine: Engine,
  id: string,
  query: LogsQuery,
  nowMs: number,
): AsyncGenerator<LogChunk> {
  const attempt = `cannot read the logs of container ${id}`;
  const container = await readContainer(engine, id);
  if (container === null) {
    throw new PlimsollError(problem('engine/not-found', `${attempt}: there is no such container`));
  }
  const stream = await engine.stream({
    method: 'GET',
    path: `/containers/${encodeURIComponent(id)}/logs`,
    query: {
      stdout: true,
      stderr: true,
      follow: query.follow,
      timestamps: query.timestamps,
      ...(query.tail === null ? {} : { tail: query.tail }),
      ...(query.sinceMs === null ? {} : { since: ((nowMs - query.sinceMs) / 1_000).toFixed(3) }),
    },
    attempt,
  });
  try {
    yield* chunksOf(stream, container.Config.Tty);
  } finally {
    stream.destroy();
  }
}
