// How the simulated engine answers: with a value, or with a refusal in its own words.

import type { ErrorCode } from '../../kernel/errors.ts';
import { err, type Result } from '../../kernel/result.ts';

export interface Refusal {
  readonly code: ErrorCode;
  /** What Docker says; the caller's attempt stands in front of it. */
  readonly words: string;
}

export type Answer<T> = Result<T, Refusal>;

/** Called once with the answer, at once or later; never where the machine loses its power before. */
export type Reply<T> = (answer: Answer<T>) => void;

export const refuse = (code: ErrorCode, words: string): { readonly ok: false; readonly error: Refusal } =>
  err({ code, words });

export const diskFull = (doing: string) => refuse('host/disk-full', `${doing}: no space left on device`);

export const noSuchContainer = (id: string) => refuse('engine/not-found', `No such container: ${id}`);
