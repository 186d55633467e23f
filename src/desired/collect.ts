// Sorts the documents of all sources by kind and name, and finds what is defined twice or by a source
// that may not define it.

import { type Problem, problem, type Span } from '../kernel/errors.ts';
import type { SourceId } from '../kernel/ids.ts';
import { type DocumentOf, type ManifestDocument, valueSpan } from '../manifest/document.ts';
import type { Fault, SourceDocuments } from './input.ts';

export interface Sourced<D> {
  readonly source: SourceId;
  readonly document: D;
}

export interface Collected {
  readonly hosts: ReadonlyMap<string, Sourced<DocumentOf<'Host'>>>;
  readonly namespaces: ReadonlyMap<string, Sourced<DocumentOf<'Namespace'>>>;
  /** By `namespace/name`. */
  readonly services: ReadonlyMap<string, Sourced<DocumentOf<'Service'>>>;
  /** By `namespace/name`. */
  readonly configs: ReadonlyMap<string, Sourced<DocumentOf<'Config'>>>;
  /** By `namespace/name`. */
  readonly routes: ReadonlyMap<string, Sourced<DocumentOf<'Route'>>>;
  readonly faults: readonly Fault[];
}

export type NamespacedDocument = DocumentOf<'Service' | 'Config' | 'Route'>;

/** The namespace that a document belongs to. */
export const namespaceOf = (document: NamespacedDocument): string =>
  document.manifest.metadata.namespace ?? 'default';

/** `namespace/name` */
const keyOf = (document: NamespacedDocument): string =>
  `${namespaceOf(document)}/${document.manifest.metadata.name}`;

export const nameSpan = (document: ManifestDocument): Span => valueSpan(document, ['metadata', 'name']);

export function collect(sources: readonly SourceDocuments[]): Collected {
  const hosts = new Map<string, Sourced<DocumentOf<'Host'>>>();
  const namespaces = new Map<string, Sourced<DocumentOf<'Namespace'>>>();
  const services = new Map<string, Sourced<DocumentOf<'Service'>>>();
  const configs = new Map<string, Sourced<DocumentOf<'Config'>>>();
  const routes = new Map<string, Sourced<DocumentOf<'Route'>>>();
  const faults: Fault[] = [];
  for (const { id: source, fleet, documents } of sources) {
    for (const document of documents) {
      switch (document.kind) {
        case 'Host':
          if (!fleet) faults.push(notFleet(source, document));
          else add(hosts, document.manifest.metadata.name, { source, document }, faults);
          break;
        case 'Namespace':
          if (!fleet) faults.push(notFleet(source, document));
          else add(namespaces, document.manifest.metadata.name, { source, document }, faults);
          break;
        case 'Service':
          add(services, keyOf(document), { source, document }, faults);
          break;
        case 'Config':
          add(configs, keyOf(document), { source, document }, faults);
          break;
        case 'Route':
          add(routes, keyOf(document), { source, document }, faults);
          break;
        default:
          document satisfies never;
      }
    }
  }
  return { hosts, namespaces, services, configs, routes, faults };
}

function add<D extends ManifestDocument>(
  known: Map<string, Sourced<D>>,
  name: string,
  one: Sourced<D>,
  faults: Fault[],
): void {
  const other = known.get(name);
  if (other === undefined) known.set(name, one);
  else faults.push(definedTwice(name, other, one));
}

function definedTwice(
  name: string,
  first: Sourced<ManifestDocument>,
  second: Sourced<ManifestDocument>,
): Fault {
  const span = nameSpan(second.document);
  const what = `${second.document.kind} ${name}`;
  if (first.source === second.source) {
    const message = `${what} is defined twice: here and at ${formatPlace(nameSpan(first.document))}`;
    return { sources: [second.source], problem: problem('manifest/duplicate', message, { span }) };
  }
  const message =
    `${what} is defined by two sources: ${first.source} (${formatPlace(nameSpan(first.document))}) ` +
    `and ${second.source} (${formatPlace(span)})`;
  return { sources: [first.source, second.source], problem: problem('source/conflict', message, { span }) };
}

const formatPlace = (span: Span): string => `${span.file}:${span.line}:${span.column}`;

function notFleet(source: SourceId, document: ManifestDocument): Fault {
  const refused: Problem = problem(
    'manifest/permission',
    `the source ${source} may not define a ${document.kind}`,
    {
      span: valueSpan(document, ['kind']),
      hint: 'Move it to the source with `fleet: true`, or mark this source so in plimsoll.yaml.',
    },
  );
  return { sources: [source], problem: refused };
}
