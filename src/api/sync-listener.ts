// `POST /sync` over TCP, for a CI or a Git server: a hint to look at the sources, and nothing more. Which
// repository that is comes from the configuration; the token is compared before a body is read.

import { createHash, timingSafeEqual } from 'node:crypto';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { Problem } from '../kernel/errors.ts';
import type { Sealed } from '../kernel/sealed.ts';
import type { Controller } from '../loop/controller.ts';
import type { Permission } from './contract/endpoints.ts';
import { SyncBody } from './contract/operation.ts';
import { createListener, sendProblem } from './listener.ts';
import { check } from './register.ts';
import { type SourceAddress, sourcesOf } from './source-match.ts';

const STRANGER: ReadonlySet<Permission> = new Set(['public']);
const HOLDER: ReadonlySet<Permission> = new Set(['public', 'sync']);
const MAX_CONNECTIONS = 200;

const digest = (text: string): Buffer => createHash('sha256').update(text).digest();

/** Digests have one length, so comparing them tells nothing about the token's. */
function holdsToken(request: FastifyRequest, token: Sealed<string>): boolean {
  const shown = /^Bearer (?<token>[^\s]{1,512})$/.exec(request.headers.authorization ?? '')?.groups?.[
    'token'
  ];
  return shown !== undefined && timingSafeEqual(digest(shown), digest(token.open()));
}

export interface SyncListenerOptions {
  readonly controller: Controller;
  readonly sources: readonly SourceAddress[];
  readonly token: Sealed<string>;
  readonly onBug: (found: Problem) => void;
}

/** Not listening yet. */
export function createSyncListener(options: SyncListenerOptions): FastifyInstance {
  const { controller, sources, token, onBug } = options;
  const app = createListener({
    grants: (request) => (holdsToken(request, token) ? HOLDER : STRANGER),
    onBug,
  });
  app.server.maxConnections = MAX_CONNECTIONS;
  app.get('/healthz', { config: { permission: 'public' } }, async () => ({ ok: true }));
  app.post('/sync', { config: { permission: 'sync' } }, async (request, reply) => {
    const body = check(SyncBody, request.body === undefined ? {} : request.body, 'body');
    if (!body.ok) return sendProblem(reply, body.error);
    const chosen = sourcesOf(sources, body.value);
    if (!chosen.ok) return sendProblem(reply, chosen.error);
    // The answer comes before any work; looks that are asked for during one look become one more.
    for (const id of chosen.value) void controller.sync(id);
    return reply.code(202).send({ sources: chosen.value });
  });
  return app;
}
