// What stands in the way of a service, for people: whether it goes away by itself or needs a person, and one
// sentence for all of it.

import type { Blocked } from '../rollout/facts.ts';

/** `isFleetSeen`: every host answers. */
const needsPerson = ({ needs }: Blocked, isFleetSeen: boolean): boolean =>
  needs === 'person' || (needs === 'fleet' && isFleetSeen);

/**
 * Nothing goes on before a person has changed something. While a registry is asked for the newest commit's
 * image, what stood in the way of the commit before is no answer.
 */
export const isStuck = (reasons: readonly Blocked[], isFleetSeen: boolean): boolean =>
  !reasons.some((b) => b.needs === 'registry') && reasons.some((b) => needsPerson(b, isFleetSeen));

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
