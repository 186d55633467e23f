// Routes are read and checked, and nothing serves them yet: accepting them would be a lie. Whoever puts them in force
// removes this file, its one call in resolve.ts, and ROUTES_NOT_SERVED.

import { problem, type Span } from '../kernel/errors.ts';
import { valueSpan } from '../manifest/document.ts';
import type { Collected, Sourced } from './collect.ts';
import type { Fault } from './input.ts';

const HINT = 'Publish the port of a service with `ports`, or run a load balancer of your own as a service.';

export function refuseRoutes({ routes, hosts }: Collected): readonly Fault[] {
  const refusal = (what: string, { source }: Sourced<unknown>, span: Span): Fault => ({
    sources: [source],
    problem: problem('manifest/unsupported', `${what}: routes are not served by this version yet`, {
      span,
      hint: HINT,
    }),
  });
  return [
    ...[...routes].map(([name, one]) => refusal(`Route ${name}`, one, valueSpan(one.document, ['kind']))),
    ...[...hosts].flatMap(([name, one]) =>
      one.document.manifest.spec.ingress === true
        ? [refusal(`Host ${name}`, one, valueSpan(one.document, ['spec', 'ingress']))]
        : [],
    ),
  ];
}
