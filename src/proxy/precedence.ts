// Of all rules that a request matches the most specific one counts, as in the Gateway API of Kubernetes: by host, then
// by path, method and headers. All of it that does not depend on the request is decided here, so that the load balancer
// looks up what is left: a host, a path, a method.

import type { PathMatch, RouteMatch } from '../kernel/route.ts';

/** The class of hosts that no rule names. */
export const ANY_HOST = '*';

/** A rule for one of its hosts; `rule` is its place among all. */
export interface Candidate {
  readonly rule: number;
  readonly host: string;
  readonly match: RouteMatch;
}

const isWildcard = (host: string): boolean => host.startsWith('*.');

/** Negative where the first one of a level counts before the second. Of two that ask for as much it is the one that stands first. */
function compare(a: Candidate, b: Candidate): number {
  const { match: one } = a;
  const { match: other } = b;
  return (
    b.host.length - a.host.length ||
    Number(other.path.kind === 'exact') - Number(one.path.kind === 'exact') ||
    other.path.path.length - one.path.path.length ||
    Math.sign(other.methods.length) - Math.sign(one.methods.length) ||
    other.headers.length - one.headers.length ||
    a.rule - b.rule
  );
}

/** Whoever gets here is taken: nothing after it is reached. */
const takesAll = ({ match: { methods, headers } }: Candidate): boolean =>
  methods.length === 0 && headers.length === 0;

function upTo(candidates: readonly Candidate[], isLast: (one: Candidate) => boolean): readonly Candidate[] {
  const last = candidates.findIndex(isLast);
  return last === -1 ? candidates : candidates.slice(0, last + 1);
}

/**
 * The levels at which a request is looked up, one after the other: whole names, then those of the longest `*.`, then
 * what is there for any host.
 */
export const LEVELS = ['whole', 'wildcard', 'any'] as const;
export type Level = (typeof LEVELS)[number];

function levelOf(host: string): Level {
  if (host === ANY_HOST) return 'any';
  return isWildcard(host) ? 'wildcard' : 'whole';
}

/** Names of the same level that rules may have for a host, from itself on: only wildcards are below each other. */
function namesFor(host: string): readonly string[] {
  if (!isWildcard(host)) return [host];
  const labels = host.slice('*.'.length).split('.');
  return labels.map((_, at) => `*.${labels.slice(at).join('.')}`);
}

/** A path and all that it is below, from itself to the empty prefix. */
function prefixesOf({ kind, path }: PathMatch): readonly string[] {
  const parts = path.split('/');
  const all = parts.map((_, at) => parts.slice(0, parts.length - at).join('/'));
  // An exact path that ends in a slash is below what stands before it, and is no prefix itself.
  return kind === 'exact' && path.endsWith('/') ? all.slice(1) : all;
}

const keyOf = ({ kind, path }: PathMatch): string => `${kind} ${path}`;

/** Where a path of a class of hosts leads: the rules for it in the order in which they count. */
export interface Place {
  readonly host: string;
  readonly path: PathMatch;
  readonly candidates: readonly Candidate[];
}

/** The places of one class; those that say nothing else than the longest prefix above them are left out. */
function placesOfHost(host: string, byHost: ReadonlyMap<string, readonly Candidate[]>): readonly Place[] {
  const all = namesFor(host).flatMap((name) => byHost.get(name) ?? []);
  const reachable = upTo(all, (one) => takesAll(one) && keyOf(one.match.path) === 'prefix ');
  const byPath = Map.groupBy(reachable, ({ match }) => keyOf(match.path));
  const kept = new Map<string, Place>();
  const paths = [...byPath.values()].flatMap(([first]) => (first === undefined ? [] : [first.match.path]));
  // Shorter ones first: whether a place is needed depends on those above it.
  for (const path of paths.sort((a, b) => a.path.length - b.path.length || (a.kind < b.kind ? 1 : -1))) {
    const above = prefixesOf(path).map((prefix) => keyOf({ kind: 'prefix', path: prefix }));
    const keys = path.kind === 'exact' ? [keyOf(path), ...above] : above;
    const candidates = upTo(keys.flatMap((key) => byPath.get(key) ?? []).sort(compare), takesAll);
    const before = above.map((key) => kept.get(key)).find((place) => place !== undefined);
    if (before === undefined || !isSame(before.candidates, candidates))
      kept.set(keyOf(path), { host, path, candidates });
  }
  return [...kept.values()];
}

const isSame = (a: readonly Candidate[], b: readonly Candidate[]): boolean =>
  a.length === b.length && a.every((one, at) => one.rule === b[at]?.rule);

/** Every place of every class of hosts of a level, and the classes themselves: the most specific ones first. */
export function placesOf(
  matches: readonly RouteMatch[],
  level: Level,
): {
  readonly hosts: readonly string[];
  readonly places: readonly Place[];
} {
  const candidates = matches.flatMap((match, rule) =>
    (match.hosts.length === 0 ? [ANY_HOST] : match.hosts)
      .filter((host) => levelOf(host) === level)
      .map((host): Candidate => ({ rule, host, match })),
  );
  const byHost = Map.groupBy(candidates.sort(compare), ({ host }) => host);
  const hosts = [...byHost.keys()];
  return { hosts, places: hosts.flatMap((host) => placesOfHost(host, byHost)) };
}
