// The shape of a JSON answer as text that a person can read at a glance, made from its schema: keys with
// the types of their values, descriptions as comments.

import { z } from 'zod';

interface Shape {
  readonly $ref?: string;
  readonly $defs?: Readonly<Record<string, Shape>>;
  readonly type?: string | readonly string[];
  readonly description?: string;
  readonly enum?: readonly unknown[];
  readonly const?: unknown;
  readonly properties?: Readonly<Record<string, Shape>>;
  readonly required?: readonly string[];
  readonly items?: Shape;
  readonly additionalProperties?: Shape | boolean;
  readonly anyOf?: readonly Shape[];
  readonly oneOf?: readonly Shape[];
}

function typeText(shape: Shape, indent: string): string {
  if (shape.$ref !== undefined) return shape.$ref.split('/').at(-1) ?? '';
  const variants = shape.anyOf ?? shape.oneOf;
  if (variants !== undefined) return variants.map((one) => typeText(one, indent)).join(' | ');
  if (shape.const !== undefined) return JSON.stringify(shape.const);
  if (shape.enum !== undefined) return shape.enum.map((one) => JSON.stringify(one)).join(' | ');
  if (shape.items !== undefined) {
    const item = typeText(shape.items, indent);
    return item.includes(' | ') && !item.startsWith('{') ? `(${item})[]` : `${item}[]`;
  }
  if (shape.properties !== undefined) return objectText(shape, indent);
  if (typeof shape.additionalProperties === 'object')
    return `{ [name]: ${typeText(shape.additionalProperties, indent)} }`;
  return [shape.type ?? 'any'].flat().join(' | ');
}

function objectText({ properties = {}, required = [] }: Shape, indent: string): string {
  const inner = `${indent}  `;
  const lines = Object.entries(properties).map(([name, shape]) => {
    const mark = required.includes(name) ? '' : '?';
    const comment = shape.description === undefined ? '' : ` // ${shape.description}`;
    return `${inner}"${name}"${mark}: ${typeText(shape, inner)}${comment}`;
  });
  return `{\n${lines.join('\n')}\n${indent}}`;
}

/** Of what is sent, before a program has read it. Types with a name are named, not repeated. */
export function shapeText(schema: z.ZodType): string {
  return typeText(shapeOf(schema), '');
}

function shapeOf(schema: z.ZodType): Shape {
  // zod's own type for JSON Schema allows more than is read here; what is read has these types in both.
  return z.toJSONSchema(schema, { io: 'input' }) as Shape;
}

/** The type that `schema` has a name for. */
export function namedShapeText(schema: z.ZodType, name: string): string {
  const shape = shapeOf(z.object({ it: schema })).$defs?.[name];
  return shape === undefined ? '' : typeText(shape, '');
}
