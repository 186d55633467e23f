// Walks through a syntax tree with the ancestors at hand, past everything that is only a type or only
// words for people.

import type { Node } from 'oxc-parser';

/** Values under these names, and variables of these names, are sentences. */
const WORDS: ReadonlySet<string> = new Set([
  'because',
  'detail',
  'details',
  'hint',
  'message',
  'patience',
  'remedy',
  'removed',
  'what',
  'why',
]);

/** Functions that only make sentences or entries of the audit. */
const TELLS = /^#?(describe|explain|narrate|tell|lastFault|endEntry|actionEntry|adoptEntry|becauseOf)/;

/** Calls that only tell: of the event log, and of the catalogue of errors. */
const TELLING_CALLS: ReadonlySet<string> = new Set(['emit', 'problem', '#tellAction', '#tellHostState']);

const isNode = (value: unknown): value is Node =>
  typeof value === 'object' && value !== null && 'type' in value && 'start' in value && 'end' in value;

/** The name behind which a call, a property or a declaration stands; null where it has none. */
export function nameOf(node: Node | null | undefined): string | null {
  if (node === null || node === undefined) return null;
  if (node.type === 'Identifier') return node.name;
  if (node.type === 'PrivateIdentifier') return `#${node.name}`;
  if (node.type === 'MemberExpression' && !node.computed) return nameOf(node.property);
  return null;
}

/** A sentence: a template, or a text with a space in it. */
const isText = (node: Node): boolean =>
  node.type === 'TemplateLiteral' ||
  (node.type === 'Literal' && typeof node.value === 'string' && node.value.includes(' '));

export const isTellingCall = (node: Node): boolean =>
  node.type === 'CallExpression' && TELLING_CALLS.has(nameOf(node.callee) ?? '');

function isType(node: Node): boolean {
  if (node.type === 'TSAsExpression' || node.type === 'TSSatisfiesExpression') return false;
  return node.type.startsWith('TS') || node.type === 'ImportDeclaration';
}

/** Whether a node and all below it only choose words. */
function isWords(node: Node): boolean {
  switch (node.type) {
    case 'TemplateLiteral':
      return true;
    case 'Property':
      return WORDS.has(nameOf(node.key) ?? '');
    case 'VariableDeclarator':
      return WORDS.has(nameOf(node.id) ?? '') || TELLS.test(nameOf(node.id) ?? '');
    case 'FunctionDeclaration':
      return TELLS.test(nameOf(node.id) ?? '');
    case 'MethodDefinition':
      return TELLS.test(nameOf(node.key) ?? '');
    case 'ConditionalExpression':
      return isText(node.consequent) || isText(node.alternate);
    default:
      return isTellingCall(node);
  }
}

function children(node: Node): readonly Node[] {
  return Object.values(node).flatMap((value: unknown) =>
    Array.isArray(value) ? value.filter(isNode) : isNode(value) ? [value] : [],
  );
}

/** Calls `visit` for every node that does something; `ancestors` begin with the nearest. */
export function walk(
  node: Node,
  visit: (node: Node, ancestors: readonly Node[]) => void,
  ancestors: readonly Node[] = [],
): void {
  if (isType(node) || isWords(node)) return;
  visit(node, ancestors);
  const inner = [node, ...ancestors];
  for (const child of children(node)) walk(child, visit, inner);
}

/** Whether `matches` holds for the node or anything below it, types and words included. */
export const contains = (node: Node, matches: (node: Node) => boolean): boolean =>
  matches(node) || children(node).some((child) => contains(child, matches));
