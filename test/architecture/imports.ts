// What a file imports, whichever way it says so: import and export statements, import() as an
// expression and as a type, and files handed to workers by `new URL('./x.ts', import.meta.url)`.

import type { Expression, ModuleExportName, NewExpression } from 'oxc-parser';
import { type SourceFile, visit } from './source-file.ts';

export interface Import {
  /** As written: `../kernel/ids.ts`, `zod`. Null where it is computed and nobody can check it. */
  readonly specifier: string | null;
  /** Only `import type`: of `import { type X }` an import remains when the types are stripped. */
  readonly typeOnly: boolean;
  /** The imported names where the statement lists them; null: everything. */
  readonly names: readonly string[] | null;
  readonly offset: number;
}

export function importsOf(file: SourceFile): readonly Import[] {
  const found: Import[] = [];
  visit(file, {
    ImportDeclaration(node) {
      const named = node.specifiers.map((item) =>
        item.type === 'ImportSpecifier' ? nameOf(item.imported) : '*',
      );
      const typeOnly = node.importKind === 'type';
      const names = named.length === 0 || named.includes('*') ? null : named;
      found.push({ specifier: node.source.value, typeOnly, names, offset: node.start });
    },
    ExportNamedDeclaration(node) {
      if (node.source === null) return;
      const typeOnly = node.exportKind === 'type';
      const names = node.specifiers.map((item) => nameOf(item.local));
      found.push({ specifier: node.source.value, typeOnly, names, offset: node.start });
    },
    ExportAllDeclaration(node) {
      const typeOnly = node.exportKind === 'type';
      found.push({ specifier: node.source.value, typeOnly, names: null, offset: node.start });
    },
    ImportExpression(node) {
      found.push({ specifier: textOf(node.source), typeOnly: false, names: null, offset: node.start });
    },
    TSImportType(node) {
      found.push({ specifier: node.source.value, typeOnly: true, names: null, offset: node.start });
    },
    NewExpression(node) {
      const specifier = fileUrl(node);
      if (specifier !== null) found.push({ specifier, typeOnly: false, names: null, offset: node.start });
    },
  });
  return found;
}

function fileUrl(node: NewExpression): string | null {
  const [target, base] = node.arguments;
  if (node.callee.type !== 'Identifier' || node.callee.name !== 'URL') return null;
  if (target === undefined || target.type === 'SpreadElement' || base?.type !== 'MemberExpression')
    return null;
  const specifier = textOf(target);
  return base.object.type === 'MetaProperty' && specifier?.startsWith('.') ? specifier : null;
}

function textOf(node: Expression): string | null {
  return node.type === 'Literal' && typeof node.value === 'string' ? node.value : null;
}

function nameOf(node: ModuleExportName): string {
  return 'name' in node ? node.name : node.value;
}
