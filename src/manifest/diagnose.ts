// zod's issues → problems with the place in the user's file and a sentence that helps.

import type { z } from 'zod';
import type { Json } from '../kernel/canonical.ts';
import { CATALOGUE, type ErrorCode, type Problem, problem, type Span } from '../kernel/errors.ts';
import { alternatives, expectedWord } from './issue-text.ts';
import { keysAt } from './json-schema.ts';
import { nearest } from './nearest.ts';
import { formatPath, type Path, type Positions, spanOfKey, spanOfValue } from './position.ts';
import type { Kind } from './schema/manifest.ts';
import { typeName } from './schema/values.ts';
import { OTHER_NAMES, UNSUPPORTED_NESTED_KEYS, UNSUPPORTED_SERVICE_KEYS } from './unsupported.ts';

export interface Subject {
  readonly file: string;
  readonly kind: Kind;
  readonly value: Json;
  readonly positions: Positions;
}

type Issue = z.core.$ZodIssue;

/** The problems behind `issues`, in the order of their places. */
export function diagnose(subject: Subject, issues: readonly Issue[]): readonly Problem[] {
  return withoutEchoes(issues)
    .flatMap((issue) => explain(subject, issue, []))
    .sort(byPlace);
}

/** Checks of a whole value run although a part of it was refused: what they say then only misleads. */
function withoutEchoes(issues: readonly Issue[]): readonly Issue[] {
  const place = (issue: Issue): string => issue.path.map(String).join('/');
  const refused = new Set(issues.filter((issue) => issue.code !== 'custom').map(place));
  return issues.filter((issue) => issue.code !== 'custom' || !refused.has(place(issue)));
}

export function byPlace(a: Problem, b: Problem): number {
  const [left, right] = [a.span, b.span];
  if (left === undefined || right === undefined) return left === right ? 0 : left === undefined ? -1 : 1;
  if (left.file !== right.file) return left.file < right.file ? -1 : 1;
  return left.line - right.line || left.column - right.column;
}

function explain(subject: Subject, issue: Issue, before: Path): readonly Problem[] {
  const path = [...before, ...issue.path.map((part) => (typeof part === 'symbol' ? String(part) : part))];
  const at = (span: Span, code: ErrorCode, message: string, hint?: string): readonly Problem[] => [
    problem(code, `${formatPath(path)}: ${message}`, hint === undefined ? { span } : { span, hint }),
  ];
  switch (issue.code) {
    case 'unrecognized_keys':
      return issue.keys.map((key) => unknownKey(subject, path, key));
    case 'invalid_union':
      return explainUnion(subject, issue, path);
    case 'invalid_key': {
      const reason = issue.issues[0]?.message ?? 'is not allowed as a key';
      return at(spanOfKey(subject.file, subject.positions, path), 'manifest/invalid-value', reason);
    }
    case 'custom': {
      const { code, hint, onKey } = issueParameters(issue.params);
      const span = onKey ? spanOfKey : spanOfValue;
      return at(span(subject.file, subject.positions, path), code, issue.message, hint);
    }
    default:
      return at(spanOfValue(subject.file, subject.positions, path), 'manifest/invalid-value', issue.message);
  }
}

function issueParameters(params: Record<string, unknown> | undefined): {
  code: ErrorCode;
  onKey: boolean;
  hint?: string;
} {
  const code = params?.['code'];
  const hint = params?.['hint'];
  return {
    code: isErrorCode(code) ? code : 'manifest/invalid-value',
    onKey: params?.['onKey'] === true,
    ...(typeof hint === 'string' ? { hint } : {}),
  };
}

const isErrorCode = (code: unknown): code is ErrorCode =>
  typeof code === 'string' && Object.hasOwn(CATALOGUE, code);

/** A union reports for every branch: only those that fit the type of the value say something useful. */
function explainUnion(subject: Subject, issue: z.core.$ZodIssueInvalidUnion, path: Path): readonly Problem[] {
  const value = valueAt(subject.value, path);
  const fitting = issue.errors.filter((branch) => !branch.some((one) => isTypeMismatch(one, value)));
  const best = fitting.sort((a, b) => a.length - b.length)[0];
  if (best !== undefined) return withoutEchoes(best).flatMap((one) => explain(subject, one, path));
  const expected = issue.errors.flatMap(mismatches).map(expectedWord);
  const mismatch =
    value === undefined ? 'is missing' : `expected ${alternatives(expected)}, got ${typeName(value)}`;
  const message = issue.message === '' ? mismatch : issue.message;
  const span = spanOfValue(subject.file, subject.positions, path);
  return [problem('manifest/invalid-value', `${formatPath(path)}: ${message}`, { span })];
}

function isTypeMismatch(issue: Issue, value: Json | undefined): boolean {
  if (issue.path.length > 0) return false;
  if (issue.code === 'invalid_union')
    return issue.errors.every((branch) => branch.some((one) => isTypeMismatch(one, value)));
  if (issue.code === 'invalid_value') return !issue.values.some((allowed) => typeof allowed === typeof value);
  if (issue.code !== 'invalid_type') return false;
  return !(typeof value === 'number' && (issue.expected === 'int' || issue.expected === 'number'));
}

function mismatches(issues: readonly Issue[]): readonly string[] {
  return issues.flatMap((issue) => {
    if (issue.code === 'invalid_type') return [issue.expected];
    return issue.code === 'invalid_union' ? issue.errors.flatMap(mismatches) : [];
  });
}

function valueAt(root: Json, path: Path): Json | undefined {
  let value: Json | undefined = root;
  for (const part of path) {
    if (value === null || typeof value !== 'object') return undefined;
    value = Object.entries(value).find(([key]) => key === String(part))?.[1];
  }
  return value;
}

function unknownKey(subject: Subject, path: Path, key: string): Problem {
  const span = spanOfKey(subject.file, subject.positions, [...path, key]);
  const shown = formatPath([...path, key]);
  const instead = insteadOf(subject.kind, path, key);
  if (instead !== null) {
    return problem('manifest/unsupported', `\`${shown}\` is not supported`, { span, hint: instead });
  }
  const valid = keysAt(subject.kind, path);
  const other = OTHER_NAMES[key];
  const meant = other !== undefined && valid.includes(other) ? other : nearest(key, valid);
  return problem('manifest/unknown-key', `\`${shown}\` is not a known key`, {
    span,
    ...(meant === null ? {} : { hint: `Did you mean \`${meant}\`?` }),
  });
}

function insteadOf(kind: Kind, path: Path, key: string): string | null {
  // A Namespace has the rollout of its services.
  const isShared = kind === 'Namespace' && path.includes('rollout');
  if (path[0] !== 'spec' || (kind !== 'Service' && !isShared)) return null;
  if (path.length === 1) return own(UNSUPPORTED_SERVICE_KEYS, key);
  const parent = [...path].reverse().find((part) => typeof part === 'string');
  const nested = own(UNSUPPORTED_NESTED_KEYS, String(parent));
  return nested === null ? null : own(nested, key);
}

const own = <T>(table: Readonly<Record<string, T>>, key: string): T | null =>
  Object.hasOwn(table, key) ? (table[key] ?? null) : null;
