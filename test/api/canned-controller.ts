// What a controller of another version, or in a moment that is hard to meet, would answer: texts by the
// path of the question, on a real socket. Anything else is not found.

import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ControllerClient, unixConnect } from '../../src/api/client.ts';

const NOT_FOUND = { problem: { code: 'command/not-found', message: 'there is no such thing', hint: '' } };

export interface CannedController extends AsyncDisposable {
  readonly socketPath: string;
  readonly client: ControllerClient;
}

/** `answers`: by path, the body of each answer in turn; the last one stays. */
export async function startCannedController(
  answers: Readonly<Record<string, readonly string[]>>,
): Promise<CannedController> {
  const directory = mkdtempSync(join(tmpdir(), 'plimsoll-canned-'));
  const socketPath = join(directory, 'api.sock');
  const asked = new Map<string, number>();
  const server = createServer((request, response) => {
    const path = (request.url ?? '').replace(/\?.*$/, '');
    const texts = answers[path];
    const turn = asked.get(path) ?? 0;
    asked.set(path, turn + 1);
    const text = texts?.[Math.min(turn, texts.length - 1)];
    response
      .writeHead(text === undefined ? 404 : 200, { 'content-type': 'application/json' })
      .end(text ?? JSON.stringify(NOT_FOUND));
  });
  server.listen(socketPath);
  await once(server, 'listening');
  return {
    socketPath,
    client: new ControllerClient(unixConnect(socketPath), 'ada'),
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      server.close();
      rmSync(directory, { recursive: true, force: true });
    },
  };
}
