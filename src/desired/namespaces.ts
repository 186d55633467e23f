// Namespace documents → what each service of the namespace inherits and must keep to.

import { problem } from '../kernel/errors.ts';
import { NamespaceName, type SourceId } from '../kernel/ids.ts';
import { invariant } from '../kernel/invariant.ts';
import { type DocumentOf, valueSpan } from '../manifest/document.ts';
import { nearest } from '../manifest/nearest.ts';
import { DEFAULTS } from '../manifest/schema/defaults.ts';
import type { NamespaceSpec } from '../manifest/schema/namespace.ts';
import { type NamespacedDocument, nameSpan, namespaceOf, type Sourced } from './collect.ts';
import type { DesiredNamespace } from './desired.ts';
import { isNeverMounted } from './host-paths.ts';
import type { Fault, SourceDocuments } from './input.ts';

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

/** A document of a namespace that nobody defines. */
export function undefinedNamespace(
  source: SourceId,
  document: NamespacedDocument,
  namespaces: ReadonlyMap<string, unknown>,
): Fault {
  const name = namespaceOf(document);
  const meant = nearest(name, namespaces.keys());
  const found = problem('manifest/reference', `the namespace ${name} is not defined`, {
    span: valueSpan(document, ['metadata', 'namespace']),
    ...(meant === null ? {} : { hint: `Did you mean \`${meant}\`?` }),
  });
  return { sources: [source], problem: found };
}

/** A prefix that allows nothing is a mistake of whoever wrote it. */
export function checkHostPathPrefixes(scopes: ReadonlyMap<string, Scope>): readonly Fault[] {
  return [...scopes.values()].flatMap(({ spec, document, namespace }) =>
    (spec.hostPaths ?? []).flatMap((path, index): readonly Fault[] => {
      if (document === null || !isNeverMounted(path)) return [];
      const useless = problem(
        'manifest/permission',
        `${path}: this directory of the system is never mounted`,
        {
          span: valueSpan(document, ['spec', 'hostPaths', index]),
          hint: 'Remove it, or name a directory that is not one of the system.',
        },
      );
      return [{ sources: [namespace.source], problem: useless }];
    }),
  );
}
