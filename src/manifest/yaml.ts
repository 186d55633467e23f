// YAML text (and JSON, which is YAML) → plain values with positions, within the limits, and without an
// exception whatever the bytes are.

import { Composer, type Document, Lexer, LineCounter, Parser } from 'yaml';
import type { Json } from '../kernel/canonical.ts';
import { type ErrorCode, type Problem, problem } from '../kernel/errors.ts';
import { LIMITS } from './limits.ts';
import type { Positions } from './position.ts';
import { yamlErrorSentence } from './yaml-errors.ts';
import { YamlGuard } from './yaml-guard.ts';
import { convertDocument, YamlRefusal } from './yaml-value.ts';

export interface YamlDocument {
  /** Counts from 0 within the file; empty documents are counted but not returned. */
  readonly index: number;
  readonly value: Json;
  readonly positions: Positions;
}

export interface YamlFile {
  readonly documents: readonly YamlDocument[];
  readonly problems: readonly Problem[];
}

const OPTIONS = {
  version: '1.2',
  schema: 'core',
  strict: true,
  prettyErrors: false,
  // The parser compares every key with every other one; the conversion has a set.
  uniqueKeys: false,
  logLevel: 'silent',
} as const;

/** Parses a file; of several faults in one document the first is reported. */
export function parseYaml(file: string, bytes: Uint8Array): YamlFile {
  const refuse = (code: ErrorCode, message: string, line = 1, column = 1): YamlFile => ({
    documents: [],
    problems: [problem(code, message, { span: { file, line, column } })],
  });
  if (bytes.byteLength > LIMITS.fileBytes) {
    return refuse('manifest/limit', `larger than ${LIMITS.fileBytes / 1024} KiB`);
  }
  let text: string;
  try {
    text = new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    return refuse('manifest/yaml', 'not valid UTF-8');
  }
  const lines = new LineCounter();
  const composed = compose(text, lines);
  if ('exceeded' in composed) {
    const { line, col } = lines.linePos(composed.offset);
    return refuse('manifest/limit', composed.exceeded, line, col);
  }
  return convertAll(file, composed.documents, lines);
}

type Composed =
  | { readonly documents: readonly Document.Parsed[] }
  | { readonly exceeded: string; readonly offset: number };

function compose(text: string, lines: LineCounter): Composed {
  const guard = new YamlGuard();
  const parser = new Parser(lines.addNewLine);
  const composer = new Composer(OPTIONS);
  const documents: Document.Parsed[] = [];
  lines.addNewLine(0);
  for (const lexeme of new Lexer().lex(text)) {
    const exceeded = guard.exceededBy(lexeme);
    if (exceeded !== null) return { exceeded, offset: parser.offset };
    for (const token of parser.next(lexeme)) documents.push(...composer.next(token));
  }
  for (const token of parser.end()) documents.push(...composer.next(token));
  documents.push(...composer.end());
  return { documents };
}

function convertAll(file: string, parsed: readonly Document.Parsed[], lines: LineCounter): YamlFile {
  const documents: YamlDocument[] = [];
  const problems: Problem[] = [];
  parsed.forEach((document, index) => {
    const fault = document.errors[0] ?? document.warnings[0];
    if (fault !== undefined) {
      const { line, col } = lines.linePos(fault.pos[0]);
      const span = { file, line: Math.max(1, line), column: Math.max(1, col) };
      const code = fault.code === 'RESOURCE_EXHAUSTION' ? 'manifest/limit' : 'manifest/yaml';
      problems.push(problem(code, yamlErrorSentence(fault.code), { span }));
      return;
    }
    try {
      const { value, positions } = convertDocument(document.contents, lines);
      if (value !== null) documents.push({ index, value, positions });
    } catch (thrown) {
      if (!(thrown instanceof YamlRefusal)) throw thrown;
      problems.push(problem(thrown.code, thrown.message, { span: { file, ...thrown.position } }));
    }
  });
  return { documents, problems };
}
