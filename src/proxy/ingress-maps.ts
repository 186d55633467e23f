// What the ingress looks up of a request, as maps of HAProxy: however many routes there are, it is a few searches in
// trees. (Names that begin with `*.` are searched one after the other, and so are choices by headers.)

import type { RouteMatch, RouteRule } from '../kernel/route.ts';
import { Sealed } from '../kernel/sealed.ts';
import { type RulesFile, rulesFile } from './base.ts';
import { type Choice, Decisions, ruleName } from './decisions.ts';
import { portName, revisionName } from './names.ts';
import { LEVELS, type Level, placesOf } from './precedence.ts';
import type { Ingress, Pool } from './traffic.ts';

/** What of a rule is looked up by its name: `r5/timeout`. */
export const OF_RULE = [
  'to',
  'status',
  'location',
  'keep',
  'rewrite',
  'below',
  'cut',
  'timeout',
  'body',
  'rate',
  'per',
  'allow',
] as const;
export type OfRule = (typeof OF_RULE)[number];

export interface IngressMaps {
  readonly hosts: RulesFile;
  /** By the end of the host: the first one counts. */
  readonly wildcards: RulesFile;
  readonly exact: RulesFile;
  /** The longest one counts. */
  readonly prefixes: RulesFile;
  readonly methods: RulesFile;
  readonly rules: RulesFile;
  /** At each level where there are rules. */
  readonly levels: ReadonlyMap<Level, readonly Choice[]>;
  /** Lists of clients that rules let in, by their names. */
  readonly allowed: ReadonlyMap<string, readonly string[]>;
}

/** Answered in place of a service that is not in the rules of this host, or not by HTTP (any more). */
const NOBODY = '503';

type Entry = readonly [key: string, value: string];

const mapFile = (kind: string, entries: readonly Entry[]): RulesFile => {
  const content = entries.map(([key, value]) => `${key} ${value}\n`).join('');
  return rulesFile(kind, new Sealed(content), 'map');
};

/** Names of the pools' revisions that get requests; of several the pool's own name, until it has been drawn. */
export function backendOf({ to, revisions }: Pool): string {
  const [only, ...more] = revisions.filter(({ share }) => share > 0);
  return only === undefined || more.length > 0 ? portName(to) : revisionName(to, only.revision);
}

function targetOf(
  { action, match }: RouteRule,
  pools: ReadonlyMap<string, Pool>,
): Partial<Record<OfRule, string>> {
  if (action.kind === 'redirect') {
    const status = String(action.status);
    return { status, location: action.to, ...(action.isPathKept ? { keep: 'yes' } : {}) };
  }
  const pool = pools.get(portName(action));
  if (pool?.protocol !== 'http') return { status: NOBODY };
  const { rewrite, timeoutMs } = action;
  return {
    to: backendOf(pool),
    ...(timeoutMs === null ? {} : { timeout: String(timeoutMs) }),
    ...(rewrite === null
      ? {}
      : {
          rewrite: rewrite === '' ? '/' : rewrite,
          below: `${rewrite}/`,
          cut: String(segmentsOf(match.path.path)),
        }),
  };
}

/** `/api/v1` has two. */
const segmentsOf = (prefix: string): number => prefix.split('/').length - 1;

function settingsOf(
  rule: RouteRule,
  pools: ReadonlyMap<string, Pool>,
  allow: string | null,
): Partial<Record<OfRule, string>> {
  const { maxBodyBytes, rate } = rule.limits;
  return {
    ...targetOf(rule, pools),
    ...(maxBodyBytes === null ? {} : { body: String(maxBodyBytes) }),
    ...(rate === null ? {} : { rate: String(rate.requests), per: String(rate.perMs) }),
    ...(allow === null ? {} : { allow }),
  };
}

/** Equal lists have one name. */
class AllowLists {
  readonly named = new Map<string, readonly string[]>();
  readonly #names = new Map<string, string>();

  nameOf(clients: readonly string[]): string | null {
    if (clients.length === 0) return null;
    const key = [...clients].sort().join(' ');
    const name = this.#names.get(key) ?? `a${this.#names.size}`;
    this.#names.set(key, name);
    this.named.set(name, clients);
    return name;
  }
}

export function ingressMaps({ rules }: Ingress, pools: ReadonlyMap<string, Pool>): IngressMaps {
  const matches = rules.map(({ match }) => match);
  const found = LEVELS.map((level) => lookUpsOf(matches, level));
  const lists = new AllowLists();
  const settings = rules.flatMap((rule, at) =>
    Object.entries(settingsOf(rule, pools, lists.nameOf(rule.limits.allow))).map(
      ([key, value]): Entry => [`${ruleName(at)}/${key}`, value],
    ),
  );
  const all = (what: 'hosts' | 'wildcards' | 'exact' | 'prefixes' | 'methods'): readonly Entry[] =>
    found.flatMap((each) => each[what]);
  return {
    hosts: mapFile('hosts', all('hosts')),
    wildcards: mapFile('wildcards', all('wildcards')),
    exact: mapFile('exact', all('exact')),
    prefixes: mapFile('prefixes', all('prefixes')),
    methods: mapFile('methods', all('methods')),
    rules: mapFile('rules', settings),
    levels: new Map(found.filter(({ places }) => places > 0).map(({ level, choices }) => [level, choices])),
    allowed: lists.named,
  };
}

/** What is looked up at one level. */
function lookUpsOf(matches: readonly RouteMatch[], level: Level) {
  const { hosts, places } = placesOf(matches, level);
  const decisions = new Decisions(level);
  const exact: Entry[] = [];
  const prefixes: Entry[] = [];
  for (const { host, path, candidates } of places) {
    const outcome = decisions.between(candidates);
    if (path.kind === 'exact') exact.push([`${host}${path.path}`, outcome]);
    // The slash at the end keeps `/api` from being a prefix of `/apix`.
    else prefixes.push([`${host}${path.path}/`, outcome]);
  }
  const methods = decisions.tables.flatMap(({ name, outcomes, otherwise }): readonly Entry[] => [
    ...[...outcomes].map(([method, outcome]): Entry => [`${name}/${method}`, outcome]),
    ...(otherwise === null ? [] : [[name, otherwise] as const]),
  ]);
  return {
    level,
    places: places.length,
    hosts: level === 'whole' ? hosts.map((host): Entry => [host, host]) : [],
    wildcards: level === 'wildcard' ? hosts.map((host): Entry => [host.slice('*'.length), host]) : [],
    exact,
    prefixes,
    methods,
    choices: decisions.choices,
  };
}

export const filesOf = (maps: IngressMaps): readonly RulesFile[] => [
  maps.hosts,
  maps.wildcards,
  maps.exact,
  maps.prefixes,
  maps.methods,
  maps.rules,
];
