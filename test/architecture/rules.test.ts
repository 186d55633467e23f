// The rules catch what they are meant to catch: each one is shown small sources that break it, and
// small sources that come close without breaking it.

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { parseArchitecture } from './room-table.ts';
import { codesWithoutHint, unusedCodes } from './rules/catalogue.ts';
import { misplacedFiles, strangersAtTopLevel } from './rules/layout.ts';
import { purityViolations } from './rules/purity.ts';
import { roomCycle, roomViolations } from './rules/rooms.ts';
import {
  fileLengthViolations,
  functionLengthViolations,
  headerViolations,
  leftoverViolations,
  nameViolations,
  typeEscapeViolations,
} from './rules/style.ts';
import { testViolations } from './rules/tests.ts';
import {
  describeViolation,
  parseSource,
  readSources,
  type SourceFile,
  type Violation,
} from './source-file.ts';

const DOCUMENT = `
| room | what lives there | may import | packages |
|---|---|---|---|
| \`main.ts\` | everything | all | node:* |
| \`kernel/\` | values | – | zod, node:crypto (createHash) |
| \`desired/\` | wishes | kernel | – |
| \`ports/\` | interfaces | kernel; types of desired | – |
| \`api/\` | server and client | kernel | node:* |
| \`cli/\` | commands | kernel, api/client | – |

Pure rooms: kernel, desired.

Banned names: utils, manager.
`;
const architecture = parseArchitecture(DOCUMENT);

type Rule = (file: SourceFile) => readonly Violation[];

function broken(rule: Rule, source: string, at = 'src/kernel/x.ts'): readonly string[] {
  return rule(parseSource(at, source)).map((violation) => violation.message);
}

