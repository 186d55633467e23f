// `allowFrom` over all services: who is named and not there is told, since it may be a mistake in a name. It
// may as well come later, so that it is no problem.

import { type Problem, problem } from '../kernel/errors.ts';
import { type DocumentOf, valueSpan } from '../manifest/document.ts';
import { nearest } from '../manifest/nearest.ts';
import { namespaceOf, type Sourced } from './collect.ts';

type Documents = ReadonlyMap<string, Sourced<DocumentOf<'Service'>>>;

export function warnOfCallers(
  documents: Documents,
  namespaces: ReadonlyMap<string, unknown>,
): readonly Problem[] {
  return [...documents].flatMap(([key, { document }]) =>
    (document.manifest.spec.allowFrom ?? []).flatMap(({ namespace, service }, index): readonly Problem[] => {
      const span = valueSpan(document, ['spec', 'allowFrom', index]);
      if (namespace === namespaceOf(document)) {
        const message = `${key} has \`allowFrom\` for its own namespace ${namespace}, whose services may connect anyway`;
        return [problem('manifest/permission', message, { span, hint: 'Remove it.' })];
      }
      const isThere = namespaces.has(namespace);
      const name = isThere && service !== null ? `${namespace}/${service}` : namespace;
      const known = name === namespace ? namespaces : documents;
      if (known.has(name)) return [];
      const meant = nearest(name, known.keys());
      const what = name === namespace ? `the namespace ${name}` : name;
      const message = `${key} lets ${what} connect, which is not defined`;
      const hint = meant === null ? 'Correct the name, unless it comes later.' : `Did you mean \`${meant}\`?`;
      return [problem('manifest/reference', message, { span, hint })];
    }),
  );
}
