// Puts the endpoints of the contract on a listener: input is checked before the code behind an endpoint
// sees it, and an answer holds what the contract names and nothing else.

import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { z } from 'zod';
import { type Problem, problem } from '../kernel/errors.ts';
import { err, ok, type Result } from '../kernel/result.ts';
import {
  ENDPOINTS,
  type EndpointInput,
  type EndpointName,
  type TypedEndpoint,
} from './contract/endpoints.ts';
import type { Handlers } from './handlers.ts';
import { sendProblem } from './listener.ts';

const ACTOR = /^[A-Za-z0-9._@-]{1,64}$/;

/**
 * Who asks, by their own account: whoever may use the socket is trusted, the name is for the audit.
 */
export function actorOf(request: Pick<FastifyRequest, 'headers'>): string {
  const claimed = request.headers['x-plimsoll-actor'];
  return `user:${typeof claimed === 'string' && ACTOR.test(claimed) ? claimed : 'unknown'}`;
}

/** `command/usage` with the first thing that is wrong. */
export function check<T>(schema: z.ZodType<T>, value: unknown, what: string): Result<T, Problem> {
  const parsed = schema.safeParse(value);
  if (parsed.success) return ok(parsed.data);
  const issue = parsed.error.issues[0];
  const where = issue === undefined || issue.path.length === 0 ? '' : ` ${issue.path.join('.')}`;
  return err(problem('command/usage', `${what}${where}: ${issue?.message ?? 'is not valid'}`));
}

function inputOf<K extends EndpointName>(
  name: K,
  request: FastifyRequest,
): Result<EndpointInput<K>, Problem> {
  const endpoint: TypedEndpoint<K> = ENDPOINTS[name];
  const params = check(endpoint.params, request.params, 'address');
  if (!params.ok) return params;
  const query = check(endpoint.query, request.query, 'query');
  if (!query.ok) return query;
  const body = check(endpoint.body, request.body === undefined ? {} : request.body, 'body');
  if (!body.ok) return body;
  return ok({ params: params.value, query: query.value, body: body.value, actor: actorOf(request) });
}

function register<K extends EndpointName>(app: FastifyInstance, name: K, handlers: Handlers): void {
  const endpoint: TypedEndpoint<K> = ENDPOINTS[name];
  const handle = handlers[name];
  const { method, path: url, permission } = endpoint;
  app.route({
    method,
    url,
    config: { permission },
    async handler(request, reply) {
      const input = inputOf(name, request);
      if (!input.ok) return sendProblem(reply, input.error);
      const result = await handle(input.value);
      return result.ok ? endpoint.answer.parse(result.value) : sendProblem(reply, result.error);
    },
  });
}

const isEndpointName = (name: string): name is EndpointName => Object.hasOwn(ENDPOINTS, name);

export function registerEndpoints(app: FastifyInstance, handlers: Handlers): void {
  for (const name of Object.keys(ENDPOINTS)) {
    if (isEndpointName(name)) register(app, name, handlers);
  }
}
