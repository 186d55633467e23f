// YAML as a hostile or hurried author writes it: every fault has its place, none has an exception, and
// none makes the parser work for more than a moment.

import { describe, expect, it, test } from 'vitest';
import { bytesOf, cpuMs, only, problemsIn, read, service, specOf } from './reading.ts';

const MIB = 1024 * 1024;

describe('what is no YAML', () => {
  it.each([
    ['a tab as indentation', 'spec:\n\timage: x\n', 'm.yaml:2:1 manifest/yaml'],
    ['a quote that does not end', 'a: "b\n', 'm.yaml:2:1 manifest/yaml'],
    ['a bracket that does not end', 'a: [1, 2\n', 'm.yaml:2:1 manifest/yaml'],
    ['two colons on a line', 'a: b: c\n', 'm.yaml:1:4 manifest/yaml'],
    ['a key at another column', 'a:\n  b: 1\n c: 2\n', 'm.yaml:3:1 manifest/yaml'],
    ['a reserved character', 'a: @b\n', 'm.yaml:1:4 manifest/yaml'],
    ['an alias without an anchor', 'a: *b\n', 'm.yaml:1:4 manifest/yaml'],
    ['an alias to what contains it', 'a: &b [*b]\n', 'm.yaml:1:8 manifest/yaml'],
    ['a tag of its own', 'a: !secret x\n', 'm.yaml:1:4 manifest/yaml'],
    ['binary data', 'a: !!binary aGVsbG8=\n', 'm.yaml:1:13 manifest/yaml'],
    ['a list as key', '? [a]\n: b\n', 'm.yaml:1:3 manifest/yaml'],
    ['a key twice', 'a: 1\nb: 2\na: 3\n', 'm.yaml:3:1 manifest/duplicate'],
    ['a key twice, spelled differently', 'a: 1\n"a": 3\n', 'm.yaml:2:1 manifest/duplicate'],
    ['a merge key', 'a: &x {b: 1}\nc:\n  <<: *x\n', 'm.yaml:3:3 manifest/unsupported'],
    ['JSON with a comma too many', '{"a": 1,, "b": 2}\n', 'm.yaml:1:9 manifest/yaml'],
  ])('%s', (_, text, expected) => {
    expect(problemsIn(text)).toEqual([expected]);
  });

  test('bytes that are no UTF-8', () => {
    expect(problemsIn(new Uint8Array([0x61, 0x3a, 0x20, 0xff, 0xfe]))).toEqual(['m.yaml:1:1 manifest/yaml']);
  });

  test('each broken document of a file is reported, and the good ones are read', () => {
    const good = service('replicas: 1');
    const { documents, problems } = read({
      'm.yaml': `${good}---\na: [\n---\n${good.replace('web', 'api')}---\nb: *x\n`,
    });
    expect(documents.map((document) => document.manifest.metadata.name)).toEqual(['web', 'api']);
    expect(problems.map((one) => `${one.span?.line} ${one.code}`)).toEqual([
      '9 manifest/yaml',
      '17 manifest/yaml',
    ]);
  });
});

describe('forbidden keys are found wherever they stand', () => {
  it.each([
    ['__proto__', '__proto__: {polluted: true}\n', 'm.yaml:1:1 manifest/forbidden-key'],
    ['constructor', service('environment: { constructor: x }'), 'm.yaml:6:18 manifest/forbidden-key'],
    ['prototype in a list', service('ports: [{ prototype: 1 }]'), 'm.yaml:6:13 manifest/forbidden-key'],
    ['quoted', '{"a": {"__proto__": {"x": 1}}}', 'm.yaml:1:8 manifest/forbidden-key'],
    ['behind an alias', 'a: &k __proto__\nb: {? *k : 1}\n', 'm.yaml:2:7 manifest/yaml'],
  ])('%s', (_, text, expected) => {
    expect(problemsIn(text)).toEqual([expected]);
    expect(Object.hasOwn(Object.prototype, 'polluted')).toBe(false);
  });
});

