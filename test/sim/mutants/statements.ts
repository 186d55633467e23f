// Mutations of statements: left out, not left early, or done in another order.

import type { Node } from 'oxc-parser';
import { type Edit, type Operator, replace, textOf } from './edits.ts';
import { contains, isTellingCall, nameOf } from './tree.ts';

const LEAVES: ReadonlySet<string> = new Set([
  'ReturnStatement',
  'ThrowStatement',
  'ContinueStatement',
  'BreakStatement',
]);

/** What an expression statement does, past `void`, `await` and the like. */
function deed(node: Node): Node {
  if (node.type === 'ExpressionStatement') return deed(node.expression);
  if (node.type === 'UnaryExpression' || node.type === 'AwaitExpression') return deed(node.argument);
  if (node.type === 'ChainExpression') return deed(node.expression);
  return node;
}

/** A call on a call on …: the first of them, since `emit(…).catch(…)` tells as `emit(…)` does. */
function firstCall(node: Node): Node {
  if (node.type !== 'CallExpression' || node.callee.type !== 'MemberExpression') return node;
  const { object } = node.callee;
  return object.type === 'CallExpression' ? firstCall(object) : node;
}

const isOnlyTelling = (node: Node): boolean => isTellingCall(firstCall(deed(node)));

const dropped: Operator = ({ node, ancestors: [parent] }) => {
  if (node.type !== 'ExpressionStatement' || isOnlyTelling(node)) return [];
  // A type that every case was met, and the constructor of a base class, are no deeds.
  const what = deed(node);
  if (what.type === 'TSSatisfiesExpression') return [];
  if (what.type === 'CallExpression' && what.callee.type === 'Super') return [];
  const needsOne = parent !== undefined && parent.type !== 'BlockStatement' && parent.type !== 'Program';
  const isInCase = parent?.type === 'SwitchCase';
  return [replace('dropped statement', node, needsOne && !isInCase ? '{}' : '')];
};

function leavesEarly(node: Node): boolean {
  if (node.type !== 'IfStatement' || node.alternate !== null) return false;
  const { consequent } = node;
  const last = consequent.type === 'BlockStatement' ? consequent.body.at(-1) : consequent;
  return last !== undefined && LEAVES.has(last.type);
}

const early: Operator = ({ node }) => (leavesEarly(node) ? [replace('dropped early return', node, '')] : []);

/** Names that a statement declares or assigns; `this.#turn` counts as `#turn`. */
function changes(node: Node): ReadonlySet<string> {
  const names = new Set<string>();
  const add = (name: string | null): void => {
    if (name !== null) names.add(name);
  };
  contains(node, (inner) => {
    if (inner.type === 'VariableDeclarator')
      contains(inner.id, (part) => {
        if (part.type === 'Identifier') add(part.name);
        return false;
      });
    if (inner.type === 'AssignmentExpression') add(nameOf(inner.left));
    return false;
  });
  return names;
}

const mentions = (node: Node, names: ReadonlySet<string>): boolean =>
  contains(
    node,
    (inner) =>
      (inner.type === 'Identifier' && names.has(inner.name)) ||
      (inner.type === 'PrivateIdentifier' && names.has(`#${inner.name}`)),
  );

const acts = (node: Node): boolean =>
  contains(node, ({ type }) =>
    ['CallExpression', 'AssignmentExpression', 'UpdateExpression', 'NewExpression'].includes(type),
  );

const leaves = (node: Node): boolean => contains(node, ({ type }) => LEAVES.has(type));

const SWAPPABLE: ReadonlySet<string> = new Set([
  'ExpressionStatement',
  'VariableDeclaration',
  'ForOfStatement',
  'IfStatement',
]);

const isFieldSet = (node: Node): boolean =>
  node.type === 'ExpressionStatement' && node.expression.type === 'AssignmentExpression';

const COLLECTS: ReadonlySet<string> = new Set([
  'add',
  'set',
  'push',
  'unshift',
  'get',
  'has',
  'map',
  'values',
]);

/** Does no more than to fill a list: when it does so among others makes no difference. */
const onlyCollects = (node: Node): boolean =>
  !contains(node, (inner) => inner.type === 'AwaitExpression' || inner.type === 'AssignmentExpression') &&
  contains(node, (inner) => inner.type === 'CallExpression') &&
  !contains(node, (inner) => inner.type === 'CallExpression' && !COLLECTS.has(nameOf(inner.callee) ?? ''));

/** A value that is only computed. */
const onlyComputes = (node: Node): boolean =>
  node.type === 'VariableDeclaration' && !contains(node, ({ type }) => type === 'AwaitExpression');

/** Both do something, neither uses by name what the other one makes. */
function areIndependent(first: Node, second: Node): boolean {
  if (![first, second].every((s) => SWAPPABLE.has(s.type) && acts(s) && !isOnlyTelling(s))) return false;
  if ([first, second].some((s) => onlyCollects(s) || onlyComputes(s))) return false;
  // Fields that are set one after the other: nobody looks in between.
  if (isFieldSet(first) && isFieldSet(second)) return false;
  if (leaves(first) || leaves(second)) return false;
  return !mentions(second, changes(first)) && !mentions(first, changes(second));
}

const swapped: Operator = ({ file, node }) => {
  if (node.type !== 'BlockStatement') return [];
  return node.body.flatMap((first, at): Edit[] => {
    const second = node.body[at + 1];
    if (second === undefined || !areIndependent(first, second)) return [];
    const gap = file.text.slice(first.end, second.start);
    const text = `${textOf(file, second)}${gap}${textOf(file, first)}`;
    return [{ kind: 'order', start: first.start, end: second.end, text }];
  });
};

export const STATEMENT_OPERATORS: readonly Operator[] = [dropped, early, swapped];
