// The logs of a service's containers as lines of JSON, interleaved as they come. While a client follows,
// containers that a rollout adds are joined in.

import { once } from 'node:events';
import type { FastifyReply } from 'fastify';
import type { z } from 'zod';
import { toProblem } from '../kernel/errors.ts';
import type { ServiceKey } from '../kernel/ids.ts';
import type { Inspection, LocatedContainer } from '../loop/inspection.ts';
import type { LogLine, LogsQuery } from './contract/streams.ts';
import { LineCutter } from './line-cutter.ts';

type Query = z.output<typeof LogsQuery>;

const LOOK_AGAIN_MS = 500;
const HEARTBEAT_MS = 15_000;

/** Running ones; on request, or where none runs, those that have ended. */
function chosenContainers(inspect: Inspection, key: ServiceKey, query: Query): readonly LocatedContainer[] {
  const all = inspect
    .containers(key)
    .filter(({ identity }) => query.ordinal === undefined || identity.ordinal === query.ordinal);
  const running = all.filter(({ container }) => container.status === 'running');
  const ended = all.filter(({ container }) => container.status !== 'running' && container.startedAt !== null);
  if (query.previous) return ended;
  return running.length > 0 ? running : ended;
}

class LogStream {
  readonly #inspect: Inspection;
  readonly #key: ServiceKey;
  readonly #query: Query;
  readonly #write: (line: LogLine) => Promise<void>;
  readonly #signal: AbortSignal;
  readonly #known = new Set<string>();

  constructor(
    inspect: Inspection,
    key: ServiceKey,
    query: Query,
    write: (line: LogLine) => Promise<void>,
    signal: AbortSignal,
  ) {
    this.#inspect = inspect;
    this.#key = key;
    this.#query = query;
    this.#write = write;
    this.#signal = signal;
  }

  /** Resolves when every container's lines have ended; while following, with the signal. */
  async run(): Promise<void> {
    const first = this.#begin(false);
    if (!this.#query.follow) {
      await Promise.all(first);
      return;
    }
    const look = setInterval(() => void this.#begin(true), LOOK_AGAIN_MS);
    try {
      if (!this.#signal.aborted) await once(this.#signal, 'abort');
    } finally {
      clearInterval(look);
    }
  }

  #begin(isLate: boolean): Promise<void>[] {
    const found = chosenContainers(this.#inspect, this.#key, this.#query).filter(
      ({ container }) => !this.#known.has(container.id),
    );
    for (const { container } of found) this.#known.add(container.id);
    const named = this.#name(found);
    return found.map(async (located) => {
      await named;
      await this.#read(located, isLate);
    });
  }

  /** Names them all before the first line, so that a client knows whether there are several. */
  async #name(found: readonly LocatedContainer[]): Promise<void> {
    for (const { host, container } of found) {
      const { name, startedAt } = container;
      await this.#write({ type: 'begin', container: name, host: host.id, startedAt });
    }
  }

  /** A container that came later is read from its beginning. */
  async #read({ host, container }: LocatedContainer, isLate: boolean): Promise<void> {
    const { follow, timestamps, tail, sinceMs } = this.#query;
    const about = { container: container.name, host: host.id };
    const cutters = { stdout: new LineCutter(), stderr: new LineCutter() };
    const tell = (stream: 'stdout' | 'stderr', text: string): Promise<void> =>
      this.#write({ type: 'line', ...about, stream, text });
    try {
      const query = {
        follow,
        timestamps,
        tail: isLate ? null : (tail ?? null),
        sinceMs: isLate ? null : (sinceMs ?? null),
      };
      for await (const { stream, data } of host.logs(container.id, query, this.#signal)) {
        for (const text of cutters[stream].push(data)) await tell(stream, text);
      }
      for (const stream of ['stdout', 'stderr'] as const) {
        const rest = cutters[stream].end();
        if (rest !== null) await tell(stream, rest);
      }
      if (follow && !this.#signal.aborted)
        await this.#write({ type: 'end', ...about, because: 'the container has stopped' });
    } catch (error) {
      const { message } = toProblem(error);
      if (!this.#signal.aborted) await this.#write({ type: 'end', ...about, because: message });
    }
  }
}

/** Answers with the stream; ends with the client, with `signal`, or when there is no more to come. */
export async function streamLogs(
  reply: FastifyReply,
  inspect: Inspection,
  key: ServiceKey,
  query: Query,
  signal: AbortSignal,
): Promise<void> {
  reply.hijack();
  const { raw } = reply;
  raw.writeHead(200, { 'content-type': 'application/x-ndjson', 'cache-control': 'no-store' });
  raw.flushHeaders();
  const gone = new AbortController();
  raw.once('close', () => gone.abort());
  const ending = AbortSignal.any([signal, gone.signal]);
  // A client that reads slowly slows the containers' logs down, and nothing piles up here.
  const write = async (line: LogLine): Promise<void> => {
    if (ending.aborted || raw.write(`${JSON.stringify(line)}\n`)) return;
    await Promise.race([once(raw, 'drain', { signal: ending }), once(ending, 'abort')]).catch(() => {});
  };
  const heartbeat = setInterval(() => void write({ type: 'heartbeat', at: Date.now() }), HEARTBEAT_MS);
  try {
    await new LogStream(inspect, key, query, write, ending).run();
  } finally {
    clearInterval(heartbeat);
    raw.end();
  }
}
