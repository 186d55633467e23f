// Where clients of the outside come in. Nothing that they say of themselves is believed, what could be read in two ways
// is refused, and what no route leads anywhere gets 404.

import { GENTLE, type ProxySettings } from './base.ts';
import { type Choice, RULE, ruleName } from './decisions.ts';
import { drawLine, drawnLines } from './door.ts';
import { HEADER } from './header.ts';
import { answerSection, rateSections } from './ingress-answers.ts';
import { backendOf, type IngressMaps, ingressMaps, OF_RULE } from './ingress-maps.ts';
import { ANSWERED, answer, CLEANED, refuse, WITHOUT_OTHER_METHOD } from './ingress-request.ts';
import { quoted, REPEATABLE, section } from './line.ts';
import { AGAIN, newestName, ONCE, portName } from './names.ts';
import { ANY_HOST, type Level } from './precedence.ts';
import type { Ingress, Pool } from './traffic.ts';

const INGRESS = 'ingress';
const ANSWER = `${INGRESS}.answer`;

/**
 * This process was replaced: it only hands on (newest.ts), and must change nothing that the newest one goes by. It is
 * asked once for each request, since it may begin to stop while a request is being looked at.
 */
const NOTE_LEFT = 'http-request set-var(txn.left) bool(true) if { stopping }';
const LEFT = '{ var(txn.left) -m found }';

/** The class of hosts that a request belongs to at a level; none where no rule names it. */
const classAt = (level: Level, { hosts, wildcards }: IngressMaps): string => {
  switch (level) {
    case 'whole':
      return `var(txn.host),map_str(${hosts.name})`;
    case 'wildcard':
      return `var(txn.host),map_end(${wildcards.name})`;
    case 'any':
      return `str(${ANY_HOST})`;
    default:
      return level satisfies never;
  }
};

const choiceLines = (choices: readonly Choice[]): readonly string[] =>
  choices.flatMap(({ name, options }) =>
    options.map(({ rule, headers }) => {
      const conditions = headers.map((one) => `{ req.fhdr(${one.name}) -m str ${quoted(one.value)} }`);
      const isAsked = [`{ var(txn.rule) -m str ${name} }`, ...conditions].join(' ');
      return `http-request set-var(txn.rule) str(${ruleName(rule)}) if ${isAsked}`;
    }),
  );

/**
 * Which rule the request finds, level by level until there is one. What a map does not know leaves a variable as it is,
 * and a place is only looked for where it was set.
 */
function ruleLines(maps: IngressMaps): readonly string[] {
  const { exact, prefixes, methods, levels } = maps;
  return [
    'http-request set-var(txn.host) req.fhdr(host),host_only,lower,rtrim(.)',
    'http-request set-var(txn.method) method',
    ...[...levels].flatMap(([level, choices]) => [
      'http-request unset-var(txn.place)',
      `http-request set-var(txn.place) ${classAt(level, maps)},concat(,txn.path) if !{ var(txn.rule) -m beg ${RULE} }`,
      `http-request set-var(txn.rule) var(txn.place),concat(/),map_beg(${prefixes.name})`,
      `http-request set-var(txn.rule) var(txn.place),map_str(${exact.name})`,
      `http-request set-var(txn.rule) var(txn.rule),concat(/,txn.method),map_str(${methods.name})`,
      `http-request set-var(txn.rule) var(txn.rule),map_str(${methods.name})`,
      ...choiceLines(choices),
    ]),
  ];
}

const settingLines = ({ rules }: IngressMaps): readonly string[] =>
  OF_RULE.map(
    (name) => `http-request set-var(txn.${name}) var(txn.rule),concat(/${name}),map_str(${rules.name})`,
  );

const has = (name: string): string => `{ var(txn.${name}) -m found }`;

/** HAProxy takes 64 words in a line. */
const ADDRESSES_PER_LINE = 32;

