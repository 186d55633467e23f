// Holds the whole repository against src/ARCHITECTURE.md and the rules in ./rules. That each rule
// catches what it is meant to catch is shown in rules.test.ts.

import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { CATALOGUE } from '../../src/kernel/errors.ts';
import { importsOf } from './imports.ts';
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
  countLines,
  describeViolation,
  readSources,
  type SourceFile,
  type Violation,
} from './source-file.ts';

const ROOT = path.resolve(import.meta.dirname, '../..');
const architecture = parseArchitecture(readFileSync(path.join(ROOT, 'src/ARCHITECTURE.md'), 'utf8'));
const program = readSources(ROOT, ['src']);
const tests = readSources(ROOT, ['test']);
/** What lies beside the tests and serves them; long callbacks are a test's own affair. */
const testSupport = tests.filter((file) => !file.path.endsWith('.test.ts'));

function violations(
  files: readonly SourceFile[],
  rule: (file: SourceFile) => readonly Violation[],
): readonly string[] {
  return files.flatMap(rule).map(describeViolation);
}

const isPure = (file: SourceFile) => architecture.pureRooms.includes(file.path.split('/')[1] ?? '');

test('the reader finds the program, its imports and its pure rooms', () => {
  expect(program.length).toBeGreaterThan(20);
  expect(program.flatMap(importsOf).length).toBeGreaterThan(program.length);
  expect(program.filter(isPure).length).toBeGreaterThan(10);
  const lines = program.map((file) => countLines(file.text)).sort((a, b) => a - b);
  const median = lines[Math.floor(lines.length / 2)];
  console.log(`${lines.length} files in src, median ${median} lines, longest ${lines.at(-1)}`);
});

test('every import of src follows the room table', () => {
  expect(violations(program, (file) => roomViolations(file, architecture))).toEqual([]);
});

test('the room table has no circle', () => {
  expect(roomCycle(architecture.rooms)).toBeNull();
});

test('every room of the table exists', () => {
  const missing = architecture.rooms.filter((room) => !existsSync(path.join(ROOT, 'src', room.name)));
  expect(missing.map((room) => room.name)).toEqual([]);
});

test('pure rooms are pure', () => {
  expect(violations(program.filter(isPure), purityViolations)).toEqual([]);
});

test('no function is longer than 70 lines', () => {
  expect(violations([...program, ...testSupport], functionLengthViolations)).toEqual([]);
});

test('no file of src is longer than 300 lines', () => {
  expect(violations(program, fileLengthViolations)).toEqual([]);
});

test('every file begins with why it exists', () => {
  expect(violations([...program, ...tests], headerViolations)).toEqual([]);
});

test('nothing escapes from the types without a reason', () => {
  expect(violations([...program, ...tests], typeEscapeViolations)).toEqual([]);
});

test('names say something', () => {
  expect(
    violations([...program, ...tests], (file) => nameViolations(file, architecture.bannedNames)),
  ).toEqual([]);
});

test('nothing is left for later and no code sleeps in comments', () => {
  expect(violations([...program, ...tests], leftoverViolations)).toEqual([]);
});

test('tests use real parts, are not repeated and do not single themselves out', () => {
  expect(violations(tests, testViolations)).toEqual([]);
});

test('every error code is used in src', () => {
  expect(unusedCodes(Object.keys(CATALOGUE), program)).toEqual([]);
});

test('every error code says what to do', () => {
  expect(codesWithoutHint(CATALOGUE)).toEqual([]);
});

test('the top level holds only what belongs there', () => {
  expect(strangersAtTopLevel(readdirSync(ROOT))).toEqual([]);
});

test('CommonJS is for the bootstrap, and the bootstrap is CommonJS', () => {
  const paths = ['src', 'test'].flatMap((folder) =>
    readdirSync(path.join(ROOT, folder), { recursive: true, encoding: 'utf8' }).map(
      (entry) => `${folder}/${entry}`,
    ),
  );
  expect(misplacedFiles(paths)).toEqual([]);
});
