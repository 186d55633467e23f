// What flows through the endpoints that stream: lines of logs as JSON, and the frames of a command.

import { z } from 'zod';
import { at } from './fields.ts';

/** `?follow=true` and the like: a query has only texts. */
const flag = z.enum(['true', 'false']).transform((text) => text === 'true');

export const LogsQuery = z.strictObject({
  follow: flag.default(false),
  timestamps: flag.default(false),
  /** Containers that have ended instead of those that run. */
  previous: flag.default(false),
  tail: z.coerce.number().int().min(0).max(100_000).optional(),
  sinceMs: z.coerce.number().int().min(0).optional(),
  ordinal: z.coerce.number().int().min(0).optional(),
});

/**
 * One line of the stream (`application/x-ndjson`). `begin` names a container before its lines come, those
 * that are there from the start before any line; `end` tells why a container's lines stop.
 */
export const LogLine = z.discriminatedUnion('type', [
  z.object({
    type: z.literal('begin').meta({ description: 'Lines of this container may follow.' }),
    container: z.string(),
    host: z.string(),
    startedAt: at.nullable(),
  }),
  z.object({
    type: z.literal('line'),
    container: z.string(),
    host: z.string(),
    stream: z.enum(['stdout', 'stderr']),
    text: z.string(),
  }),
  z.object({ type: z.literal('end'), container: z.string(), host: z.string(), because: z.string() }),
  z.object({ type: z.literal('heartbeat'), at }),
]);
export type LogLine = z.output<typeof LogLine>;

const LOG_LINE_TYPES: ReadonlySet<string> = new Set(
  LogLine.options.flatMap(({ shape }) => [...shape.type.values]),
);
const AnyLine = z.object({ type: z.string() });

/** Null for a kind of line that only controllers of another version send. Throws where it is no line. */
export function readLogLine(json: unknown): LogLine | null {
  const { type } = AnyLine.parse(json);
  return LOG_LINE_TYPES.has(type) ? LogLine.parse(json) : null;
}

/** The name that both sides give to the connection that a command runs over. */
export const EXEC_PROTOCOL = 'plimsoll-exec/1';

/** The first frame of the client. */
export const ExecStart = z.strictObject({
  command: z
    .array(z.string().max(128 * 1024))
    .min(1)
    .max(1_000),
  tty: z.boolean(),
  stdin: z.boolean(),
  size: z.strictObject({ columns: z.number().int().min(1), rows: z.number().int().min(1) }).nullable(),
  ordinal: z.number().int().min(0).nullable(),
});
export type ExecStart = z.output<typeof ExecStart>;

export const ExecResize = z.strictObject({
  columns: z.number().int().min(1).max(10_000),
  rows: z.number().int().min(1).max(10_000),
});
export const ExecExit = z.object({ code: z.number().int() });
