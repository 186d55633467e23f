// That what is looked up in the maps is what one finds who compares a request with every rule.

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { RouteMatch } from '../../src/kernel/route.ts';
import { ingressMaps } from '../../src/proxy/ingress-maps.ts';
import { cpuMs } from '../manifest/reading.ts';
import { rule } from './words.ts';

interface Request {
  readonly host: string;
  readonly path: string;
  readonly method: string;
  readonly headers: Readonly<Record<string, string>>;
}

/** Rules compared one by one, as the manual says it: host, path, method, headers, and then their order. */
function bestByHand(matches: readonly RouteMatch[], request: Request): number | null {
  const ranked = matches.flatMap((match, at) => {
    const host = hostRank(match, request.host);
    const path = pathRank(match, request.path);
    const isFor = match.methods.length === 0 || match.methods.includes(request.method);
    const hasAll = match.headers.every(({ name, value }) => request.headers[name] === value);
    if (host === null || path === null || !isFor || !hasAll) return [];
    return [{ at, ranks: [host, path, Math.sign(match.methods.length), match.headers.length, -at] }];
  });
  const [best] = ranked.sort((a, b) => {
    const differing = a.ranks.findIndex((rank, place) => rank !== b.ranks[place]);
    return (b.ranks[differing] ?? 0) - (a.ranks[differing] ?? 0);
  });
  return best?.at ?? null;
}

const WHOLE = 1_000;

function hostRank({ hosts }: RouteMatch, asked: string): number | null {
  const ranks = (hosts.length === 0 ? [''] : hosts).flatMap((host) => {
    if (host === '') return [0];
    if (host === asked) return [WHOLE];
    return host.startsWith('*.') && asked.endsWith(host.slice(1)) ? [host.length] : [];
  });
  return ranks.length === 0 ? null : Math.max(...ranks);
}

function pathRank({ path: { kind, path } }: RouteMatch, asked: string): number | null {
  if (kind === 'exact') return asked === path ? WHOLE : null;
  return asked === path || asked.startsWith(`${path}/`) ? path.length : null;
}

/** A map as HAProxy reads it. */
const entriesOf = (text: string): readonly (readonly [string, string])[] =>
  text.split('\n').flatMap((line) => {
    const [key, value] = line.split(' ');
    return key === undefined || value === undefined ? [] : [[key, value] as const];
  });

/** Looked up in the maps, as the rendered rules do it. */
function lookUp(matches: readonly RouteMatch[]) {
  const rules = matches.map((match) => ({ ...rule({}), match }));
  const { levels, ...files } = ingressMaps({ address: '', port: 80, rules }, new Map());
  const tables = Object.fromEntries(
    (['hosts', 'wildcards', 'exact', 'prefixes', 'methods'] as const).map((name) => [
      name,
      entriesOf(files[name].content.open()),
    ]),
  );
  const get = (table: string, key: string): string | undefined =>
    tables[table]?.find(([known]) => known === key)?.[1];
  const classAt = {
    whole: (host: string) => get('hosts', host),
    wildcard: (host: string) => tables['wildcards']?.find(([end]) => host.endsWith(end))?.[1],
    any: () => '*',
  };
  return ({ host, path, method, headers }: Request): number | null => {
    for (const [level, choices] of levels) {
      const hostClass = classAt[level](host);
      if (hostClass === undefined) continue;
      const place = `${hostClass}${path}`;
      const longest = [...(tables['prefixes'] ?? [])]
        .filter(([prefix]) => `${place}/`.startsWith(prefix))
        .sort(([a], [b]) => b.length - a.length)[0];
      let found = get('exact', place) ?? longest?.[1] ?? '';
      found = get('methods', `${found}/${method}`) ?? found;
      found = get('methods', found) ?? found;
      const choice = choices.find(({ name }) => name === found);
      const option = choice?.options.find((one) =>
        one.headers.every(({ name, value }) => headers[name] === value),
      );
      if (option !== undefined) return option.rule;
      if (/^r\d+$/.test(found)) return Number(found.slice(1));
    }
    return null;
  };
}

const host = fc.constantFrom('a.com', 'x.a.com', 'y.x.a.com', 'b.com', 'com');
const path = fc.constantFrom('', '/a', '/a/b', '/a/b/c', '/ab', '/a/bc');
const method = fc.constantFrom('GET', 'POST', 'PUT');
const value = fc.constantFrom('1', '2');
const match: fc.Arbitrary<RouteMatch> = fc.record({
  hosts: fc.uniqueArray(fc.oneof(host, fc.constantFrom('*.com', '*.a.com', '*.x.a.com')), { maxLength: 2 }),
  path: fc.oneof(
    path.map((text) => ({ kind: 'prefix' as const, path: text })),
    fc.tuple(path, fc.constantFrom('', '/')).map(([text, end]) => ({
      kind: 'exact' as const,
      path: `${text}${text === '' ? '/' : end}`,
    })),
  ),
  methods: fc.uniqueArray(method, { maxLength: 2 }),
  headers: fc
    .dictionary(fc.constantFrom('x', 'y'), value, { maxKeys: 2 })
    .map((all) => Object.entries(all).map(([name, text]) => ({ name, value: text }))),
});
const request: fc.Arbitrary<Request> = fc.record({
  host: fc.oneof(host, fc.constantFrom('z.b.com', 'z.x.a.com', 'org')),
  path: fc.tuple(path, fc.constantFrom('/', '', '/z')).map(([text, end]) => `${text}${end}` || '/'),
  method,
  headers: fc.dictionary(fc.constantFrom('x', 'y'), value),
});

it('any request finds the same rule in the maps as by comparing', () => {
  let found = 0;
  fc.assert(
    fc.property(
      fc.array(match, { maxLength: 12 }),
      fc.array(request, { minLength: 10, maxLength: 10 }),
      (matches, requests) => {
        const inMaps = lookUp(matches);
        for (const one of requests) {
          const expected = bestByHand(matches, one);
          expect(inMaps(one), JSON.stringify(one)).toBe(expected);
          if (expected !== null) found += 1;
        }
      },
    ),
    { numRuns: 3_000 },
  );
  // Otherwise the generator has become useless.
  expect(found).toBeGreaterThan(5_000);
});

describe('five hundred routes', () => {
  it.each([
    { what: 'of a host each', make: (at: number) => ({ hosts: [`h${at}.example.com`] }) },
    { what: 'of a path each', make: (at: number) => ({ path: `/p${at}` }) },
    {
      what: 'half of a host, half of a path for every host',
      make: (at: number) => (at % 2 === 0 ? { hosts: [`h${at}.com`], path: '/own' } : { path: `/p${at}` }),
    },
  ])('$what are compiled in less than 300 ms', ({ make }) => {
    const rules = Array.from({ length: 500 }, (_, at) => rule(make(at)));
    expect(cpuMs(() => ingressMaps({ address: '', port: 80, rules }, new Map()))).toBeLessThan(300);
  });
});
