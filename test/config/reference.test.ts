// The reference page is what the generator writes, every key is described, and the JSON Schema that
// editors use accepts and refuses what the reader does.

import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { configJsonSchema } from '../../src/config/json-schema.ts';
import { configurationReference } from '../../src/config/reference.ts';
import type { JsonSchema } from '../../src/manifest/json-schema.ts';

const PAGE = fileURLToPath(new URL('../../src/docs/reference/configuration.md', import.meta.url));

function keysOf(schema: JsonSchema, path: string): { readonly path: string; readonly schema: JsonSchema }[] {
  const below = typeof schema.additionalProperties === 'object' ? [schema.additionalProperties] : [];
  return [
    ...Object.entries(schema.properties ?? {}).flatMap(([key, property]) => [
      { path: `${path}.${key}`, schema: property },
      ...keysOf(property, `${path}.${key}`),
    ]),
    ...(schema.items === undefined ? [] : keysOf(schema.items, `${path}[]`)),
    ...below.flatMap((value) => keysOf(value, `${path}.*`)),
  ];
}

describe('the reference of plimsoll.yaml', () => {
  it('is the page in src/docs; `npm run docs` writes it', () => {
    expect(readFileSync(PAGE, 'utf8')).toBe(configurationReference());
  });

  it('describes every key', () => {
    const keys = keysOf(configJsonSchema(), '');
    expect(keys.length).toBeGreaterThan(50);
    expect(keys.filter(({ schema }) => (schema.description ?? '') === '').map(({ path }) => path)).toEqual(
      [],
    );
  });

  it('closes every map with fixed keys', () => {
    const maps = [{ path: '', schema: configJsonSchema() }, ...keysOf(configJsonSchema(), '')];
    const open = maps.filter(
      ({ schema }) => schema.properties !== undefined && schema.additionalProperties !== false,
    );
    expect(open.map(({ path }) => path)).toEqual([]);
  });
});
