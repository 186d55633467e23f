// Lets Node's HTTP client run over whatever the transport opens. Connections are kept for the next
// request: over SSH that saves a round trip each time.

import { Agent } from 'node:http';
import { type Duplex, PassThrough } from 'node:stream';
import { inspect } from 'node:util';
import type { Transport } from './transport.ts';

/** The type of Node's callback demands a stream even with an error; Node itself does not look at it. */
const NO_STREAM = new PassThrough().destroy();

export class EngineAgent extends Agent {
  readonly #transport: Transport;

  constructor(transport: Transport) {
    // `maxSockets` has no effect where connections are made asynchronously: callers limit themselves.
    super({ keepAlive: true, maxFreeSockets: transport.maxCalls, scheduling: 'lifo' });
    this.#transport = transport;
  }

  /**
   * docker-modem spells out its options for a debug line with every request, wanted or not, and the agent
   * among them: all its sockets and what hangs on them. That took more time than everything else.
   */
  [inspect.custom](): string {
    return 'EngineAgent';
  }

  override createConnection(
    _options: unknown,
    callback?: (error: Error | null, stream: Duplex) => void,
  ): undefined {
    this.#transport.openEngine().then(
      (stream) => callback?.(null, stream),
      (error) => callback?.(error, NO_STREAM),
    );
  }
}
