// Which functions take two arguments of the same type side by side: those can be swapped by mistake and no
// compiler notices. Types are compared as they are written.

import type { Node } from 'oxc-parser';
import { type SourceFile, visit } from '../../architecture/source-file.ts';
import { nameOf } from './tree.ts';

/** By the function's name: for each declaration, the types of its parameters; null where none is written. */
export type Signatures = ReadonlyMap<string, readonly (readonly (string | null)[])[]>;

function typeOf(file: SourceFile, parameter: Node): string | null {
  if (parameter.type !== 'Identifier') return null;
  const type = parameter.typeAnnotation?.typeAnnotation;
  return type === undefined ? null : file.text.slice(type.start, type.end);
}

export function readSignatures(files: readonly SourceFile[]): Signatures {
  const found = new Map<string, (readonly (string | null)[])[]>();
  for (const file of files) {
    const note = (name: string | null, parameters: readonly Node[]): void => {
      if (name === null) return;
      const known = found.get(name) ?? [];
      found.set(name, known);
      known.push(parameters.map((parameter) => typeOf(file, parameter)));
    };
    visit(file, {
      FunctionDeclaration: (node) => note(nameOf(node.id), node.params),
      VariableDeclarator: (node) => {
        if (node.init?.type === 'ArrowFunctionExpression') note(nameOf(node.id), node.init.params);
      },
      MethodDefinition: (node) => note(nameOf(node.key), node.value.params),
      TSMethodSignature: (node) => note(nameOf(node.key), node.params),
      TSPropertySignature: (node) => {
        const type = node.typeAnnotation?.typeAnnotation;
        if (type?.type === 'TSFunctionType') note(nameOf(node.key), type.params);
      },
    });
  }
  return found;
}

/** Whether the arguments at `at` and `at + 1` have one type in every function of that name. */
export function areAlike(signatures: Signatures, name: string, at: number): boolean {
  const known = signatures.get(name) ?? [];
  const alike = known.filter((types) => types.length > at + 1);
  return alike.length > 0 && alike.every((types) => types[at] != null && types[at] === types[at + 1]);
}
