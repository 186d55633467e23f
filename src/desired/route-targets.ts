// `to` of a Route's rules: which service is meant, by which port, and whether it lets routes of that namespace in.

import { type ErrorCode, problem } from '../kernel/errors.ts';
import { ServiceKey } from '../kernel/ids.ts';
import { type DocumentOf, valueSpan } from '../manifest/document.ts';
import { namespaceOf, type Sourced } from './collect.ts';
import { placeOf, serviceMeant } from './connections.ts';
import type { Fault } from './input.ts';

export type RouteDocument = Sourced<DocumentOf<'Route'>>;
export type Services = ReadonlyMap<string, Sourced<DocumentOf<'Service'>>>;
type Target = NonNullable<DocumentOf<'Route'>['manifest']['spec']['rules'][number]['to']>;

/** Why a rule leads nowhere, and what to do about it. */
interface Refusal {
  readonly code: ErrorCode;
  readonly message: string;
  readonly hint: string | null;
}

interface ServicePort {
  readonly service: ServiceKey;
  readonly port: number;
}

/** The port of a service that `to` of a rule means; a fault where there is none. */
export function findTarget(
  route: RouteDocument,
  index: number,
  target: Target,
  services: Services,
): ServicePort | Fault {
  const own = namespaceOf(route.document);
  const service = ServiceKey.parse(`${target.namespace ?? own}/${target.service}`);
  const provider = services.get(service);
  const answer =
    provider === undefined
      ? missing(route, service, services)
      : (whyForbidden(own, service, provider) ?? portOf(service, target.port, provider));
  if (typeof answer === 'number') return { service, port: answer };
  const { code, message, hint } = answer;
  const span = valueSpan(route.document, ['spec', 'rules', index, 'to']);
  const sources = [...new Set([route.source, ...(provider === undefined ? [] : [provider.source])])];
  return { sources, problem: problem(code, message, hint === null ? { span } : { span, hint }) };
}

function missing({ document }: RouteDocument, service: ServiceKey, services: Services): Refusal {
  const meant = serviceMeant(service, services);
  const { name } = document.manifest.metadata;
  const message = `the Route ${namespaceOf(document)}/${name} leads to ${service}, which is not defined`;
  const hint = meant === null ? null : `Did you mean \`${meant}\`?`;
  return { code: 'manifest/reference', message, hint };
}

type Provider = Sourced<DocumentOf<'Service'>>;

/** A route is no service: what lets it in is the name of its namespace alone. */
function whyForbidden(own: string, service: ServiceKey, provider: Provider): Refusal | null {
  if (own === namespaceOf(provider.document)) return null;
  const allowed = provider.document.manifest.spec.allowFrom ?? [];
  if (allowed.some((one) => one.namespace === own && one.service === null)) return null;
  const line =
    allowed.length === 0
      ? `Add \`allowFrom: [${own}]\` to ${service}`
      : `Add \`${own}\` to \`allowFrom\` of ${service}`;
  return {
    code: 'manifest/permission',
    message: `${service} does not let routes of ${own} lead to it`,
    hint: `${line}${placeOf(provider, 'allowFrom')}, which lets in every service of ${own} as well; or move the Route to the namespace of the service.`,
  };
}

function portOf(service: ServiceKey, port: number | null, provider: Provider): number | Refusal {
  const served = provider.document.manifest.spec.serves ?? [];
  const place = placeOf(provider, 'serves');
  const found = served.find((one) => one.port === port);
  if (found?.protocol === 'http') return found.port;
  if (found !== undefined) {
    const hint = `Only \`http\` can be routed: correct the protocol${place}, or choose another port.`;
    const message = `the port ${found.port} of ${service} is \`${found.protocol}\``;
    return { code: 'manifest/reference', message, hint };
  }
  const ports = served.filter(({ protocol }) => protocol === 'http').map((one) => one.port);
  const [only, ...more] = ports;
  if (only === undefined) {
    const hint = `Add \`serves: [${port ?? 'PORT'}/http]\` to it${place}.`;
    return { code: 'manifest/reference', message: `${service} serves nothing by HTTP`, hint };
  }
  const all = ports.map((one) => `${one}/http`).join(', ');
  if (port !== null) {
    const hint = `Choose one of these, or add it to \`serves\` of ${service}${place}.`;
    const message = `${service} does not serve the port ${port}, but ${all}`;
    return { code: 'manifest/reference', message, hint };
  }
  if (more.length === 0) return only;
  const hint = `Choose one with \`port\`, such as \`to: { service: ${service.split('/')[1]}, port: ${only} }\`.`;
  return { code: 'manifest/invalid-value', message: `${service} serves several ports: ${all}`, hint };
}
