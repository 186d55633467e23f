// Whether what stands in the way of a service goes away by itself or needs a person. It reads the sentences
// of the plan: those that come from a problem end with its code, the others are few.

import { CATALOGUE, type ErrorCode, retryClass } from '../kernel/errors.ts';
import type { Blocked } from '../rollout/facts.ts';

/** Tried again all the same, yet what is missing is brought by a person alone. */
const BROUGHT_BY_A_PERSON: ReadonlySet<ErrorCode> = new Set(['image/not-found', 'engine/foreign']);

/** Somebody has to rename, move or define something. */
const CALLS_FOR_A_PERSON =
  /it is left untouched: remove or rename it$|its volumes lie on different hosts|is not known any more$/;

/** No place: a host that is not seen may still have one. */
const NO_PLACE = /(^|: )(no host will do: |there is no host$|no host has room )/;

const isErrorCode = (text: string): text is ErrorCode => Object.hasOwn(CATALOGUE, text);

function codeOf(because: string): ErrorCode | null {
  const code = /\((?<code>[a-z]+(?:\/[a-z-]+)?)\)$/.exec(because)?.groups?.['code'];
  return code !== undefined && isErrorCode(code) ? code : null;
}

/** `isFleetSeen`: every host answers. */
export function needsPerson({ because }: Blocked, isFleetSeen: boolean): boolean {
  const code = codeOf(because);
  if (code !== null) return retryClass(code) === 'terminal' || BROUGHT_BY_A_PERSON.has(code);
  return CALLS_FOR_A_PERSON.test(because) || (isFleetSeen && NO_PLACE.test(because));
}

const NAMED = 3;

const listed = (objects: readonly string[]): string =>
  objects.length <= NAMED + 1
    ? objects.join(', ')
    : `${objects.slice(0, NAMED).join(', ')} and ${objects.length - NAMED} more`;

/** One sentence for all reasons; equal ones are said once, with the objects that they are about. */
export function sentenceOf(key: string, reasons: readonly Blocked[]): string {
  const objects = new Map<string, string[]>();
  for (const { object, because } of reasons) {
    const about = objects.get(because) ?? [];
    objects.set(because, about);
    if (object !== key) about.push(object);
  }
  return [...objects]
    .map(([because, about]) => (about.length === 0 ? because : `${listed(about)}: ${because}`))
    .join('; ');
}
