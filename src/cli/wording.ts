// Small things in the words that all commands use for them.

import { formatDuration } from '../kernel/time.ts';
import type { Style, Terminal } from './terminal.ts';

export const shortCommit = (commit: string | null): string => commit?.slice(0, 12) ?? '–';

/** `3m20s ago`; the present instant comes from the caller, once per table. */
export function ago(at: number | null, now: number): string {
  return at === null ? '–' : `${formatDuration(Math.max(0, now - at))} ago`;
}

/** `2026-03-01 12:00:07` in the time zone of this machine. */
export function clockTime(at: number): string {
  const date = new Date(at);
  const two = (value: number): string => String(value).padStart(2, '0');
  const day = `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}`;
  return `${day} ${two(date.getHours())}:${two(date.getMinutes())}:${two(date.getSeconds())}`;
}

/** Digests to their first digits: enough to tell them apart, and the rest of the line stays readable. */
export const shortDigests = (text: string): string =>
  text.replaceAll(/sha256:([0-9a-f]{12})[0-9a-f]{52}/g, 'sha256:$1…');

export const plural = (count: number, word: string, many = `${word}s`): string =>
  `${count} ${count === 1 ? word : many}`;

/** What has the same reason, together; in the order in which the reasons come first. */
export function byReason<T extends { readonly because: string }>(
  items: readonly T[],
  nameOf: (item: T) => string,
): readonly { readonly because: string; readonly names: readonly string[] }[] {
  const groups = new Map<string, string[]>();
  for (const item of items) {
    const names = groups.get(item.because) ?? [];
    groups.set(item.because, names);
    names.push(nameOf(item));
  }
  return [...groups].map(([because, names]) => ({ because, names }));
}

const GOOD = new Set(['ready', 'converged', 'fresh', 'ok', 'succeeded']);
const BAD = new Set(['failed', 'blocked', 'unreachable', 'error', 'rolledBack', 'rollingBack']);

/** The colour of a state, by whether a person has to do something about it. */
export function styleOf(state: string): Style {
  if (GOOD.has(state)) return 'green';
  return BAD.has(state) ? 'red' : 'yellow';
}

export const paintState = (terminal: Terminal, state: string): string =>
  terminal.paint(styleOf(state), state);
