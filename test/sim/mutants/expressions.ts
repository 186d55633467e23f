// Mutations of expressions: conditions, bounds, logic, booleans, filters, ternaries, and orders of
// arguments and of sorting.

import type { BinaryOperator, Node } from 'oxc-parser';
import { type Edit, type Operator, replace, textOf } from './edits.ts';
import { areAlike } from './signatures.ts';
import { nameOf } from './tree.ts';

/** Each comparison with the one that differs at the bound alone, or is its opposite. */
const BOUNDS: Partial<Record<BinaryOperator, string>> = {
  '<': '<=',
  '<=': '<',
  '>': '>=',
  '>=': '>',
  '===': '!==',
  '!==': '===',
};

/** The part between two operands: their operator, with whatever stands around it. */
function between(left: Node, right: Node): { start: number; end: number } {
  return { start: left.end, end: right.start };
}

const negate: Operator = ({ file, node }) => {
  if (node.type !== 'IfStatement' && node.type !== 'WhileStatement') return [];
  // A comparison of two things is negated as such: `bounds` does that.
  if (node.test.type === 'BinaryExpression' && ['===', '!=='].includes(node.test.operator)) return [];
  const text = textOf(file, node.test);
  const positive = node.test.type === 'UnaryExpression' && node.test.operator === '!' ? text.slice(1) : null;
  return [replace('condition', node.test, positive ?? `!(${text})`)];
};

const bounds: Operator = ({ file, node, ancestors: [parent] }) => {
  if (node.type !== 'BinaryExpression' || node.left.type === 'PrivateIdentifier') return [];
  const isOpposite = node.operator === '===' || node.operator === '!==';
  // The same as its arms swapped.
  if (isOpposite && parent?.type === 'ConditionalExpression' && parent.test === node) return [];
  const other = BOUNDS[node.operator];
  if (other === undefined) return [];
  const gap = between(node.left, node.right);
  return [{ kind: 'bound', ...gap, text: textOf(file, gap).replace(node.operator, other) }];
};

/** Larger numbers, and factors, are spans of time or sizes: one more or less of them is the same. */
const MOST_COUNTED = 20;
const COUNTING_OPERATORS: ReadonlySet<string> = new Set(['+', '-', '<', '<=', '>', '>=', '===', '!==']);
const COUNTING_CALLS: ReadonlySet<string> = new Set(['max', 'min', 'slice', 'at']);

const counts: Operator = ({ node, ancestors: [parent] }) => {
  if (node.type !== 'Literal' || typeof node.value !== 'number' || parent === undefined) return [];
  const isCounted =
    (parent.type === 'BinaryExpression' && COUNTING_OPERATORS.has(parent.operator)) ||
    (parent.type === 'AssignmentExpression' && parent.operator !== '=') ||
    (parent.type === 'CallExpression' && COUNTING_CALLS.has(nameOf(parent.callee) ?? ''));
  if (!isCounted || node.value > MOST_COUNTED) return [];
  const more = replace('bound', node, String(node.value + 1));
  return node.value === 0 ? [more] : [more, replace('bound', node, String(node.value - 1))];
};

const logic: Operator = ({ file, node }) => {
  if (node.type !== 'LogicalExpression' || node.operator === '??') return [];
  const gap = between(node.left, node.right);
  const other = node.operator === '&&' ? '||' : '&&';
  return [{ kind: 'logic', ...gap, text: textOf(file, gap).replace(node.operator, other) }];
};

const booleans: Operator = ({ node }) =>
  node.type === 'Literal' && typeof node.value === 'boolean'
    ? [replace('boolean', node, String(!node.value))]
    : [];

const ternaries: Operator = ({ file, node }) => {
  if (node.type !== 'ConditionalExpression') return [];
  const [yes, no] = [textOf(file, node.consequent), textOf(file, node.alternate)];
  // Behind a `?` a ternary needs no brackets, but they do no harm.
  const text = `${textOf(file, node.test)} ? (${no}) : (${yes})`;
  return [replace('ternary', node, text)];
};

const filters: Operator = ({ file, node }) => {
  if (node.type !== 'CallExpression' || nameOf(node.callee) !== 'filter') return [];
  if (node.callee.type !== 'MemberExpression') return [];
  return [replace('dropped filter', node, textOf(file, node.callee.object))];
};

const sorting: Operator = ({ file, node }) => {
  if (node.type !== 'CallExpression' || !['sort', 'toSorted'].includes(nameOf(node.callee) ?? '')) return [];
  const [order] = node.arguments;
  if (order === undefined) return [replace('order', node, `${textOf(file, node)}.reverse()`)];
  if (order.type !== 'ArrowFunctionExpression' || order.params.length !== 2) return [];
  const [first, second] = order.params;
  if (first?.type !== 'Identifier' || second?.type !== 'Identifier') return [];
  const swapped = `${second.name}, ${first.name}`;
  return [{ kind: 'order', start: first.start, end: second.end, text: swapped }];
};

const swappedArguments: Operator = ({ file, node, signatures }) => {
  if (node.type !== 'CallExpression') return [];
  const name = nameOf(node.callee);
  if (name === null) return [];
  return node.arguments.flatMap((first, at): Edit[] => {
    const second = node.arguments[at + 1];
    if (second === undefined || !areAlike(signatures, name, at)) return [];
    const [a, b] = [textOf(file, first), textOf(file, second)];
    if (a === b || /^[`'"]/.test(a) || /^[`'"]/.test(b)) return [];
    const gap = textOf(file, between(first, second));
    return [{ kind: 'order', start: first.start, end: second.end, text: `${b}${gap}${a}` }];
  });
};

export const EXPRESSION_OPERATORS: readonly Operator[] = [
  negate,
  bounds,
  counts,
  logic,
  booleans,
  ternaries,
  filters,
  sorting,
  swappedArguments,
];
