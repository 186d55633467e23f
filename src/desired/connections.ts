// `connects` over all services: which service each entry means, by which port, and whether that one lets it.

import { type ErrorCode, problem } from '../kernel/errors.ts';
import { ServiceKey } from '../kernel/ids.ts';
import { type DocumentOf, valueSpan } from '../manifest/document.ts';
import { nearest } from '../manifest/nearest.ts';
import { namespaceOf, type Sourced } from './collect.ts';
import type { Fault } from './input.ts';

/** An entry of `connects` whose service is there. */
export interface Connection {
  readonly service: ServiceKey;
  readonly port: number;
  /** What `as` says. */
  readonly as: string | null;
  /** Its place in `spec.connects`. */
  readonly index: number;
}

type ServiceDocument = Sourced<DocumentOf<'Service'>>;
type Documents = ReadonlyMap<string, ServiceDocument>;
type Entry = NonNullable<DocumentOf<'Service'>['manifest']['spec']['connects']>[number];

/** Why an entry cannot be, and what to do about it. */
interface Refusal {
  readonly code: ErrorCode;
  readonly message: string;
  readonly hint: string | null;
}

const refusal = (code: ErrorCode, message: string, hint: string | null): Refusal => ({ code, message, hint });

/** What the manifests of others have to say about the connections of one service. */
export function findConnections(
  consumer: ServiceDocument,
  documents: Documents,
): { readonly found: readonly Connection[]; readonly faults: readonly Fault[] } {
  const found: Connection[] = [];
  const faults: Fault[] = [];
  (consumer.document.manifest.spec.connects ?? []).forEach((entry, index) => {
    const own = namespaceOf(consumer.document);
    const service = ServiceKey.parse(`${entry.namespace ?? own}/${entry.service}`);
    const provider = documents.get(service);
    const answer =
      provider === undefined
        ? missing(keyOf(consumer), service, documents)
        : portOf(consumer, entry, provider);
    if (typeof answer === 'number') {
      found.push({ service, port: answer, as: entry.as, index });
      return;
    }
    const span = valueSpan(consumer.document, ['spec', 'connects', index]);
    const { code, message, hint } = answer;
    const sources = [...new Set([consumer.source, ...(provider === undefined ? [] : [provider.source])])];
    faults.push({ sources, problem: problem(code, message, hint === null ? { span } : { span, hint }) });
  });
  return { found, faults };
}

const keyOf = ({ document }: ServiceDocument): string =>
  `${namespaceOf(document)}/${document.manifest.metadata.name}`;

/** The service that somebody may have meant who named one that is not there. */
export function serviceMeant(service: ServiceKey, documents: ReadonlyMap<string, unknown>): string | null {
  const [, name] = service.split('/');
  const elsewhere = [...documents.keys()].filter((key) => key.split('/')[1] === name);
  return nearest(service, documents.keys()) ?? (elsewhere.length === 1 ? elsewhere[0] : null) ?? null;
}

function missing(consumer: string, service: ServiceKey, documents: Documents): Refusal {
  const meant = serviceMeant(service, documents);
  return refusal(
    'manifest/reference',
    `${consumer} connects to ${service}, which is not defined`,
    meant === null ? null : `Did you mean \`${meant}\`?`,
  );
}

/** The port that an entry means. */
function portOf(consumer: ServiceDocument, entry: Entry, provider: ServiceDocument): number | Refusal {
  const service = keyOf(provider);
  if (service === keyOf(consumer)) {
    const hint = 'Remove it: in the container the program itself is at `localhost`.';
    return refusal('manifest/invalid-value', `${service} connects to itself`, hint);
  }
  const forbidden = whyForbidden(consumer, provider);
  if (forbidden !== null) return forbidden;
  const served = provider.document.manifest.spec.serves ?? [];
  const all = served.map(({ port, protocol }) => `${port}/${protocol}`).join(', ');
  const [only, ...more] = served;
  if (only === undefined) {
    const port = entry.port ?? 'PORT';
    const hint = `Add \`serves: [${port}/http]\` or \`serves: [${port}/tcp]\` to it${placeOf(provider, 'serves')}.`;
    return refusal('manifest/reference', `${service} serves nothing`, hint);
  }
  if (entry.port === null) {
    if (more.length === 0) return only.port;
    const hint = `Choose one with \`port\`, such as ${written(entry, only.port)}.`;
    return refusal('manifest/invalid-value', `${service} serves several ports: ${all}`, hint);
  }
  if (served.some(({ port }) => port === entry.port)) return entry.port;
  const hint = `Connect to one of these, or add it to \`serves\` of ${service}${placeOf(provider, 'serves')}.`;
  return refusal('manifest/reference', `${service} does not serve the port ${entry.port}, but ${all}`, hint);
}

/** The entry with a port, as one would write it. */
function written({ namespace, service, as }: Entry, port: number): string {
  const words = [
    `service: ${service}`,
    ...(namespace === null ? [] : [`namespace: ${namespace}`]),
    `port: ${port}`,
    ...(as === null ? [] : [`as: ${as}`]),
  ];
  return `\`{ ${words.join(', ')} }\``;
}

function whyForbidden(consumer: ServiceDocument, provider: ServiceDocument): Refusal | null {
  const own = namespaceOf(consumer.document);
  if (own === namespaceOf(provider.document)) return null;
  const { name } = consumer.document.manifest.metadata;
  const allowed = provider.document.manifest.spec.allowFrom ?? [];
  const isAllowed = allowed.some(
    (one) => one.namespace === own && (one.service === null || one.service === name),
  );
  if (isAllowed) return null;
  const service = keyOf(provider);
  const line =
    allowed.length === 0
      ? `Add \`allowFrom: [${own}/${name}]\` to ${service}`
      : `Add \`${own}/${name}\` to \`allowFrom\` of ${service}`;
  return refusal(
    'manifest/permission',
    `${service} does not let ${own}/${name} connect`,
    `${line}${placeOf(provider, 'allowFrom')}; \`${own}\` alone would let the whole namespace.`,
  );
}

/** Where a key of a service stands, or would be added. */
export function placeOf({ document }: ServiceDocument, key: 'serves' | 'allowFrom'): string {
  const { file, line } = valueSpan(document, ['spec', key]);
  return ` (${file}:${line})`;
}
