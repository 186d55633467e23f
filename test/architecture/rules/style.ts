// The habits that a parser can see: short functions, a header that says why the file is there, no
// escape from the type system without a reason, nothing left lying about.

import { type Comment, type Node, parseSync } from 'oxc-parser';
import { countLines, lineAt, type SourceFile, type Violation, violationAt, visit } from '../source-file.ts';

const MAX_FUNCTION_LINES = 70;
const MAX_FILE_LINES = 300;
const MIN_HEADER_CHARACTERS = 30;

export function fileLengthViolations(file: SourceFile): readonly Violation[] {
  const lines = countLines(file.text);
  if (lines <= MAX_FILE_LINES) return [];
  return [violationAt(file, 0, `has ${lines} lines; ${MAX_FILE_LINES} is the limit`)];
}

export function functionLengthViolations(file: SourceFile): readonly Violation[] {
  const found: Violation[] = [];
  const check = (node: Node) => {
    const lines = lineAt(file, node.end) - lineAt(file, node.start) + 1;
    if (lines <= MAX_FUNCTION_LINES) return;
    found.push(
      violationAt(file, node.start, `a function of ${lines} lines; ${MAX_FUNCTION_LINES} is the limit`),
    );
  };
  visit(file, { FunctionDeclaration: check, FunctionExpression: check, ArrowFunctionExpression: check });
  return found;
}

export function headerViolations(file: SourceFile): readonly Violation[] {
  const [first, second] = file.comments;
  const opening = file.text.startsWith('#!') ? file.text.indexOf('\n') + 1 : 0;
  const text = `${first?.value ?? ''}${second?.value ?? ''}`.trim();
  if (first?.start === opening && text.length >= MIN_HEADER_CHARACTERS) return [];
  return [violationAt(file, 0, 'does not begin with a comment that says why the file exists')];
}

export function typeEscapeViolations(file: SourceFile): readonly Violation[] {
  const found: Violation[] = [];
  const report = (offset: number, message: string) => found.push(violationAt(file, offset, message));
  const explained = (node: Node) => hasCommentNear(file, node);
  visit(file, {
    TSAnyKeyword: (node) => report(node.start, 'uses `any`'),
    TSNonNullExpression: (node) => report(node.start, 'uses `!` against null'),
    TSTypeAssertion: (node) => report(node.start, 'casts by <…>: use `as`, and say why'),
    TSAsExpression: (node) => {
      if (!isConst(node.typeAnnotation) && !explained(node))
        report(node.start, 'casts by `as` without a comment that says why');
    },
  });
  for (const comment of file.comments) {
    if (/@ts-(ignore|nocheck|expect-error)/.test(comment.value))
      report(comment.start, 'silences the compiler');
  }
  return found;
}

function isConst(type: Node): boolean {
  return (
    type.type === 'TSTypeReference' && type.typeName.type === 'Identifier' && type.typeName.name === 'const'
  );
}

/** On one of the node's own lines or on the line before it. */
function hasCommentNear(file: SourceFile, node: Node): boolean {
  const first = lineAt(file, node.start) - 1;
  const last = lineAt(file, node.end);
  return file.comments.some((comment) => {
    const line = lineAt(file, comment.end);
    return line >= first && line <= last;
  });
}

export function leftoverViolations(file: SourceFile): readonly Violation[] {
  const header = headerLength(file.comments);
  return file.comments.flatMap((comment, index) => {
    if (/\b(TODO|FIXME|XXX|HACK)\b/.test(comment.value)) {
      return [violationAt(file, comment.start, 'a note left for later')];
    }
    // A header may show how the file is used.
    if (index < header || !isCode(comment)) return [];
    return [violationAt(file, comment.start, 'code in a comment: delete it')];
  });
}

/** How many comments stand in a row at the top, with nothing but a line break between them. */
function headerLength(comments: readonly Comment[]): number {
  const end = comments.findIndex((comment, index) => comment.start !== (comments[index - 1]?.end ?? -1) + 1);
  return end === -1 ? comments.length : end;
}

/** Cheap on purpose: a line that ends like a statement, has a statement's marks, and parses as one. */
function isCode(comment: Comment): boolean {
  const text = comment.value.trim();
  if (comment.type === 'Block' || !/[;{]$/.test(text)) return false;
  if (!/[=(]|^(import|export|return|throw|break|continue)\b/.test(text)) return false;
  const statement = text.endsWith('{') ? `${text}}` : text;
  const inFunction = `async () => { for (;;) { ${statement} } }`;
  return [statement, inFunction].some((code) => parseSync('comment.ts', code).errors.length === 0);
}

/**
 * A name says what it names by its last word, so that one counts: `hostManager` is banned, `commonDir`
 * (Git's own term) is not. `banned` are single lower-case words.
 */
export function nameViolations(file: SourceFile, banned: readonly string[]): readonly Violation[] {
  const found: Violation[] = [];
  const check = (name: string, offset: number) => {
    if (banned.includes(lastWord(name)))
      found.push(violationAt(file, offset, `the name "${name}" says nothing`));
  };
  const checkId = (node: { readonly id: Node | null }) => {
    if (node.id?.type === 'Identifier') check(node.id.name, node.id.start);
  };
  for (const part of file.path.replace(/(\.test)?\.ts$/, '').split('/')) check(part, 0);
  visit(file, {
    FunctionDeclaration: checkId,
    ClassDeclaration: checkId,
    VariableDeclarator: checkId,
    TSInterfaceDeclaration: checkId,
    TSTypeAliasDeclaration: checkId,
  });
  return found;
}

/** `dockerHost-pool2` → pool. */
function lastWord(name: string): string {
  const words = name
    .replaceAll(/([a-z0-9])([A-Z])/g, '$1 $2')
    .toLowerCase()
    .match(/[a-z]+/g);
  return words?.at(-1) ?? '';
}
