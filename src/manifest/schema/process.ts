// What runs in the container and how it is watched: command lines, users, health checks.

import { z } from 'zod';
import { shellWords } from '../shell-words.ts';
import { DEFAULTS } from './defaults.ts';
import { durationMs, hasControl, optional, quoted, reject, typeError, waitMs } from './values.ts';

const noNul = z.string().refine((text) => !text.includes('\u0000'), 'must not contain a NUL character');

/** A list of arguments, or one string that is split like a shell does. */
export const commandLine = z.union([
  noNul.transform((text, context): string[] => {
    const words = shellWords(text);
    return words === null
      ? reject(context, 'a quote or backslash at the end has no counterpart')
      : [...words];
  }),
  z.array(noNul),
]);

const healthTest = z.union([
  noNul.min(1, 'must not be empty').transform((line): string[] => ['CMD-SHELL', line]),
  z.array(noNul).transform((list, context): string[] => {
    const [first, ...rest] = list;
    if (first === 'NONE' && rest.length === 0) return list;
    if (first === 'CMD' && rest.length > 0) return list;
    if (first === 'CMD-SHELL' && rest.length === 1) return list;
    return reject(context, 'a list is [CMD, program, argument…], [CMD-SHELL, line] or [NONE]');
  }),
]);

export interface Healthcheck {
  readonly test: readonly string[];
  readonly intervalMs: number;
  readonly timeoutMs: number;
  readonly startPeriodMs: number;
  readonly retries: number;
}

/** The engine takes 0 for its own default. */
const positiveMs = waitMs.refine((ms) => ms >= 1, 'must be at least 1ms');
const ms = (text: string): number => durationMs.parse(text);

/** Docker's health check; the engine runs it inside the container. */
export const healthcheck = z
  .strictObject({
    test: optional(healthTest, {
      description:
        'The check: a line for the shell of the image, or a list that starts with CMD, CMD-SHELL or NONE.',
      examples: [['CMD', 'wget', '-qO-', 'http://localhost:8080/health']],
    }),
    interval: optional(positiveMs, {
      description: 'Time between checks.',
      default: DEFAULTS.healthcheck.interval,
      examples: ['10s'],
    }),
    timeout: optional(positiveMs, {
      description: 'Time after which a check has failed.',
      default: DEFAULTS.healthcheck.timeout,
      examples: ['2s'],
    }),
    retries: optional(z.int().min(1, 'must be at least 1').max(1000, 'must be at most 1000'), {
      description: 'Failures in a row that make the container unhealthy.',
      default: DEFAULTS.healthcheck.retries,
      examples: [3],
    }),
    start_period: optional(waitMs, {
      description: 'Time after the start in which failures do not count.',
      default: DEFAULTS.healthcheck.startPeriod,
      examples: ['20s'],
    }),
    disable: optional(z.boolean(), {
      description: 'Switch off the health check of the image.',
      default: false,
    }),
  })
  .transform((check, context): Healthcheck => {
    const defaults = DEFAULTS.healthcheck;
    const disabled = check.disable === true;
    if (disabled && check.test !== undefined)
      return reject(context, '`disable` and `test` exclude each other', { path: ['disable'] });
    if (!disabled && check.test === undefined)
      return reject(context, '`test` is missing (or `disable: true`)');
    return {
      test: check.test ?? ['NONE'],
      intervalMs: check.interval ?? ms(defaults.interval),
      timeoutMs: check.timeout ?? ms(defaults.timeout),
      startPeriodMs: check.start_period ?? ms(defaults.startPeriod),
      retries: check.retries ?? defaults.retries,
    };
  });

/** `user` and the items of `group_add`: a name or number. */
export const userOrGroup = z.union([
  z
    .string()
    .refine(
      (text) => /^[A-Za-z0-9_][A-Za-z0-9_.-]*(:[A-Za-z0-9_][A-Za-z0-9_.-]*)?$/.test(text),
      'is not USER or USER:GROUP',
    ),
  z.int().min(0, 'must not be negative').transform(String),
]);

/** A signal by name (`SIGTERM`, `TERM`) or number. */
export const signal = z.union([
  z.string().transform((text, context): string => {
    if (/^\d{1,2}$/.test(text)) return text;
    const name = text.toUpperCase().replace(/^SIG/, '');
    return /^[A-Z][A-Z0-9+-]{1,9}$/.test(name)
      ? `SIG${name}`
      : reject(context, `${quoted(text)} is not a signal`);
  }),
  z.int().min(1, 'must be at least 1').max(64, 'must be at most 64').transform(String),
]);

export const hostname = z
  .string({ error: (issue) => typeError(issue.input, 'a host name') })
  .regex(
    /^(?=.{1,253}$)[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?(\.[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?)*$/,
    'is not a host name',
  );

const plainText = z.string().refine((text) => !hasControl(text), 'must not contain control characters');

export const logging = z.strictObject({
  driver: optional(plainText.min(1, 'must not be empty'), {
    description: 'Log driver of the engine.',
    default: DEFAULTS.logging.driver,
    examples: ['local'],
  }),
  options: optional(z.record(z.string(), z.union([plainText, z.number().transform(String)])), {
    description:
      'Options of the driver. `json-file` and `local` get `max-size: 10m` and `max-file: 3` where these are not set.',
    examples: [{ 'max-size': '50m', 'max-file': '5' }],
  }),
});
