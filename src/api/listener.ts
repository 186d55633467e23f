// A fastify instance that serves nothing without a permission: a route that declares none keeps the server
// from starting, and a request whose sender lacks it is refused before its body is read.

import fastify, { type FastifyInstance, type FastifyReply, type FastifyRequest } from 'fastify';
import { PlimsollError, type Problem, problem, toProblem } from '../kernel/errors.ts';
import { PERMISSIONS, type Permission } from './contract/endpoints.ts';
import { presentable, statusOf } from './failures.ts';

declare module 'fastify' {
  interface FastifyContextConfig {
    permission?: Permission;
  }
}

/** Larger bodies are cut off while they stream in. */
export const MAX_BODY_BYTES = 1024 * 1024;
const HEADERS_MS = 10_000;
const REQUEST_MS = 30_000;

export interface ListenerOptions {
  /** What the sender of a request may do; looks at headers only. */
  readonly grants: (request: FastifyRequest) => ReadonlySet<Permission>;
  /** Hears of bugs; a client is told no more than that there was one. */
  readonly onBug: (found: Problem) => void;
}

export function sendProblem(
  reply: FastifyReply,
  found: Problem,
  status = statusOf(found.code),
): FastifyReply {
  return reply.code(status).send({ problem: presentable(found) });
}

/** An error of fastify itself: a body that is too large or no JSON, a method that is not served. */
function requestProblem(error: unknown): { readonly found: Problem; readonly status: number } | null {
  if (!(error instanceof Error) || !('statusCode' in error)) return null;
  const status = Number(error.statusCode);
  if (!(status >= 400 && status < 500)) return null;
  const found =
    status === 413
      ? problem('command/too-large', 'the body is larger than 1 MiB')
      : problem('command/usage', error.message);
  return { found, status };
}

/** Not listening yet; routes are added by the caller. */
export function createListener(options: ListenerOptions): FastifyInstance {
  const answerError = (error: unknown, reply: FastifyReply): FastifyReply => {
    const refused = requestProblem(error);
    if (refused !== null) {
      reply.header('connection', 'close');
      return sendProblem(reply, refused.found, refused.status);
    }
    const found = toProblem(error);
    if (found.code === 'internal') options.onBug(found);
    return sendProblem(reply, found);
  };
  const app = fastify({
    logger: false,
    frameworkErrors: (error, _request, reply) => void answerError(error, reply),
    bodyLimit: MAX_BODY_BYTES,
    exposeHeadRoutes: false,
    forceCloseConnections: true,
    connectionTimeout: 0,
    requestTimeout: REQUEST_MS,
    routerOptions: { maxParamLength: 200 },
    http: { headersTimeout: HEADERS_MS },
  });
  // JSON is the only body; what calls itself text is refused.
  app.removeContentTypeParser('text/plain');
  app.addHook('onRoute', (route) => {
    const declared = route.config?.permission;
    if (declared !== undefined && PERMISSIONS.includes(declared)) return;
    const message = `route ${String(route.method)} ${route.url} declares no permission`;
    throw new PlimsollError(problem('internal', message));
  });
  app.addHook('onRequest', async (request, reply) => {
    const needed = request.routeOptions.config.permission;
    // No route has this address: the handler for that answers.
    if (needed === undefined) return;
    const granted = options.grants(request);
    if (granted.has(needed)) return;
    // What may not be read is not read: the connection ends with the answer.
    reply.header('connection', 'close');
    await sendProblem(
      reply,
      granted.size <= 1
        ? problem('command/unauthorized', 'this needs a valid token')
        : problem('command/forbidden', `this needs the permission ${needed}`),
    );
  });
  app.setNotFoundHandler((request, reply) =>
    sendProblem(
      reply,
      problem('command/not-found', `there is no ${request.method} ${pathOf(request.url)}`, {
        hint: 'See the reference of the API.',
      }),
    ),
  );
  app.setErrorHandler((error, _request, reply) => answerError(error, reply));
  return app;
}

const pathOf = (url: string): string => (url.split('?')[0] ?? '').slice(0, 200);