describe('the reader', () => {
  test('refuses a folder without sources', () => {
    const empty = mkdtempSync(path.join(tmpdir(), 'no-sources-'));
    try {
      expect(() => readSources(empty, ['.'])).toThrow('no source files found');
    } finally {
      rmSync(empty, { recursive: true });
    }
  });

  test('refuses a file that it cannot parse', () => {
    expect(() => parseSource('src/x.ts', 'const = 1;')).toThrow('src/x.ts does not parse');
  });

  test('tells the line of a violation', () => {
    const [first] = typeEscapeViolations(parseSource('src/x.ts', '// one\n\nlet a: any;\n'));
    expect(first && describeViolation(first)).toBe('src/x.ts:3: uses `any`');
  });

  test.each([
    ['no table', 'Pure rooms: a.\nBanned names: b.', 'no table'],
    ['no rows', DOCUMENT.replaceAll(/^\| `.*\n/gm, ''), 'is empty'],
    ['a row with a cell too few', DOCUMENT.replace(' | kernel | –', ' | kernel'), 'broken row'],
    [
      'a room that has no row',
      DOCUMENT.replace('| kernel |', '| kernel, cellar |'),
      '"cellar" without a row',
    ],
    ['no list of pure rooms', DOCUMENT.replace('Pure rooms', 'Rooms'), '"Pure rooms:"'],
  ])('refuses a document with %s', (_, document, message) => {
    expect(() => parseArchitecture(document)).toThrow(message);
  });
});

describe('the room table', () => {
  const rooms: Rule = (file) => roomViolations(file, architecture);

  test.each([
    ["import { a } from '../desired/a.ts';", 'src/kernel/x.ts', 'kernel may not import desired/a.ts'],
    ["import type { A } from '../desired/a.ts';", 'src/kernel/x.ts', 'kernel may not import desired/a.ts'],
    ["import '../desired/a.ts';", 'src/kernel/x.ts', 'kernel may not import desired/a.ts'],
    ["export { a } from '../desired/a.ts';", 'src/kernel/x.ts', 'kernel may not import desired/a.ts'],
    ["export * from '../desired/a.ts';", 'src/kernel/x.ts', 'kernel may not import desired/a.ts'],
    ["const a = await import('../desired/a.ts');", 'src/kernel/x.ts', 'kernel may not import desired/a.ts'],
    ["let a: import('../desired/a.ts').A;", 'src/kernel/x.ts', 'kernel may not import desired/a.ts'],
    [
      "new Worker(new URL('../desired/a.ts', import.meta.url));",
      'src/kernel/x.ts',
      'kernel may not import desired/a.ts',
    ],
    [
      'await import(name);',
      'src/kernel/x.ts',
      'imports a computed path, which cannot be held against the room table',
    ],
    ["import { a } from '../../test/a.ts';", 'src/kernel/x.ts', 'imports test/a.ts, which lies outside src'],
    ["import { a } from '../../test/a.ts';", 'src/main.ts', 'imports ../test/a.ts, which lies outside src'],
    [
      "import { A } from '../desired/a.ts';",
      'src/ports/x.ts',
      'ports may import only types of desired/a.ts: use `import type`',
    ],
    [
      "import { type A } from '../desired/a.ts';",
      'src/ports/x.ts',
      'ports may import only types of desired/a.ts: use `import type`',
    ],
    ["import { a } from '../api/server.ts';", 'src/cli/x.ts', 'cli may not import api/server.ts'],
    ["import { a } from '../api/clients.ts';", 'src/cli/x.ts', 'cli may not import api/clients.ts'],
    ["import { z } from 'zod';", 'src/desired/x.ts', 'desired may not import the package zod'],
    ["import { readFile } from 'node:fs';", 'src/kernel/x.ts', 'kernel may not import the package node:fs'],
    [
      "import { randomUUID } from 'node:crypto';",
      'src/kernel/x.ts',
      'kernel may import only createHash from node:crypto, not randomUUID',
    ],
    [
      "import crypto from 'node:crypto';",
      'src/kernel/x.ts',
      'kernel may import only createHash from node:crypto, not *',
    ],
    ['export const a = 1;', 'src/cellar/x.ts', 'lies in no room of the table in src/ARCHITECTURE.md'],
    ['export const a = 1;', 'src/stray.ts', 'lies in no room of the table in src/ARCHITECTURE.md'],
  ])('refuses %s in %s', (source, at, message) => {
    expect(broken(rooms, source, at)).toEqual([message]);
  });

  test.each([
    ["import { a } from './a.ts';", 'src/kernel/deep/x.ts'],
    ["import { a } from '../a.ts';", 'src/kernel/deep/x.ts'],
    ["import { a } from '../kernel/a.ts';", 'src/desired/x.ts'],
    ["import type { A } from '../desired/a.ts';", 'src/ports/x.ts'],
    ["export type { A } from '../desired/a.ts';", 'src/ports/x.ts'],
    ["import { a } from '../api/client.ts';", 'src/cli/x.ts'],
    ["import { a } from '../api/client/stream.ts';", 'src/cli/x.ts'],
    ["import { z } from 'zod/v4';", 'src/kernel/x.ts'],
    ["import { createHash } from 'node:crypto';", 'src/kernel/x.ts'],
    ["import http from 'node:http';", 'src/api/x.ts'],
    ["import { a } from './api/server.ts';", 'src/main.ts'],
    ["new URL('/v1', 'http://localhost');", 'src/kernel/x.ts'],
  ])('allows %s in %s', (source, at) => {
    expect(broken(rooms, source, at)).toEqual([]);
  });

  test('must not contain a circle', () => {
    expect(roomCycle(architecture.rooms)).toBeNull();
    const circular = parseArchitecture(DOCUMENT.replace('| values | –', '| values | desired'));
    expect(roomCycle(circular.rooms)).toEqual(['kernel', 'desired', 'kernel']);
  });
});

describe('purity', () => {
  test.each([
    ['async function f() {}', 'a pure room uses an async function'],
    ['const f = async () => 1;', 'a pure room uses an async function'],
    ['const o = { async f() {} };', 'a pure room uses an async function'],
    ['const x = await y;', 'a pure room uses await'],
    ['let p: Promise<number>;', 'a pure room uses Promise'],
    ['const d = new Date();', 'a pure room uses Date'],
    ['const d = Date.now();', 'a pure room uses Date'],
    ['const t = performance.now();', 'a pure room uses performance'],
    ['const r = Math.random();', 'a pure room uses Math.random'],
    ["const r = Math['random']();", 'a pure room uses Math.random'],
    ['setTimeout(f, 1);', 'a pure room uses setTimeout'],
    ['setInterval(f, 1);', 'a pure room uses setInterval'],
    ['queueMicrotask(f);', 'a pure room uses queueMicrotask'],
    ['const home = process.env.HOME;', 'a pure room uses process'],
    ['const o = { process };', 'a pure room uses process'],
    ['const id = crypto.randomUUID();', 'a pure room uses crypto'],
    ['const p = globalThis.process;', 'a pure room uses globalThis'],
    ['const here = import.meta.url;', 'a pure room uses import.meta'],
    ["console.log('x');", 'a pure room uses console'],
  ])('refuses %s', (source, message) => {
    expect(broken(purityViolations, source)).toEqual([message]);
  });

  test.each([
    'const n = Math.max(1, 2);',
    'interface Step { readonly process: string; Date(): void }',
    'const o = { process: 1, Date: 2 }; o.process; o.Date;',
    'for (const a of b) c(a);',
  ])('allows %s', (source) => {
    expect(broken(purityViolations, source)).toEqual([]);
  });
});

describe('length', () => {
  const body = (lines: number) => '  a();\n'.repeat(lines);

  test.each([
    ['a function', `function f() {\n${body(69)}}\n`],
    ['an arrow function', `const f = () => {\n${body(69)}};\n`],
    ['a method', `class A {\n  f() {\n${body(69)}  }\n}\n`],
  ])('%s of 71 lines is too long', (_, source) => {
    expect(broken(functionLengthViolations, source)).toEqual(['a function of 71 lines; 70 is the limit']);
  });

  test('a function of 70 lines is not', () => {
    expect(broken(functionLengthViolations, `function f() {\n${body(68)}}\n`)).toEqual([]);
  });

  test('a file has at most 300 lines', () => {
    expect(broken(fileLengthViolations, body(300))).toEqual([]);
    expect(broken(fileLengthViolations, body(301))).toEqual(['has 301 lines; 300 is the limit']);
  });
});

describe('the header', () => {
  const message = 'does not begin with a comment that says why the file exists';

  test.each([
    ['none', "import a from 'a';\n// Too late to say why this file exists at all.\n"],
    ['one that says nothing', '// Types.\nexport type A = 1;\n'],
  ])('refuses a file with %s', (_, source) => {
    expect(broken(headerViolations, source)).toEqual([message]);
  });

  test.each([
    '// Keeps the promises that the rest of the program relies on.\nexport const a = 1;\n',
    '/* Keeps the promises that the rest of the program relies on. */\nexport const a = 1;\n',
    '#!/usr/bin/env node\n// Keeps the promises that the rest relies on.\nexport const a = 1;\n',
  ])('takes a comment at the top', (source) => {
    expect(broken(headerViolations, source)).toEqual([]);
  });
});

describe('ways out of the types', () => {
  const cast = 'casts by `as` without a comment that says why';

  test.each([
    ['let a: any;', 'uses `any`'],
    ['const a: Record<string, any> = {};', 'uses `any`'],
    ['const a = b as number;', cast],
    ['// Far away.\n\nconst a = b as number;', cast],
    ['const a = b!.c;', 'uses `!` against null'],
    ['const a = <number>b;', 'casts by <…>: use `as`, and say why'],
    ['// @ts-expect-error because\nconst a: number = "";', 'silences the compiler'],
    ['// @ts-ignore\nconst a: number = "";', 'silences the compiler'],
  ])('refuses %j', (source, message) => {
    expect(broken(typeEscapeViolations, source)).toEqual([message]);
  });

  test.each([
    'const a = [1] as const;',
    'const a = { b: 1 } satisfies B;',
    '// The map holds only numbers.\nconst a = b as number;',
    'const a = b as number; // the map holds only numbers',
    "const word = 'any';",
  ])('allows %j', (source) => {
    expect(broken(typeEscapeViolations, source)).toEqual([]);
  });
});

describe('leftovers', () => {
  const start = "import a from 'a';\n";

  test.each([
    ['// TODO: later', 'a note left for later'],
    ['/* FIXME */', 'a note left for later'],
    ['// const a = 1;', 'code in a comment: delete it'],
    ['// if (a === b) {', 'code in a comment: delete it'],
    ["// import { x } from './x.ts';", 'code in a comment: delete it'],
    ['// return total(a);', 'code in a comment: delete it'],
    ['// await close(a);', 'code in a comment: delete it'],
  ])('refuses %s', (comment, message) => {
    expect(broken(leftoverViolations, start + comment)).toEqual([message]);
  });

  test.each([
    '// The lock is free; whoever comes first takes it.',
    '// An instance is fresh (seen a moment ago);',
    '/** `parse(text)` is the only way in; */',
    '// Everything to do lies behind the port.',
  ])('allows %s', (comment) => {
    expect(broken(leftoverViolations, start + comment)).toEqual([]);
  });

  test('a header may show an example', () => {
    expect(broken(leftoverViolations, `// How it is used:\n//   const a = open();\n${start}`)).toEqual([]);
  });
});

describe('names', () => {
  const names: Rule = (file) => nameViolations(file, architecture.bannedNames);

  test.each([
    ['function stringUtils() {}', 'src/kernel/x.ts', 'the name "stringUtils" says nothing'],
    ['class HostManager {}', 'src/kernel/x.ts', 'the name "HostManager" says nothing'],
    ['const MANAGER = 1;', 'src/kernel/x.ts', 'the name "MANAGER" says nothing'],
    ['interface Manager {}', 'src/kernel/x.ts', 'the name "Manager" says nothing'],
    ['type Utils = 1;', 'src/kernel/x.ts', 'the name "Utils" says nothing'],
    ['export const a = 1;', 'src/kernel/utils.ts', 'the name "utils" says nothing'],
    ['export const a = 1;', 'src/kernel/host-manager.ts', 'the name "host-manager" says nothing'],
    ['export const a = 1;', 'test/kernel/utils.test.ts', 'the name "utils" says nothing'],
    ['export const a = 1;', 'src/utils/x.ts', 'the name "utils" says nothing'],
  ])('refuses %s in %s', (source, at, message) => {
    expect(broken(names, source, at)).toEqual([message]);
  });

  test('allows words that contain one, and names whose last word says something', () => {
    expect(broken(names, 'const managerial = futilsome; const managerAddress = 1;')).toEqual([]);
  });
});

describe('tests', () => {
  test.each([
    ["vi.mock('../src/kernel/ids.ts');", 'replaces a module by a mock: use the real part'],
    ["test('x', { retry: 2 }, () => {});", 'retries: a test that fails now and then has found something'],
    ["describe('x', { retry: 2 }, () => {});", 'retries: a test that fails now and then has found something'],
    ["test.skipIf(a)('x', { retry: 2 }, f);", 'retries: a test that fails now and then has found something'],
    ["test.only('x', () => {});", 'runs only itself'],
    ["describe.only('x', () => {});", 'runs only itself'],
  ])('refuses %s', (source, message) => {
    expect(broken(testViolations, source, 'test/x.test.ts')).toEqual([message]);
  });

  test.each(["test('x', { timeout: 2 }, f);", 'run({ retry: 2 });', 'settings.only;'])(
    'allows %s',
    (source) => {
      expect(broken(testViolations, source, 'test/x.test.ts')).toEqual([]);
    },
  );
});

describe('the error catalogue', () => {
  test('knows which code nobody uses', () => {
    const files = [
      parseSource('src/kernel/errors.ts', "const CATALOGUE = { 'a/used': 1, 'a/unused': 2 };"),
      parseSource('src/plan/x.ts', "problem('a/used', 'x');"),
    ];
    expect(unusedCodes(['a/used', 'a/unused'], files)).toEqual(['a/unused']);
  });

  test('knows which code has no hint', () => {
    const hint = (text: string) => ({ hint: text });
    expect(codesWithoutHint({ a: hint('Free the port.'), b: hint(''), c: hint('port taken') })).toEqual([
      'b',
      'c',
    ]);
  });
});

describe('the layout', () => {
  test('lets only known things lie at the top level', () => {
    const entries = [
      'src',
      'README.md',
      'tsconfig.json',
      'tsconfig.build.json',
      '.github',
      'docs',
      'notes.txt',
    ];
    expect(strangersAtTopLevel(entries)).toEqual(['docs', 'notes.txt']);
  });

  test('keeps CommonJS in the bootstrap, and nothing else there', () => {
    const paths = [
      'src/bootstrap/run.cjs',
      'src/kernel/ids.ts',
      'src/bootstrap/x.ts',
      'test/x.cjs',
      'src/docs/a.md',
    ];
    expect(misplacedFiles(paths)).toEqual(['src/bootstrap/x.ts', 'test/x.cjs']);
  });
});
