// `kind: Route`: which requests of the outside lead to which service.

import { z } from 'zod';
import { NamespaceName, ServiceName } from '../../kernel/ids.ts';
import type { PathMatch } from '../../kernel/route.ts';
import { LIMITS } from '../limits.ts';
import { DEFAULTS } from './defaults.ts';
import { shortConnection } from './discovery.ts';
import {
  clientAddress,
  exactPath,
  header,
  hostName,
  itself,
  METHODS,
  pathPrefix,
  uniqueBy,
} from './route-match.ts';
import {
  byteSize,
  durationMs,
  optional,
  portNumber,
  quoted,
  reject,
  required,
  TOO_MANY,
  waitMs,
} from './values.ts';

interface Target {
  readonly service: ServiceName;
  /** Null: the namespace of the route. */
  readonly namespace: NamespaceName | null;
  /** Null: the only one that it serves by HTTP. */
  readonly port: number | null;
}

const shortTarget = shortConnection.transform(
  ({ service, namespace, port }): Target => ({ service, namespace, port }),
);

const longTarget = z
  .strictObject({
    service: required(ServiceName, { description: 'Name of the service.', examples: ['api'] }),
    namespace: optional(NamespaceName, {
      description: 'Its namespace; left out: that of the route.',
      examples: ['shop'],
    }),
    port: optional(portNumber, {
      description: 'One of the ports that it serves by HTTP; left out: the only one.',
      examples: [8080],
    }),
  })
  .transform(
    (long): Target => ({
      service: long.service,
      namespace: long.namespace ?? null,
      port: long.port ?? null,
    }),
  );

