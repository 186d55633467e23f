// The JSON Schema of manifests, made from the zod schema: what editors and `plimsoll schema` show.

import { z } from 'zod';
import type { Path } from './position.ts';
import { KINDS, type Kind, manifestSchema } from './schema/manifest.ts';

/** The parts of JSON Schema that are used here. */
export interface JsonSchema {
  readonly type?: string | readonly string[];
  readonly title?: string;
  readonly description?: string;
  readonly default?: unknown;
  readonly examples?: readonly unknown[];
  readonly enum?: readonly unknown[];
  readonly const?: unknown;
  readonly properties?: Readonly<Record<string, JsonSchema>>;
  readonly required?: readonly string[];
  readonly items?: JsonSchema;
  readonly additionalProperties?: JsonSchema | boolean;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly anyOf?: readonly JsonSchema[];
  readonly oneOf?: readonly JsonSchema[];
}

type ToJsonSchema = NonNullable<Parameters<typeof z.toJSONSchema>[1]>;

/**
 * What is written in a manifest (`input`), without the bounds that every whole number has, and with the
 * examples and defaults, which zod leaves out of schemas that transform: ours are of the input.
 */
const OPTIONS: ToJsonSchema = {
  io: 'input',
  target: 'draft-2020-12',
  override: ({ zodSchema, jsonSchema }) => {
    const meta = z.globalRegistry.get(zodSchema);
    if (Array.isArray(meta?.examples)) jsonSchema.examples = meta.examples;
    if (meta?.['default'] !== undefined) Object.assign(jsonSchema, { default: meta['default'] });
    if (jsonSchema.minimum === Number.MIN_SAFE_INTEGER) delete jsonSchema.minimum;
    if (jsonSchema.maximum === Number.MAX_SAFE_INTEGER) delete jsonSchema.maximum;
  },
};

const generated = new Map<Kind, JsonSchema>();

/** JSON Schema (draft 2020-12) of any manifest document. */
export function manifestJsonSchema(): Record<string, unknown> {
  return { ...z.toJSONSchema(manifestSchema, OPTIONS), title: 'Plimsoll manifest' };
}

/** JSON Schema of one kind. */
export function kindJsonSchema(kind: Kind): JsonSchema {
  const known = generated.get(kind);
  if (known !== undefined) return known;
  // zod's own type for JSON Schema allows more than we read; what we read has these types in both.
  const schema = z.toJSONSchema(KINDS[kind], OPTIONS) as JsonSchema;
  generated.set(kind, schema);
  return schema;
}

/** The keys that a map at `path` of a document may have, over all forms that it can take. */
export function keysAt(kind: Kind, path: Path): readonly string[] {
  let found: readonly JsonSchema[] = [kindJsonSchema(kind)];
  for (const part of path) found = found.flatMap(forms).flatMap((schema) => below(schema, part));
  return [...new Set(found.flatMap(forms).flatMap((schema) => Object.keys(schema.properties ?? {})))];
}

/** A schema and, for one of alternatives, each of them. */
const forms = (schema: JsonSchema): readonly JsonSchema[] => [
  schema,
  ...[...(schema.anyOf ?? []), ...(schema.oneOf ?? [])].flatMap(forms),
];

function below(schema: JsonSchema, part: string | number): readonly JsonSchema[] {
  if (typeof part === 'number') return schema.items === undefined ? [] : [schema.items];
  const property = Object.hasOwn(schema.properties ?? {}, part) ? schema.properties?.[part] : undefined;
  if (property !== undefined) return [property];
  return typeof schema.additionalProperties === 'object' ? [schema.additionalProperties] : [];
}
