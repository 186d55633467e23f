// The controller's interface: everything on a local socket that only its owner may use, and, where the
// configuration asks for it, `POST /sync` on a TCP address for those who hold the token.

import type { FastifyInstance } from 'fastify';
import type { Config } from '../config/config.ts';
import { formatProblem, PlimsollError, type Problem, problem, toProblem } from '../kernel/errors.ts';
import type { ControllerId } from '../kernel/ids.ts';
import { err, ok, type Result } from '../kernel/result.ts';
import type { Controller } from '../loop/controller.ts';
import type { AskHost } from '../loop/doctor.ts';
import { PERMISSIONS, type Permission } from './contract/endpoints.ts';
import { EventFeed } from './event-feed.ts';
import { openExecDoor } from './exec-door.ts';
import { createHandlers } from './handlers.ts';
import { createListener } from './listener.ts';
import { registerEndpoints } from './register.ts';
import { registerStreams } from './register-streams.ts';
import { listenOnSocket } from './socket.ts';
import type { SourceAddress } from './source-match.ts';
import { createSyncListener } from './sync-listener.ts';

export interface ApiOptions {
  readonly controller: Controller;
  readonly controllerId: ControllerId;
  /** Of this program. */
  readonly version: string;
  /** The sources of the configuration, so that a hook can name one by its repository. */
  readonly sources: readonly SourceAddress[];
  readonly listen: Config['listen'];
  readonly askHost: AskHost;
}

export interface RunningApi {
  readonly socketPath: string;
  /** Where `POST /sync` is served; null where it is not. The port is the one that was really taken. */
  readonly http: { readonly address: string; readonly port: number } | null;
  /** Ends every request and stream, and removes the socket. */
  close(): Promise<void>;
}

const EVERYTHING: ReadonlySet<Permission> = new Set(PERMISSIONS);

interface Opened {
  readonly app: FastifyInstance;
  readonly ending: AbortController;
  readonly removeSocket: () => Promise<void>;
}

async function openSocket(options: ApiOptions, onBug: (found: Problem) => void): Promise<Opened> {
  const { controller, listen } = options;
  const ending = new AbortController();
  const feed = new EventFeed(controller.events, Date.now());
  const app = createListener({ grants: () => EVERYTHING, onBug });
  registerEndpoints(app, createHandlers({ ...options, feed }));
  registerStreams(app, controller, feed, ending.signal);
  openExecDoor(app.server, controller, ending.signal);
  const removeSocket = await listenOnSocket(listen.socketPath, (path) => app.listen({ path }));
  return { app, ending, removeSocket };
}

async function openHttp(
  { controller, sources, listen }: ApiOptions,
  onBug: (found: Problem) => void,
): Promise<FastifyInstance | null> {
  if (listen.http === null) return null;
  const { address, port, syncToken } = listen.http;
  const app = createSyncListener({ controller, sources, token: syncToken, onBug });
  try {
    await app.listen({ host: address, port });
    return app;
  } catch (error) {
    await app.close();
    const reason = error instanceof Error ? error.message : String(error);
    const message = `cannot listen on ${address}:${port}: ${reason}`;
    throw new PlimsollError(problem('api/cannot-listen', message), error);
  }
}

function portOf(app: FastifyInstance, configured: number): number {
  const bound = app.server.address();
  return bound !== null && typeof bound === 'object' ? bound.port : configured;
}

/** Listens; `api/in-use` or `api/cannot-listen` where that is not possible, and then nothing listens. */
export async function startApi(options: ApiOptions): Promise<Result<RunningApi, Problem>> {
  const { listen, controller } = options;
  const onBug = (found: Problem): void =>
    controller.events.emit({ kind: 'internal', level: 'error', message: formatProblem(found) });
  let opened: Opened | null = null;
  const close = async (http: FastifyInstance | null): Promise<void> => {
    opened?.ending.abort();
    await Promise.all([opened?.app.close(), http?.close()]);
    await opened?.removeSocket();
  };
  try {
    opened = await openSocket(options, onBug);
    const http = await openHttp(options, onBug);
    const bound =
      http === null || listen.http === null
        ? null
        : { address: listen.http.address, port: portOf(http, listen.http.port) };
    return ok({ socketPath: listen.socketPath, http: bound, close: () => close(http) });
  } catch (error) {
    await close(null);
    return err(toProblem(error));
  }
}
