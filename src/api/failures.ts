// Problems as HTTP answers, and HTTP answers as problems: both ends of the same table.

import type { ErrorCode, Problem } from '../kernel/errors.ts';

const STATUS_OF: Partial<Record<ErrorCode, number>> = {
  'command/usage': 400,
  'command/unauthorized': 401,
  'command/forbidden': 403,
  'command/not-found': 404,
  'command/refused': 409,
  'command/too-large': 413,
  'engine/not-found': 404,
  'store/lease': 409,
  'store/conflict': 409,
  'host/timeout': 504,
  internal: 500,
};

const STATUS_OF_GROUP: Readonly<Record<string, number>> = {
  store: 503,
  host: 502,
  engine: 502,
  image: 502,
  source: 502,
  manifest: 422,
  config: 422,
};

/** The HTTP status that a problem is answered with. */
export function statusOf(code: ErrorCode): number {
  return STATUS_OF[code] ?? STATUS_OF_GROUP[code.split('/')[0] ?? ''] ?? 500;
}

/** What a client is told: the stack of a bug stays in the log of the controller. */
export function presentable(found: Problem): Problem {
  if (found.code !== 'internal') return found;
  return { ...found, message: found.message.split('\n')[0] ?? 'a bug' };
}
