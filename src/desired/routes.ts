// Routes over all sources: what each rule leads to, and that no two rules claim the same requests.

import { problem } from '../kernel/errors.ts';
import { NamespaceName } from '../kernel/ids.ts';
import { invariant } from '../kernel/invariant.ts';
import type { RouteAction, RouteMatch, RouteRule } from '../kernel/route.ts';
import { type DocumentOf, valueSpan } from '../manifest/document.ts';
import { DEFAULTS } from '../manifest/schema/defaults.ts';
import { pathOf } from '../manifest/schema/route.ts';
import { namespaceOf } from './collect.ts';
import type { DesiredRoute } from './desired.ts';
import type { Fault } from './input.ts';
import { undefinedNamespace } from './namespaces.ts';
import { findTarget, type RouteDocument, type Services } from './route-targets.ts';

type WrittenRule = DocumentOf<'Route'>['manifest']['spec']['rules'][number];

interface ResolvedRoutes {
  /** By namespace and name. */
  readonly routes: readonly DesiredRoute[];
  readonly faults: readonly Fault[];
}

export function resolveRoutes(
  documents: ReadonlyMap<string, RouteDocument>,
  services: Services,
  namespaces: ReadonlyMap<string, unknown>,
): ResolvedRoutes {
  const faults: Fault[] = [];
  const claims = new Claims();
  const routes = [...documents]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([, route]): DesiredRoute => {
      const { document, source } = route;
      const { metadata, spec } = document.manifest;
      if (!namespaces.has(namespaceOf(document)))
        faults.push(undefinedNamespace(source, document, namespaces));
      const rules = spec.rules.flatMap((written, index): readonly RouteRule[] => {
        const match = matchOf(written, spec.hosts ?? []);
        faults.push(...claims.add(route, index, match));
        const action = actionOf(route, index, written, services);
        if ('problem' in action) {
          faults.push(action);
          return [];
        }
        return [{ match, action, limits: limitsOf(written) }];
      });
      const namespace = NamespaceName.parse(namespaceOf(document));
      return { namespace, name: metadata.name, source, rules };
    });
  return { routes, faults };
}

const matchOf = (written: WrittenRule, hosts: readonly string[]): RouteMatch => ({
  hosts,
  path: pathOf(written),
  methods: written.methods ?? [],
  headers: written.headers ?? [],
});

const limitsOf = ({ maxBody, rateLimit, allow }: WrittenRule): RouteRule['limits'] => ({
  maxBodyBytes: maxBody ?? null,
  rate: rateLimit ?? null,
  allow: allow ?? [],
});

function actionOf(
  route: RouteDocument,
  index: number,
  { to, redirect, rewrite, timeout }: WrittenRule,
  services: Services,
): RouteAction | Fault {
  if (to !== undefined) {
    const target = findTarget(route, index, to, services);
    if ('problem' in target) return target;
    return { kind: 'service', ...target, rewrite: rewrite?.prefix ?? null, timeoutMs: timeout ?? null };
  }
  invariant(redirect !== undefined, 'the schema wants one of the two');
  const { url, isPathKept } = redirect.to;
  return { kind: 'redirect', to: url, status: redirect.status ?? DEFAULTS.redirectStatus, isPathKept };
}

interface Claim {
  readonly route: RouteDocument;
  readonly index: number;
}

/** Which rule has which requests: by host, path, method and headers. */
class Claims {
  readonly #known = new Map<string, Claim>();

  /** A fault for each rule before that has some of the same requests. */
  add(route: RouteDocument, index: number, match: RouteMatch): readonly Fault[] {
    const others = new Map<Claim, string>();
    for (const { key, sentence } of claimsOf(match)) {
      const other = this.#known.get(key);
      if (other === undefined) this.#known.set(key, { route, index });
      else if (!others.has(other)) others.set(other, sentence);
    }
    return [...others].map(([other, sentence]) => conflict(other, { route, index }, sentence));
  }
}

function claimsOf({ hosts, path, methods, headers }: RouteMatch) {
  const conditions = headers.map(({ name, value }) => JSON.stringify([name, value])).sort();
  const shownPath = path.kind === 'exact' ? `exactly ${path.path}` : path.path || '/';
  return (hosts.length === 0 ? ['*'] : hosts).flatMap((host) =>
    (methods.length === 0 ? ['*'] : methods).map((method) => {
      const key = JSON.stringify([host, path.kind, path.path, method, conditions]);
      const sentence = [
        host === '*' ? 'every host' : host,
        shownPath,
        ...(method === '*' ? [] : [method]),
        ...headers.map(({ name }) => `the header ${name}`),
      ].join(', ');
      return { key, sentence };
    }),
  );
}

function conflict(first: Claim, second: Claim, sentence: string): Fault {
  const nameOf = ({ route: { document } }: Claim): string =>
    `${namespaceOf(document)}/${document.manifest.metadata.name}`;
  const spanOf = ({ route: { document }, index }: Claim) => valueSpan(document, ['spec', 'rules', index]);
  const [before, after] = [spanOf(first), spanOf(second)];
  const message =
    `two rules have the same requests (${sentence}): one of the Route ${nameOf(first)} (${before.file}:${before.line}) ` +
    `and one of the Route ${nameOf(second)} (${after.file}:${after.line})`;
  const hint = 'Remove one of the two, or let one ask for more: another host, path, method or header.';
  const sources = [...new Set([first.route.source, second.route.source])];
  const code = sources.length === 1 ? 'manifest/duplicate' : 'source/conflict';
  return { sources, problem: problem(code, message, { span: after, hint }) };
}