/** Nothing but what a header may hold as it is. */
const LOCATION = /^https?:\/\/[A-Za-z0-9.-]+(:\d{1,5})?(?<path>\/[A-Za-z0-9._~!$&'()*+,;=:@/?%#-]*)?$/;

interface RedirectTarget {
  readonly url: string;
  readonly isPathKept: boolean;
}

const location = z
  .string()
  .max(1_024, 'is longer than 1024 characters')
  .transform((text, context): RedirectTarget => {
    const match = LOCATION.exec(text);
    if (match !== null) return { url: text, isPathKept: match.groups?.['path'] === undefined };
    return reject(context, `${quoted(text)} is not a URL such as \`https://shop.example.com\``);
  });

const STATUSES = [301, 302, 303, 307, 308] as const;

const redirect = z.strictObject({
  to: required(location, {
    description:
      'Where clients are sent. A URL without a path, such as `https://shop.example.com`, gets the path and the query of the request; one with a path (`https://shop.example.com/`) stays as it is.',
    examples: ['https://shop.example.com'],
  }),
  status: optional(z.literal(STATUSES), {
    description:
      'How long it holds: 301 and 308 are for good, 302, 303 and 307 for now; 307 and 308 keep the method.',
    default: DEFAULTS.redirectStatus,
    examples: [301],
  }),
});

const HOUR_MS = 3_600_000;
/** Load balancers of different hosts wait no longer for each other. */
const LONGEST_ANSWER_MS = 60_000;

const rateLimit = z
  .strictObject({
    requests: required(z.int().min(1, 'must be at least 1').max(1_000_000, 'must be at most 1000000'), {
      description: 'Requests at most.',
      examples: [100],
    }),
    per: required(
      durationMs.refine((ms) => ms >= 1_000 && ms <= HOUR_MS, 'must be between 1s and 1h'),
      {
        description: 'In any span of this length.',
        examples: ['1s'],
      },
    ),
  })
  .transform(({ requests, per }) => ({ requests, perMs: per }));

const ruleKeys = {
  path: optional(pathPrefix, {
    description:
      'This path and everything below it: `/api` is `/api` and `/api/cart`, and not `/apix`. Left out, with no `exact` either: every path.',
    examples: ['/api'],
  }),
  exact: optional(exactPath, { description: 'This path and no other.', examples: ['/healthz'] }),
  methods: optional(
    z.array(z.enum(METHODS)).min(1, 'needs at least one method').superRefine(uniqueBy(itself)),
    { description: 'Methods; left out: any. `GET` does not include `HEAD`.', examples: [['GET', 'POST']] },
  ),
  headers: optional(
    z
      .array(header)
      .max(LIMITS.matchedHeaders, `has more than ${LIMITS.matchedHeaders} items`)
      .superRefine(uniqueBy(({ name }) => name)),
    {
      description: 'Headers that the request must have, all of them.',
      examples: [[{ name: 'x-version', exact: '2' }]],
    },
  ),
  to: optional(z.union([shortTarget, longTarget]), {
    description: 'The service that answers: `SERVICE`, `NAMESPACE/SERVICE` or a map.',
    examples: ['api', { service: 'api', port: 8080 }],
  }),
  redirect: optional(redirect, { description: 'Instead of `to`: the client is sent elsewhere.' }),
  rewrite: optional(
    z.strictObject({
      prefix: required(pathPrefix, {
        description: 'What takes the place of `path`: with `/`, `/api/cart` becomes `/cart`.',
        examples: ['/'],
      }),
    }),
    { description: 'Changes the path on its way to the service.' },
  ),
  timeout: optional(
    waitMs.refine(
      (ms) => ms > 0 && ms <= LONGEST_ANSWER_MS,
      'must be more than 0s and at most 60s, which is how long load balancers wait for each other',
    ),
    {
      description: 'How long the service has for each answer or part of one; then the client gets 504.',
      default: DEFAULTS.answerTimeout,
      examples: ['30s'],
    },
  ),
  maxBody: optional(byteSize, {
    description: 'Size of a request at most; then 413. One that does not say its size gets 411.',
    examples: ['10m'],
  }),
  rateLimit: optional(rateLimit, {
    description: 'Requests of one client address; then 429. IPv6 addresses of one /64 count together.',
    examples: [{ requests: 100, per: '1s' }],
  }),
  allow: optional(
    z
      .array(clientAddress)
      .min(1, 'needs at least one address')
      .max(LIMITS.listItems, TOO_MANY)
      .superRefine(uniqueBy(itself)),
    {
      description: 'Addresses and networks of clients that are let in; others get 403. Left out: all.',
      examples: [['10.0.0.0/8', '192.0.2.7']],
    },
  ),
};

const SERVICE_ONLY = ['rewrite', 'timeout', 'maxBody'] as const;

const rule = z.strictObject(ruleKeys).superRefine((keys, context) => {
  if ((keys.to === undefined) === (keys.redirect === undefined))
    reject(context, 'needs either `to` or `redirect`');
  if (keys.path !== undefined && keys.exact !== undefined)
    reject(context, 'stands beside `path`', { path: ['exact'], hint: 'Make two rules of it.' });
  if (keys.redirect !== undefined) {
    for (const key of SERVICE_ONLY)
      if (keys[key] !== undefined) reject(context, 'has no effect on a redirect', { path: [key] });
  }
  if (keys.rewrite !== undefined && keys.path === undefined)
    reject(context, 'replaces `path`, which is not there', { path: ['rewrite'] });
});

/** What a rule says about paths. */
export const pathOf = ({ path: below, exact }: z.infer<typeof rule>): PathMatch =>
  exact === undefined ? { kind: 'prefix', path: below ?? '' } : { kind: 'exact', path: exact };

export const routeSpec = z.strictObject({
  hosts: optional(
    z
      .array(hostName)
      .min(1, 'needs at least one host name')
      .max(LIMITS.listItems, TOO_MANY)
      .superRefine(uniqueBy(itself)),
    {
      description:
        'Host names that clients ask for; `*.example.com` is every name below example.com, and not example.com itself. Left out: whatever name is asked for.',
      examples: [['shop.example.com', '*.shop.example.com']],
    },
  ),
  rules: required(z.array(rule).min(1, 'needs at least one rule').max(LIMITS.listItems, TOO_MANY), {
    description:
      'What leads where. Of all rules of all routes that a request matches, the most specific one counts: by host (a whole name, then the longest `*.`), then by path (`exact`, then the longest `path`), then one with `methods`, then the one with the most `headers`.',
    examples: [[{ path: '/api', to: 'api' }]],
  }),
});
