// What is allowed in one Service and probably not meant.

import { type Problem, problem } from '../kernel/errors.ts';
import { type DocumentOf, valueSpan } from '../manifest/document.ts';
import type { ContainerSpec } from './container.ts';

/** As Compose would fill in a variable: `${NAME}`, `${NAME:-default}`, or a value that is `$NAME` alone. */
const VARIABLE = /\$\{(?<braced>[A-Za-z_]\w*)(?::?[-+?][^}]*)?\}|^\$(?<bare>[A-Z_][A-Z0-9_]*)$/;

export function warningsFor(document: DocumentOf<'Service'>, container: ContainerSpec): readonly Problem[] {
  return [...memoryLimit(document, container), ...variables(document)];
}

function memoryLimit(document: DocumentOf<'Service'>, { limits }: ContainerSpec): readonly Problem[] {
  if (limits.memoryBytes !== null) return [];
  const { name } = document.manifest.metadata;
  const span = valueSpan(document, ['spec']);
  return [problem('manifest/no-memory-limit', `Service ${name} has no memory limit`, { span })];
}

/** Of the value only the name in it is quoted: a default may be a secret. */
function variables(document: DocumentOf<'Service'>): readonly Problem[] {
  return Object.entries(document.manifest.spec.environment ?? {}).flatMap(([key, value]) => {
    const { braced, bare } = VARIABLE.exec(value)?.groups ?? {};
    const name = braced ?? bare;
    if (name === undefined) return [];
    const written = braced === undefined ? `$${name}` : `\${${name}}`;
    const span = valueSpan(document, ['spec', 'environment', key]);
    const message = `the container gets the variable ${key} with \`${written}\` as it is written: nothing is interpolated`;
    return [problem('manifest/interpolation', message, { span })];
  });
}