/** Who is not let in, asks for too much, or too often. */
function limitLines({ rules }: Ingress, { allowed }: IngressMaps): readonly string[] {
  const spansMs = new Set(rules.flatMap(({ limits }) => limits.rate?.perMs ?? []));
  const acls = [...allowed].flatMap(([name, clients]) =>
    Array.from({ length: Math.ceil(clients.length / ADDRESSES_PER_LINE) }, (_, at) => {
      const part = clients.slice(at * ADDRESSES_PER_LINE, (at + 1) * ADDRESSES_PER_LINE);
      return `acl ${name} src ${part.join(' ')}`;
    }),
  );
  return [
    ...acls,
    answer(404, `!${has('to')} !${has('status')}`),
    ...[...allowed.keys()].map((name) => answer(403, `{ var(txn.allow) -m str ${name} } !${name}`)),
    answer(411, `${has('body')} { req.hdr(transfer-encoding) -m found }`),
    answer(413, `${has('body')} { req.hdr_val(content-length),sub(txn.body) gt 0 }`),
    `http-request set-var(txn.address) src,ipmask(32,64) if ${has('rate')}`,
    `http-request set-var-fmt(txn.client) %[var(txn.rule)]/%[var(txn.address)] if ${has('rate')}`,
    ...[...spansMs].map(
      (perMs) =>
        `http-request track-sc0 var(txn.client) table ${rateName(perMs)} if { var(txn.per) -m int ${perMs} } !${LEFT} !${ANSWERED}`,
    ),
    answer(429, `${has('rate')} { sc_http_req_rate(0),sub(txn.rate) gt 0 }`),
    `http-request set-var(txn.answer) var(txn.status) if !${ANSWERED} ${has('status')}`,
    `http-request set-var-fmt(txn.location) %[var(txn.location)]%[pathq] if ${has('keep')}`,
  ];
}

const rateName = (perMs: number): string => `${INGRESS}.rate.${perMs}`;

/**
 * The first segments of the path give way to others. Which they are is counted in the path as it is written, so that
 * it must not hide any slash.
 */
function rewriteLines({ rules }: Ingress): readonly string[] {
  const cuts = new Set(
    rules.flatMap(({ action, match }) =>
      action.kind === 'service' && action.rewrite !== null ? [match.path.path.split('/').length - 1] : [],
    ),
  );
  if (cuts.size === 0) return [];
  return [
    refuse(`${has('rewrite')} { path -i -m sub %2f }`),
    ...[...cuts]
      .sort((a, b) => a - b)
      // Fields are counted from 1, and the first one stands before the first slash.
      .map(
        (cut) =>
          `http-request set-var(txn.rest) path,field(${cut + 2},/,0) if { var(txn.cut) -m int ${cut} }`,
      ),
    `http-request set-var(txn.sent) var(txn.rewrite)`,
    `http-request set-var(txn.sent) var(txn.below),concat(,txn.rest) if ${has('rewrite')} { path -m end / } or ${has('rewrite')} { var(txn.rest) -m reg . }`,
    `http-request set-path %[var(txn.sent)] if ${has('sent')} !${LEFT} !${ANSWERED}`,
  ];
}

/** Which revision answers, where several share the requests of a service. */
const sharedPools = ({ rules }: Ingress, pools: ReadonlyMap<string, Pool>): readonly Pool[] =>
  [...new Set(rules.flatMap(({ action }) => (action.kind === 'service' ? [portName(action)] : [])))]
    .sort()
    .flatMap((name) => pools.get(name) ?? [])
    .filter((pool) => backendOf(pool) === portName(pool.to));

/** However many connections clients open and leave, services still reach each other. */
const MOST_OF_CLIENTS = 0.5;

export function ingressSections(
  ingress: Ingress,
  pools: ReadonlyMap<string, Pool>,
  { newestIngress, maxConnections }: ProxySettings,
): readonly string[] {
  const maps = ingressMaps(ingress, pools);
  const shared = sharedPools(ingress, pools);
  const newest = `${newestIngress.address}:${newestIngress.port}`;
  return [
    section(`frontend ${INGRESS}`, [
      GENTLE,
      // Without TLS only tools speak HTTP/2, and of its connections nobody has tried what a reload does to them.
      'option disable-h2-upgrade',
      `maxconn ${Math.floor(maxConnections * MOST_OF_CLIENTS)}`,
      `bind ${ingress.address}:${ingress.port}`,
      `bind ${newest} name again`,
      NOTE_LEFT,
      ...CLEANED,
      ...(ingress.rules.some(({ match }) => match.methods.length > 0) ? [WITHOUT_OTHER_METHOD] : []),
      ...ruleLines(maps),
      ...settingLines(maps),
      ...limitLines(ingress, maps),
      ...rewriteLines(ingress),
      ...(shared.length === 0 ? [] : [drawLine('http')]),
      ...shared.flatMap((pool) => drawnLines(pool)),
      `use_backend ${newestName(INGRESS)} if ${LEFT}`,
      `use_backend ${ANSWER} if ${ANSWERED}`,
      `use_backend ${AGAIN}%[var(txn.to)] if ${REPEATABLE}`,
      `use_backend ${ONCE}%[var(txn.to)]`,
    ]),
    section(`backend ${newestName(INGRESS)}`, [
      `http-request set-header ${HEADER.client} %[src]`,
      `server newest ${newest}`,
    ]),
    answerSection(ANSWER, ingress),
    ...rateSections(ingress, rateName),
  ];
}
