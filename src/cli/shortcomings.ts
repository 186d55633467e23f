// What keeps a controller's state from being well, one line each: why a wait ended short, and what a
// monitoring of `plimsoll status --check` is told.

import type { ServiceStatusAnswer, StatusAnswer } from '../api/client.ts';
import { CATALOGUE, type ErrorCode, type Problem } from '../kernel/errors.ts';
import { harmless } from './terminal.ts';

const isErrorCode = (text: string): text is ErrorCode => Object.hasOwn(CATALOGUE, text);

/** What to do about a service that waits for a person, where its reason ends with a code; null elsewhere. */
function hintOf({ phase, because }: ServiceStatusAnswer): string | null {
  if (phase !== 'blocked') return null;
  const code = /\((?<code>[a-z]+\/[a-z-]+)\)$/.exec(because)?.groups?.['code'];
  return code !== undefined && isErrorCode(code) ? CATALOGUE[code].hint : null;
}

const oneLine = (text: string): string => harmless(text).replaceAll(/\s*\n\s*/g, ' ');

/** What stands in the way of the newest commits. */
export function shortcomings(status: StatusAnswer): readonly string[] {
  return [
    ...status.problems.map((p) => `${p.message} (${p.code})`),
    ...status.sources.flatMap(({ id, held, problems }) => [
      ...(held === null
        ? []
        : [
            `source ${id}: commit ${held.commit.slice(0, 12)} is held: ${held.because}; \`plimsoll approve\` lets it through`,
          ]),
      ...problems.map((p) => `source ${id}: ${placeOf(p)}${p.message} (${p.code})`),
    ]),
    ...status.services
      .filter((s) => s.phase !== 'ready')
      .map((s) => {
        const hint = hintOf(s);
        const advice = hint === null ? '' : ` → ${hint}`;
        return `${s.namespace}/${s.name} is ${s.phase}: ${s.because}${advice}`;
      }),
  ].map(oneLine);
}

const placeOf = ({ span }: Problem): string =>
  span === undefined ? '' : `${span.file}:${span.line}:${span.column}: `;

/** What a monitoring has to know of: also hosts that do not answer, though nothing may be missing yet. */
export function whatIsNotWell(status: StatusAnswer): readonly string[] {
  const hosts = status.hosts
    .filter(({ state }) => state !== 'fresh')
    .map(({ name, state, because }) => oneLine(`host ${name} is ${state}: ${because}`));
  const unread = status.phase === 'starting' ? ['the controller has not read all of its sources yet'] : [];
  return [...unread, ...shortcomings(status), ...hosts];
}
