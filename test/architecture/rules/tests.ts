// What tests may not do: pretend (mocks of our own modules), try again until it works, or single
// themselves out.

import type { CallExpression, Node } from 'oxc-parser';
import { type SourceFile, type Violation, violationAt, visit } from '../source-file.ts';

const MODULE_MOCKS = new Set(['mock', 'doMock', 'hoisted']);

export function testViolations(file: SourceFile): readonly Violation[] {
  const found: Violation[] = [];
  const report = (node: Node, message: string) => found.push(violationAt(file, node.start, message));
  visit(file, {
    CallExpression(node) {
      if (isViCall(node)) report(node, 'replaces a module by a mock: use the real part');
      if (setsRetry(node)) report(node, 'retries: a test that fails now and then has found something');
    },
    MemberExpression(node) {
      if (isTestFunction(node.object) && !node.computed && node.property.name === 'only') {
        report(node, 'runs only itself');
      }
    },
  });
  return found;
}

function isViCall(node: CallExpression): boolean {
  const callee = node.callee;
  if (callee.type !== 'MemberExpression' || callee.computed) return false;
  return (
    callee.object.type === 'Identifier' &&
    callee.object.name === 'vi' &&
    MODULE_MOCKS.has(callee.property.name)
  );
}

function setsRetry(node: CallExpression): boolean {
  if (!isTestFunction(node.callee)) return false;
  return node.arguments.some(
    (argument) =>
      argument.type === 'ObjectExpression' &&
      argument.properties.some(
        (item) => item.type === 'Property' && item.key.type === 'Identifier' && item.key.name === 'retry',
      ),
  );
}

/** `test`, `it`, `describe`, with or without `.skipIf(…)` and the like behind. */
function isTestFunction(node: Node): boolean {
  if (node.type === 'Identifier') return ['test', 'it', 'describe', 'suite'].includes(node.name);
  if (node.type === 'MemberExpression') return isTestFunction(node.object);
  return node.type === 'CallExpression' && isTestFunction(node.callee);
}
