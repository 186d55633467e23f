// The small values that many keys share: durations, sizes, names, paths, lists that may be one string.

import { z } from 'zod';
import type { ErrorCode } from '../../kernel/errors.ts';
import { type CountOrPercent, parseBytes, parseCpus } from '../../kernel/quantity.ts';
import { parseDuration } from '../../kernel/time.ts';
import { LIMITS } from '../limits.ts';

/** What a key shows in the reference page and in editors. */
export interface KeyMeta {
  readonly description: string;
  readonly examples?: readonly unknown[];
  readonly default?: unknown;
}

/** A key that may be left out. */
export const optional = <T extends z.ZodType>(schema: T, meta: KeyMeta): z.ZodOptional<T> =>
  schema.meta(copied(meta)).optional();

/** A key that must be there. */
export const required = <T extends z.ZodType>(schema: T, meta: KeyMeta): T => schema.meta(copied(meta));

function copied({ examples, ...meta }: KeyMeta): {
  description: string;
  default?: unknown;
  examples?: unknown[];
} {
  return examples === undefined ? meta : { ...meta, examples: [...examples] };
}

interface Refinement {
  addIssue(issue: {
    code: 'custom';
    message: string;
    path?: (string | number)[];
    params?: Record<string, unknown>;
  }): void;
}

/** What is said of a list that is longer than LIMITS.listItems. */
export const TOO_MANY = `has more than ${LIMITS.listItems} items`;

/** Refuses a value inside a transform or refinement, with a code of the catalogue. */
export function reject(
  context: Refinement,
  message: string,
  more: {
    readonly code?: ErrorCode;
    readonly hint?: string;
    readonly path?: readonly (string | number)[];
    /** The key at the end of the path is at fault, not its value. */
    readonly onKey?: boolean;
  } = {},
): never {
  context.addIssue({
    code: 'custom',
    message,
    ...(more.path === undefined ? {} : { path: [...more.path] }),
    params: { code: more.code ?? 'manifest/invalid-value', hint: more.hint, onKey: more.onKey ?? false },
  });
  // NEVER only tells zod that the value is unusable; its type fits every transform.
  return z.NEVER;
}

/** A short scalar of a structural key for a message; long or odd ones are not repeated. */
export const quoted = (text: string): string =>
  /^[\x20-\x7e]{1,60}$/.test(text) ? `\`${text}\`` : 'this value';

/** Whether there are control characters, which the engine cuts or refuses. */
export function hasControl(text: string): boolean {
  for (let index = 0; index < text.length; index += 1) {
    const code = text.charCodeAt(index);
    if (code < 0x20 || code === 0x7f) return true;
  }
  return false;
}

/** Text without control characters, not empty. */
export const word = z
  .string()
  .min(1, 'must not be empty')
  .refine((text) => !hasControl(text), 'must not contain control characters');

/** A span of time in ms. */
export const durationMs = z
  .string({ error: (issue) => typeError(issue.input, 'a duration such as `10s` or `1m30s`') })
  .transform((text, context): number => {
    const parsed = parseDuration(text);
    if (parsed === null)
      return reject(context, `${quoted(text)} is not a duration such as \`10s\`, \`1m30s\` or \`500ms\``);
    return Math.round(parsed);
  })
  .meta({ title: 'duration' });

const DAY_MS = 86_400_000;

/** A span of time that somebody waits for: at most a day, which also keeps it within what timers can hold. */
export const waitMs = durationMs.refine((ms) => ms <= DAY_MS, 'must be at most 24h');

/** A size in bytes: a number or `512m`. */
export const byteSize = z
  .union([
    z.string().transform((text, context): number => {
      const parsed = parseBytes(text);
      if (parsed === null)
        return reject(context, `${quoted(text)} is not a size such as \`512m\`, \`1.5g\` or \`64Mi\``);
      return parsed;
    }),
    z.int().nonnegative(),
  ])
  .meta({ title: 'size' });

const MIN_MEMORY = 6 * 1024 * 1024;

/** A limit on memory; the engine refuses less than 6 MiB. */
export const memoryLimit = byteSize
  .refine((bytes) => bytes >= MIN_MEMORY, 'must be at least 6m')
  .meta({ title: 'size' });

/** A number of CPUs: `0.5`, `2`, `500m`. */
export const cpuCount = z
  .union([
    z.string().transform((text, context): number => {
      const parsed = parseCpus(text);
      if (parsed === null)
        return reject(context, `${quoted(text)} is not a number of CPUs such as \`0.5\` or \`500m\``);
      return parsed;
    }),
    z.number().nonnegative(),
  ])
  .meta({ title: 'CPUs' });

/** A limit on CPUs. */
export const cpuLimit = cpuCount
  .refine((cpus) => cpus >= 0.01, 'must be at least 0.01')
  .meta({ title: 'CPUs' });

/** A count or a share in percent. */
export const countOrPercent = z
  .union([
    z.string().transform((text, context): CountOrPercent => {
      const percent = /^(\d{1,3})%$/.exec(text)?.[1];
      if (percent === undefined || Number(percent) > 100) {
        return reject(context, `${quoted(text)} is neither a number nor a share such as \`25%\``);
      }
      return `${Number(percent)}%`;
    }),
    z.int().min(0, 'must not be negative').max(10_000, 'must be at most 10000'),
  ])
  .meta({ title: 'number or share' });

/** An octal file mode (`0644`, `"0644"`, `0o644`) as a number. A plain `644` would be decimal in YAML. */
export const fileMode = z
  .string({ error: (issue) => typeError(issue.input, 'an octal mode with a leading zero such as `0644`') })
  .transform((text, context): number => {
    const digits = /^0o?([0-7]{3,4})$/.exec(text)?.[1];
    if (digits === undefined)
      return reject(context, `${quoted(text)} is not an octal mode with a leading zero such as \`0644\``);
    return Number.parseInt(digits, 8);
  })
  .meta({ title: 'octal mode' });

/** A port number. */
export const portNumber = z
  .int()
  .min(1, 'a port lies between 1 and 65535')
  .max(65_535, 'a port lies between 1 and 65535');

/** An absolute path in a container or on a host, normalised: no `.`, `//` or trailing `/`. */
export function normaliseAbsolutePath(text: string): string | null {
  if (!text.startsWith('/') || text.length > 4096 || hasControl(text)) return null;
  const parts = text.split('/').filter((part) => part !== '' && part !== '.');
  return parts.includes('..') ? null : `/${parts.join('/')}`;
}

export const absolutePath = z.string().transform((text, context): string => {
  const path = normaliseAbsolutePath(text);
  if (path === null)
    return reject(context, `${quoted(text)} is not an absolute path without \`..\``, {
      code: 'manifest/path',
    });
  return path;
});

/** `expected …, got …` */
export const typeError = (input: unknown, expected: string): string =>
  input === undefined ? `is missing: expected ${expected}` : `expected ${expected}, got ${typeName(input)}`;

/** The type of a JSON value in plain words. */
export function typeName(value: unknown): string {
  if (value === null) return 'nothing (null)';
  if (Array.isArray(value)) return 'a list';
  switch (typeof value) {
    case 'string':
      return 'a string';
    case 'number':
      return Number.isInteger(value) ? 'a number' : 'a fraction';
    case 'boolean':
      return `\`${value}\``;
    default:
      return 'a map';
  }
}
