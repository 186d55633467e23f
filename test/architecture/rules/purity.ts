// Pure rooms compute values from values: no waiting, no clock, no chance, no process, no network.
// Built-in modules are held off by the room table.

import type { Node } from 'oxc-parser';
import { type SourceFile, type Violation, violationAt, visit } from '../source-file.ts';

const IMPURE_GLOBALS = new Set([
  'AbortSignal',
  'Atomics',
  'Bun',
  'Date',
  'EventSource',
  'Promise',
  'Temporal',
  'WebSocket',
  'clearInterval',
  'clearTimeout',
  'console',
  'crypto',
  'fetch',
  'global',
  'globalThis',
  'navigator',
  'performance',
  'process',
  'queueMicrotask',
  'require',
  'setImmediate',
  'setInterval',
  'setTimeout',
]);

export function purityViolations(file: SourceFile): readonly Violation[] {
  const found: Violation[] = [];
  const report = (node: Node, what: string) =>
    found.push(violationAt(file, node.start, `a pure room uses ${what}`));
  const labels = namesThatReferToNothing(file);
  visit(file, {
    FunctionDeclaration: (node) => node.async && report(node, 'an async function'),
    FunctionExpression: (node) => node.async && report(node, 'an async function'),
    ArrowFunctionExpression: (node) => node.async && report(node, 'an async function'),
    AwaitExpression: (node) => report(node, 'await'),
    ForOfStatement: (node) => node.await && report(node, 'for await'),
    ImportExpression: (node) => report(node, 'import()'),
    MetaProperty: (node) => node.meta.name === 'import' && report(node, 'import.meta'),
    MemberExpression: (node) => isMathRandom(node) && report(node, 'Math.random'),
    Identifier: (node) => {
      if (IMPURE_GLOBALS.has(node.name) && !labels.has(node)) report(node, node.name);
    },
  });
  return found;
}

function isMathRandom(node: Extract<Node, { type: 'MemberExpression' }>): boolean {
  if (node.object.type !== 'Identifier' || node.object.name !== 'Math') return false;
  if (node.computed) return true;
  return node.property.name === 'random';
}

/** Identifiers that only label something: `x.process`, `{ process: 1 }`, `interface X { process: … }`. */
function namesThatReferToNothing(file: SourceFile): ReadonlySet<object> {
  const labels = new Set<object>();
  const add = (node: { readonly computed: boolean; readonly key: object }) => {
    if (!node.computed) labels.add(node.key);
  };
  visit(file, {
    MemberExpression: (node) => {
      if (!node.computed) labels.add(node.property);
    },
    // Of `{ process }` the value remains, which is a use.
    Property: add,
    MethodDefinition: add,
    PropertyDefinition: add,
    TSPropertySignature: add,
    TSMethodSignature: add,
    TSAbstractMethodDefinition: add,
  });
  return labels;
}
