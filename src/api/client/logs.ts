// Reads the lines that the containers of a service print.

import { createInterface } from 'node:readline';
import type { z } from 'zod';
import { STREAMS } from '../contract/endpoints.ts';
import { type LogLine, type LogsQuery, readLogLine } from '../contract/streams.ts';
import { broken, type Connect, refuseFailure, responseOf } from './transport.ts';

export async function* followLogs(
  connect: Connect,
  actor: string,
  service: { readonly namespace: string; readonly name: string },
  query: z.input<typeof LogsQuery>,
  signal: AbortSignal,
): AsyncGenerator<LogLine> {
  const { method, path } = STREAMS.logs;
  try {
    const params = { namespace: service.namespace, name: service.name };
    const response = await responseOf(connect, { method, path, params, query, body: null, actor, signal });
    await refuseFailure(connect.where, response);
    const lines = createInterface({ input: response, crlfDelay: Number.POSITIVE_INFINITY });
    for await (const line of lines) {
      const read = line === '' ? null : readLogLine(JSON.parse(line));
      if (read !== null) yield read;
    }
  } catch (error) {
    if (!signal.aborted) throw broken(connect.where, error);
  }
}
