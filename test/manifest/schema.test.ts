// The JSON Schema and what stands in it: descriptions, examples and defaults are what people copy.

import { describe, expect, it, test } from 'vitest';
import { type JsonSchema, kindJsonSchema, manifestJsonSchema } from '../../src/manifest/json-schema.ts';
import { KINDS, type Kind } from '../../src/manifest/schema/manifest.ts';

interface Key {
  readonly path: readonly string[];
  readonly schema: JsonSchema;
}

function keysBelow(schema: JsonSchema, path: readonly string[]): readonly Key[] {
  const own = Object.entries(schema.properties ?? {}).flatMap(([name, value]) => {
    const key = { path: [...path, name], schema: value };
    return [key, ...keysBelow(value, key.path)];
  });
  const forms = [
    ...(schema.anyOf ?? []),
    ...(schema.oneOf ?? []),
    ...(schema.items === undefined ? [] : [schema.items]),
  ];
  const values = typeof schema.additionalProperties === 'object' ? [schema.additionalProperties] : [];
  return [...own, ...[...forms, ...values].flatMap((form) => keysBelow(form, path))];
}

const kinds: readonly Kind[] = ['Host', 'Namespace', 'Service', 'Config', 'Route'];
const allKeys = kinds.flatMap((kind) => keysBelow(kindJsonSchema(kind), [kind]));

test('every key of every kind has a description that is a sentence', () => {
  const silent = allKeys.filter(({ schema }) => !/^[A-Z`].*[.`]$/.test(schema.description ?? ''));
  expect(silent.map(({ path }) => path.join('.'))).toEqual([]);
  expect(allKeys.length).toBeGreaterThan(150);
});

test('every key has an example, unless it is a boolean, a map with keys of its own, or has its default', () => {
  const bare = allKeys.filter(({ schema }) => {
    const isMap = schema.properties !== undefined;
    return (
      schema.examples === undefined && schema.type !== 'boolean' && !isMap && schema.default === undefined
    );
  });
  expect(bare.map(({ path }) => path.join('.'))).toEqual([]);
});

/** The least that makes a document of the kind valid. */
const LEAST: Readonly<Record<Kind, object>> = {
  Host: { address: 'ssh://deploy@a' },
  Namespace: {},
  Service: { image: 'nginx:1' },
  Config: { data: { a: 'x' } },
  Route: { rules: [{ to: 'api' }] },
};
/** What a key of a spec needs beside it. */
const BESIDE: Readonly<Record<string, object>> = {
  'Namespace.spec.hostPaths': { permissions: ['hostPath'] },
  'Service.spec.allowFrom': { serves: ['8080/http'] },
};

describe('examples and defaults of the keys of a spec can be written as they stand', () => {
  const keys = allKeys.filter(({ path }) => path.length === 3 && path[1] === 'spec');
  it.each(keys.map((key) => [key.path.join('.'), key] as const))('%s', (name, { path, schema }) => {
    const [kind = 'Service', , key = ''] = path;
    const values = [...(schema.examples ?? []), ...(schema.default === undefined ? [] : [schema.default])];
    for (const value of values) {
      const document = {
        apiVersion: 'plimsoll.dev/v1',
        kind,
        metadata: { name: 'a' },
        spec: { ...LEAST[kinds.find((one) => one === kind) ?? 'Service'], ...BESIDE[name], [key]: value },
      };
      const parsed = KINDS[kinds.find((one) => one === kind) ?? 'Service'].safeParse(document);
      expect(parsed.success ? [] : parsed.error.issues, JSON.stringify(value)).toEqual([]);
    }
  });
});

test('the JSON Schema covers the five kinds and closes every map with fixed keys', () => {
  const schema = manifestJsonSchema();
  expect(schema['$schema']).toBe('https://json-schema.org/draft/2020-12/schema');
  const forms = schema['oneOf'];
  expect(Array.isArray(forms) && forms.length).toBe(5);
  const open: string[] = [];
  JSON.stringify(schema, (key, value) => {
    if (
      value !== null &&
      typeof value === 'object' &&
      'properties' in value &&
      value.additionalProperties !== false
    ) {
      if (key !== 'properties') open.push(key);
    }
    return value;
  });
  expect(open).toEqual([]);
});