/** Nine levels of nine aliases each: 387 million values from 400 bytes. */
const BILLION_LAUGHS = [
  'a: &a [x, x, x, x, x, x, x, x, x]',
  ...['b', 'c', 'd', 'e', 'f', 'g', 'h', 'i'].map((name, index) => {
    const before = String.fromCharCode(96 + index + 1);
    return `${name}: &${name} [${Array.from({ length: 9 }, () => `*${before}`).join(', ')}]`;
  }),
].join('\n');

const MOST_CPU_MS = 3_000;

describe('limits (CVE-2026-53550, Flux CVE-2022-24878: bombs and huge files)', () => {
  it.each([
    ['an alias bomb', BILLION_LAUGHS, 'manifest/limit'],
    [
      '101 aliases',
      `a: &a x\n${Array.from({ length: 101 }, (_, i) => `k${i}: *a`).join('\n')}`,
      'manifest/limit',
    ],
    ['10 MiB', `a: ${'x'.repeat(10 * MIB)}`, 'manifest/limit'],
    ['one byte more than 1 MiB', `a: ${'x'.repeat(MIB - 2)}`, 'manifest/limit'],
    ['lists in lists, 1 MiB of them', '['.repeat(MIB), 'manifest/limit'],
    ['closed lists in lists', '['.repeat(20_000) + ']'.repeat(20_000), 'manifest/limit'],
    ['maps in maps, 1 MiB of them', '{a: '.repeat(MIB / 4), 'manifest/limit'],
    ['compact lists in lists', '- '.repeat(MIB / 2), 'manifest/limit'],
    ['compact keys in keys', '? '.repeat(MIB / 2), 'manifest/limit'],
    [
      'indented maps in maps',
      Array.from({ length: 1_400 }, (_, i) => `${' '.repeat(i)}a:`).join('\n'),
      'manifest/limit',
    ],
    ['65 levels', `${'{a: '.repeat(65)}1${'}'.repeat(65)}`, 'manifest/limit'],
    ['250,000 list items', '- a\n'.repeat(250_000), 'manifest/limit'],
    ['150,000 keys', Array.from({ length: 150_000 }, (_, i) => `a${i}:`).join('\n'), 'manifest/limit'],
    ['1,001 documents', '---\na\n'.repeat(1_001), 'manifest/limit'],
    ['500,000 commas', `[${','.repeat(500_000)}]`, 'manifest/limit'],
    ['500,000 colons', ': '.repeat(500_000), 'manifest/limit'],
  ])('%s', (_, text, code) => {
    const codes: (string | undefined)[] = [];
    const tookMs = cpuMs(() => codes.push(read({ 'm.yaml': text }).problems[0]?.code));
    expect(codes).toEqual([code]);
    expect(tookMs).toBeLessThan(MOST_CPU_MS);
  });

  test('within the limits: 60 levels, 100 aliases, 1,000 documents', () => {
    const codes = (text: string) => [...new Set(read({ 'm.yaml': text }).problems.map((one) => one.code))];
    expect(codes(`${'{a: '.repeat(60)}1${'}'.repeat(60)}`)).toEqual(['manifest/unknown-kind']);
    expect(codes(`a: &a x\n${Array.from({ length: 100 }, (_, i) => `k${i}: *a`).join('\n')}`)).toEqual([
      'manifest/unknown-kind',
    ]);
    expect(codes('---\n~\n'.repeat(1_000))).toEqual([]);
  });
});

