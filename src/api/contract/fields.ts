// What several answers of the API have in common.

import { z } from 'zod';
import { CATALOGUE, type ErrorCode } from '../../kernel/errors.ts';

/** Answers are made from values that nobody may change. */
export const list = <T extends z.ZodType>(item: T) => z.array(item).readonly();

/** Milliseconds since the Unix epoch. */
export const at = z.number().meta({ description: 'Milliseconds since the Unix epoch.' });

/**
 * One of these words, or one that this program does not know: a controller of another version may use it.
 * It is kept as it came, and shown.
 */
export const word = <const T extends readonly string[]>(words: T) =>
  z.union([z.enum(words), z.string().brand<'unknown word'>()]);

const isErrorCode = (code: string): code is ErrorCode => Object.hasOwn(CATALOGUE, code);

/** A controller of another version may know codes that this program does not. */
const errorCode = z.string().transform((code): ErrorCode => (isErrorCode(code) ? code : 'internal'));

export const ProblemAnswer = z
  .object({
    code: errorCode,
    message: z.string(),
    hint: z.string(),
    span: z.object({ file: z.string(), line: z.number(), column: z.number() }).optional(),
  })
  .transform(({ span, ...rest }) => (span === undefined ? rest : { ...rest, span }))
  .meta({ id: 'Problem', description: 'Something that went wrong.' });

/** The body of every answer that is an error. */
export const ErrorAnswer = z.object({ problem: ProblemAnswer });

export const Blocked = z.object({ object: z.string(), because: z.string() });
