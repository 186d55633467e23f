// The reference page of plimsoll.yaml, made from its schema, so that it cannot say anything else than
// what is read.

import type { JsonSchema } from '../manifest/json-schema.ts';
import { configJsonSchema } from './json-schema.ts';

/** A complete file; a test loads it. */
export const EXAMPLE = `controller:
  id: main
sources:
  - id: fleet
    url: https://git.example.com/ops/fleet.git
    branch: main
    fleet: true
    credential: {password: env:FLEET_TOKEN}
  - id: shop
    url: git@git.example.com:shop/manifests.git
    tag: production
    path: deploy
    hostKeys: ["SHA256:uNiVztksCsDhcc0u9e8BrrYXVUpX9BRYHpfNb6jjbUY"]
ssh:
  keys:
    default: {privateKey: "file:keys/id_ed25519"}
registries:
  - {registry: ghcr.io, username: shop, password: "file:secrets/ghcr"}
listen:
  http: {address: 0.0.0.0, port: 8470}
  syncToken: file:secrets/sync-token
limits:
  housekeeping: {keepStopped: 1h}
`;

const INTRODUCTION = `# plimsoll.yaml

The configuration of a controller. \`plimsoll init\` writes a first one, \`plimsoll serve --config plimsoll.yaml\` reads it. Unknown keys are errors. This page is generated from the schema.

\`\`\`yaml
${EXAMPLE}\`\`\`

**Paths** are relative to the file; \`~/\` is the home directory.

**Secrets** never stand in the file. Where a secret is needed, write \`file:PATH\` or \`env:NAME\`. A secret's file must not be readable for everybody nor writable for others: \`chmod 600\`. The line end at the end of a password's file is not part of the password.

**Durations** are written as \`500ms\`, \`30s\`, \`1m30s\`, \`2h\`.
`;

interface Section {
  readonly title: string;
  readonly schema: JsonSchema;
}

/** The Markdown text of \`src/docs/reference/configuration.md\`. */
export function configurationReference(): string {
  const sections = collectSections('', configJsonSchema());
  return `${[INTRODUCTION, ...sections.map(formatSection)].join('\n')}`;
}

/** The map itself and every map below it, in the order of the schema. */
function collectSections(title: string, schema: JsonSchema): readonly Section[] {
  const own = schema.properties === undefined ? [] : [{ title, schema }];
  const below = Object.entries(schema.properties ?? {}).flatMap(([key, property]) =>
    collectSections(title === '' ? key : `${title}.${key}`, property),
  );
  const items = schema.items === undefined ? [] : collectSections(`${title}[]`, schema.items);
  const values =
    typeof schema.additionalProperties === 'object'
      ? collectSections(`${title}.NAME`, schema.additionalProperties)
      : [];
  return [...own, ...below, ...items, ...values];
}

function formatSection({ title, schema }: Section): string {
  const heading = title === '' ? '## Top level' : `## \`${title}\``;
  const rows = Object.entries(schema.properties ?? {}).map(([key, property]) => {
    const isRequired = schema.required?.includes(key) === true;
    const cells = [
      `\`${key}\``,
      typeText(property),
      isRequired ? '**required**' : defaultText(property),
      meaning(property),
    ];
    return `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;
  });
  return `${heading}\n\n| key | value | default | meaning |\n|---|---|---|---|\n${rows.join('\n')}\n`;
}

const TYPES: Readonly<Record<string, string>> = {
  string: 'text',
  integer: 'number',
  number: 'number',
  boolean: '`true`, `false`',
  object: 'map',
};

function typeText(schema: JsonSchema): string {
  if (schema.const !== undefined) return `\`${String(schema.const)}\``;
  if (schema.enum !== undefined) return schema.enum.map((value) => `\`${String(value)}\``).join(', ');
  if (schema.items !== undefined)
    return `list of ${schema.items.type === 'object' ? 'maps' : typeText(schema.items)}`;
  if (schema.anyOf !== undefined) return [...new Set(schema.anyOf.map(typeText))].join(' or ');
  return TYPES[String(schema.type)] ?? 'text';
}

function defaultText(schema: JsonSchema): string {
  const value = schema.default;
  if (value === undefined) return '';
  // Sentences explain themselves; values are shown as they would be written.
  return typeof value === 'string' && value.includes(' ') ? value : `\`${String(value)}\``;
}

function meaning(schema: JsonSchema): string {
  const shown = (schema.examples ?? []).map((example) => `\`${flow(example)}\``);
  const examples = shown.length === 0 ? '' : ` Example: ${shown.join(', ')}.`;
  return `${schema.description ?? ''}${examples}`;
}

/** A value as it would be written in YAML on one line. */
function flow(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(flow).join(', ')}]`;
  if (value === null || typeof value !== 'object') return String(value);
  return `{${Object.entries(value)
    .map(([key, item]) => `${key}: ${flow(item)}`)
    .join(', ')}}`;
}
