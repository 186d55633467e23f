// The JSON Schema of plimsoll.yaml, made from the zod schema: for editors, for the reference page, and to
// know which keys a map may have when one is misspelt.

import { z } from 'zod';
import type { JsonSchema } from '../manifest/json-schema.ts';
import type { Path } from '../manifest/position.ts';
import { configSchema } from './schema.ts';

/** JSON Schema (draft 2020-12) of plimsoll.yaml. */
export function configJsonSchema(): JsonSchema {
  // zod's own type for JSON Schema allows more than we read; what we read has these types in both.
  return z.toJSONSchema(configSchema, {
    io: 'input',
    target: 'draft-2020-12',
    // zod leaves these out where a value is transformed, for fear that they describe the result; ours
    // are written as they stand in the file.
    override: ({ zodSchema, jsonSchema }) => {
      const { default: preset, examples } = z.globalRegistry.get(zodSchema) ?? {};
      if (preset !== undefined) Object.assign(jsonSchema, { default: preset });
      if (Array.isArray(examples) && examples.length > 0) Object.assign(jsonSchema, { examples });
    },
  }) as JsonSchema;
}

/** The keys that the map at `path` may have. */
export function keysAt(path: Path): readonly string[] {
  let schema: JsonSchema | undefined = configJsonSchema();
  for (const part of path) schema = schema === undefined ? undefined : below(schema, part);
  return Object.keys(schema?.properties ?? {});
}

function below(schema: JsonSchema, part: string | number): JsonSchema | undefined {
  if (typeof part === 'number') return schema.items;
  if (Object.hasOwn(schema.properties ?? {}, part)) return schema.properties?.[part];
  return typeof schema.additionalProperties === 'object' ? schema.additionalProperties : undefined;
}
