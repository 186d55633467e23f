// What concerns the controller as a whole: plan, sources, events, audit, doctor.

import { z } from 'zod';
import { SourceId } from '../../kernel/ids.ts';
import { at, Blocked, list, word } from './fields.ts';
import { SourceAnswer } from './status.ts';

export const PlanAnswer = z.object({
  commit: z.string().nullable(),
  actions: list(z.object({ kind: z.string(), host: z.string(), object: z.string(), because: z.string() })),
  blocked: list(Blocked),
});
export type PlanAnswer = z.output<typeof PlanAnswer>;

/** Without both: every source. */
export const SyncBody = z.strictObject({
  source: SourceId.optional(),
  /** A repository as a Git hook knows it: an absolute path or an address. */
  repository: z.string().min(1).max(1_000).optional(),
});

export const SyncAnswer = z.object({
  sources: list(SourceAnswer).meta({ description: 'The sources that were looked at.' }),
});
export type SyncAnswer = z.output<typeof SyncAnswer>;

export const ApproveBody = z.strictObject({ source: SourceId.optional() });
export const ApproveAnswer = z.object({
  commits: list(z.string()).meta({ description: 'Held commits that were let through.' }),
  store: z.boolean().meta({ description: 'Whether a rebuilt store was approved.' }),
});
export type ApproveAnswer = z.output<typeof ApproveAnswer>;

export const EventAnswer = z.object({
  sequence: z.number(),
  at,
  level: word(['info', 'warning', 'error']),
  kind: z.string(),
  service: z.string().nullable(),
  host: z.string().nullable(),
  source: z.string().nullable(),
  commit: z.string().optional().meta({ description: 'The commit that was refused.' }),
  message: z.string(),
});
export type EventAnswer = z.output<typeof EventAnswer>;

/**
 * A place in the stream of events: `RUN.SEQUENCE`, where RUN names the run of the controller. Of another
 * run everything is after it, since sequences count from 1 in each.
 */
const EventPosition = z
  .string()
  .regex(/^\d{1,16}\.\d{1,16}$/, 'is not a position such as 1755000000000.17')
  .transform((text) => {
    const [run = 0, sequence = 0] = text.split('.').map(Number);
    return { run, sequence };
  });
export const EventsQuery = z.strictObject({ since: EventPosition.optional() });

export const EventsAnswer = z.object({
  position: z.string().meta({ description: 'Where to go on, for `since`.' }),
  events: list(EventAnswer),
});
export type EventsAnswer = z.output<typeof EventsAnswer>;

export const AuditQuery = z.strictObject({
  limit: z.coerce.number().int().min(1).max(1_000).default(100),
  before: z.coerce.number().int().positive().optional(),
  object: z.string().max(200).optional(),
});

export const AuditAnswer = z.object({
  entries: list(
    z.object({
      sequence: z.number(),
      at,
      actor: z.string(),
      event: z.string(),
      object: z.string(),
      because: z.string(),
      details: z.string().meta({ description: 'JSON text.' }),
      hash: z.string().meta({ description: 'Covers this entry and the hash of the one before.' }),
    }),
  ).meta({ description: 'Newest first.' }),
});
export type AuditAnswer = z.output<typeof AuditAnswer>;

export const HostExamination = z.object({
  name: z.string(),
  address: z.string(),
  findings: list(
    z.object({
      check: word([
        'reachable',
        'hostKey',
        'login',
        'engine',
        'permission',
        'clock',
        'disk',
        'liveRestore',
        'sessions',
        'ports',
        'loadBalancer',
      ]),
      state: word(['ok', 'warning', 'failed', 'unknown']),
      message: z.string(),
      hint: z.string().nullable(),
    }),
  ),
});
export type HostExamination = z.output<typeof HostExamination>;

export const DoctorQuery = z.strictObject({ host: z.string().max(63).optional() });
export const DoctorAnswer = z.object({ hosts: list(HostExamination) });
export type DoctorAnswer = z.output<typeof DoctorAnswer>;