describe('what is read as what', () => {
  it.each([
    ['environment: { V: 1.10 }', { V: '1.10' }],
    ['environment: { V: 0644 }', { V: '0644' }],
    ['environment: { V: 12345678901234567890 }', { V: '12345678901234567890' }],
    ['environment: { V: .inf }', { V: '.inf' }],
    ['environment: { V: yes, W: off }', { V: 'yes', W: 'off' }],
    ['environment: { V: true }', { V: 'true' }],
    ['environment: { V: 22:22 }', { V: '22:22' }],
    ['environment: { V: 2024-01-01 }', { V: '2024-01-01' }],
    ['environment: { V: !!str 5 }', { V: '5' }],
    ['environment: { 1: a, true: b }', { 1: 'a', true: 'b' }],
    ['environment: { V: "" }', { V: '' }],
  ])('%s', (keys, expected) => {
    expect(specOf(keys).environment).toEqual(expected);
  });

  test('anchors and aliases', () => {
    const spec = specOf('environment: &same { A: x }\nlabels: *same');
    expect(spec.labels).toEqual({ A: 'x' });
    expect(spec.environment).toEqual({ A: 'x' });
  });

  test('JSON, also with tabs and a byte order mark', () => {
    const json = JSON.stringify(
      {
        apiVersion: 'plimsoll.dev/v1',
        kind: 'Service',
        metadata: { name: 'web' },
        spec: { image: 'nginx:1' },
      },
      null,
      '\t',
    );
    expect(only(json, 'web.json').kind).toBe('Service');
    expect(only(`\uFEFF${json}`, 'web.json').kind).toBe('Service');
  });

  it.each([
    ['nothing', ''],
    ['comments only', '# nothing here\n'],
    ['empty documents', '---\n---\n# x\n---\n'],
    ['blank lines', '\n\n\n'],
  ])('a file with %s has no documents and no problems', (_, text) => {
    expect(read({ 'm.yaml': text })).toEqual({ documents: [], problems: [] });
  });

  test('columns count from the first character behind a byte order mark', () => {
    expect(problemsIn(bytesOf('\uFEFFa: [1\n'))).toEqual(['m.yaml:2:1 manifest/yaml']);
  });
});

test('of a file with thousands of problems the first 50 are told, and how many there are', () => {
  const { problems } = read({
    'm.yaml': service(Array.from({ length: 5_000 }, (_, index) => `k${index}: 1`).join('\n')),
  });
  expect(problems).toHaveLength(51);
  expect(problems[50]?.message).toBe('4950 further problems in this file');
});

test('keys in messages cannot move the cursor of a terminal or turn its text', () => {
  const { problems } = read({ 'm.yaml': service('"\\e[2J\\u202Ereplicas": 1\n"a\\nb": 2\n"a\\nb": 3') });
  for (const { message } of problems) expect(message).toMatch(/^[\x20-\x7e]+$/);
});

test('CVE-2022-24730: no message repeats what stands in the file', () => {
  const secret = 'hunter2-s3cr3t';
  const texts = [
    `a: "${secret}`,
    `a: ${secret}: ${secret}`,
    `- ${secret}\n${secret}`,
    `a: @${secret}`,
    `a: !${secret} x`,
    `a: *${secret}`,
    `%${secret}\n---\na: 1`,
    `a: "\\q${secret}"`,
    `a: |\n ${secret}\nb`,
    `${secret}`,
    `[${secret}`,
    service(`environment: { PASSWORD: [${secret}] }`),
    service(`environment: [${secret}]`).replace('[', '[ok=1, '),
    service(`command: "'${secret}"`),
    `apiVersion: ${secret}\nkind: Service\n`,
    `apiVersion: plimsoll.dev/v1\nkind: Config\nmetadata: {name: c}\nspec: {data: {a: {${secret}: 1}}}\n`,
    `apiVersion: plimsoll.dev/v1\nkind: Host\nmetadata: {name: h}\nspec: {address: "ssh://root:${secret}@h"}\n`,
  ];
  for (const text of texts) {
    const { problems } = read({ 'm.yaml': text });
    expect(problems.length, text).toBeGreaterThan(0);
    for (const found of problems) expect(`${found.message} ${found.hint}`, text).not.toContain(secret);
  }
});
