// Namespace documents → what each service of the namespace inherits and must keep to.

import { NamespaceName, type SourceId } from '../kernel/ids.ts';
import { invariant } from '../kernel/invariant.ts';
import type { DocumentOf } from '../manifest/document.ts';
import { DEFAULTS } from '../manifest/schema/defaults.ts';
import type { NamespaceSpec } from '../manifest/schema/namespace.ts';
import { nameSpan, type Sourced } from './collect.ts';
import type { DesiredNamespace } from './desired.ts';
import type { SourceDocuments } from './input.ts';

export interface Scope {
  readonly namespace: DesiredNamespace;
  readonly spec: NamespaceSpec;
  /** Null where the namespace exists without being defined. */
  readonly document: DocumentOf<'Namespace'> | null;
  /** Equal keys mean equal scopes. */
  readonly key: string;
}

/** By name; `default` is always among them, as long as there is a source at all. */
export function resolveNamespaces(
  documents: ReadonlyMap<string, Sourced<DocumentOf<'Namespace'>>>,
  sources: readonly SourceDocuments[],
): ReadonlyMap<string, Scope> {
  const scopes = new Map<string, Scope>();
  const owner: SourceId | undefined = (sources.find((source) => source.fleet) ?? sources[0])?.id;
  if (owner !== undefined && !documents.has(DEFAULTS.namespace)) {
    const name = NamespaceName.parse(DEFAULTS.namespace);
    scopes.set(name, {
      namespace: { name, source: owner, span: null },
      spec: {},
      document: null,
      key: 'implicit',
    });
  }
  for (const name of [...documents.keys()].sort()) {
    const found = documents.get(name);
    invariant(found !== undefined, 'a key of a map has a value');
    const { source, document } = found;
    scopes.set(name, {
      namespace: { name: document.manifest.metadata.name, source, span: nameSpan(document) },
      spec: document.manifest.spec,
      document,
      key: `${source} ${document.id}`,
    });
  }
  return scopes;
}
