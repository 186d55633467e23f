// The endpoints whose answer is a stream. Each ends with its client, and all of them with the server.

import type { FastifyInstance } from 'fastify';
import { serviceKey } from '../kernel/ids.ts';
import type { Controller } from '../loop/controller.ts';
import { STREAMS } from './contract/endpoints.ts';
import { EventsQuery } from './contract/operation.ts';
import { ServiceParams } from './contract/service.ts';
import { LogsQuery } from './contract/streams.ts';
import type { EventFeed } from './event-feed.ts';
import { streamEvents } from './event-stream.ts';
import { unknownService } from './handlers.ts';
import { sendProblem } from './listener.ts';
import { streamLogs } from './log-stream.ts';
import { check } from './register.ts';

export function registerStreams(
  app: FastifyInstance,
  controller: Controller,
  feed: EventFeed,
  signal: AbortSignal,
): void {
  const { followEvents, logs } = STREAMS;
  app.route({
    method: followEvents.method,
    url: followEvents.path,
    config: { permission: followEvents.permission },
    async handler(request, reply) {
      const query = check(EventsQuery, request.query, 'query');
      if (!query.ok) return sendProblem(reply, query.error);
      streamEvents(reply, feed, query.value.since ?? null, signal);
      return reply;
    },
  });
  app.route({
    method: logs.method,
    url: logs.path,
    config: { permission: logs.permission },
    async handler(request, reply) {
      const params = check(ServiceParams, request.params, 'address');
      if (!params.ok) return sendProblem(reply, params.error);
      const query = check(LogsQuery, request.query, 'query');
      if (!query.ok) return sendProblem(reply, query.error);
      const key = serviceKey(params.value.namespace, params.value.name);
      if (controller.inspect.origin(key) === null) return sendProblem(reply, unknownService(controller, key));
      await streamLogs(reply, controller.inspect, key, query.value, signal);
      return reply;
    },
  });
}
