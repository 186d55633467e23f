// What the ingress says itself: redirects, and why it lets a request lead nowhere.

import { quoted, section } from './line.ts';
import type { Ingress } from './traffic.ts';

const WORDS: readonly (readonly [status: number, text: string])[] = [
  [400, 'Bad request: its host or path can be read in several ways.'],
  [403, 'Forbidden: clients of this address are not let in.'],
  [404, 'Not found: no route leads here.'],
  [411, 'Length required: say how large the request is.'],
  [413, 'The request is too large.'],
  [429, 'Too many requests.'],
];

const UNAVAILABLE = 'Nobody serves this at the moment.';

const say = (status: number, text: string, condition = ''): string =>
  `http-request return status ${status} content-type text/plain string ${quoted(text)}${condition}`;

export function answerSection(name: string, { rules }: Ingress): string {
  const redirects = new Set(
    rules.flatMap(({ action }) => (action.kind === 'redirect' ? [action.status] : [])),
  );
  return section(`backend ${name}`, [
    ...WORDS.map(([status, text]) => say(status, text, ` if { var(txn.answer) -m int ${status} }`)),
    ...[...redirects]
      .sort((a, b) => a - b)
      .map(
        (status) =>
          `http-request redirect location %[var(txn.location)] code ${status} if { var(txn.answer) -m int ${status} }`,
      ),
    say(503, UNAVAILABLE),
  ]);
}

/** Clients that are counted at once, in all spans together: beyond that those of longest ago are forgotten. */
const MOST_COUNTED = 100_000;
/** The name of a rule and an address of IPv6. */
const LONGEST_KEY = 64;

export function rateSections({ rules }: Ingress, nameOf: (perMs: number) => string): readonly string[] {
  const spansMs = new Set(rules.flatMap(({ limits }) => limits.rate?.perMs ?? []));
  return [...spansMs]
    .sort((a, b) => a - b)
    .map((perMs) =>
      section(`backend ${nameOf(perMs)}`, [
        `stick-table type string len ${LONGEST_KEY} size ${Math.ceil(MOST_COUNTED / spansMs.size)} expire ${2 * perMs}ms store http_req_rate(${perMs}ms)`,
      ]),
    );
}
