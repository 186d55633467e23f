// The test command counts honestly. Shown on a small project of its own, run by a process of its own,
// with everything in it that could slip through as a success.

import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { z } from 'zod';

const ROOT = path.resolve(import.meta.dirname, '../..');
const Outcome = z.object({
  passed: z.number(),
  failed: z.array(z.string()),
  skipped: z.array(z.object({ name: z.string(), because: z.string() })),
});

const CONFIG = `
import { defineConfig } from 'vitest/config';
export default defineConfig({
  test: {
    allowOnly: false,
    projects: ['a', 'nothing'].map((name) => ({ test: { name, include: [name + '/*.test.ts'] } })),
  },
});`;

const FILES: Readonly<Record<string, string>> = {
  'good.test.ts': "test('passes', () => {}); test.each([1, 2])('passes with %s', () => {});",
  'bad.test.ts': "test('fails', () => { throw new Error('no'); });",
  'load.test.ts': "throw new Error('no'); test('is never reached', () => {});",
  'empty.test.ts': 'export const nothing = 1;',
  'hook.test.ts': "beforeAll(() => { throw new Error('no'); }); test('behind a hook', () => {});",
  'flaky.test.ts':
    "let n = 0; test('second try', { retry: 1 }, () => { n += 1; if (n < 2) throw new Error('no'); });",
  'floating.test.ts': "test('lets go', () => { Promise.reject(new Error('adrift')); });",
  'exit.test.ts': "test('leaves', () => { process.abort(); });",
  'only.test.ts': "test.only('alone', () => {}); test('left out', () => {});",
  'skip.test.ts':
    "test.skip('off', () => {}); test.todo('later'); test('needs', (context) => context.skip('no moon tonight'));",
};

let folder: string;

beforeAll(() => {
  mkdirSync(path.join(ROOT, '.cache'), { recursive: true });
  // Below the root, so that it finds the packages.
  folder = mkdtempSync(path.join(ROOT, '.cache', 'runner-'));
  mkdirSync(path.join(folder, 'a'));
  writeFileSync(path.join(folder, 'vitest.config.ts'), CONFIG);
  for (const [name, body] of Object.entries(FILES)) {
    writeFileSync(path.join(folder, 'a', name), `import { beforeAll, test } from 'vitest';\n${body}\n`);
  }
});

afterAll(() => rmSync(folder, { recursive: true, force: true }));

function outcomeOf(call: string): z.infer<typeof Outcome> {
  const marker = 'OUTCOME ';
  const code = `
    import { runProject, skipProject } from ${JSON.stringify(path.join(import.meta.dirname, 'vitest-project.ts'))};
    const run = { root: ${JSON.stringify(folder)}, linePerTest: false, interruption: new AbortController().signal };
    console.log(${JSON.stringify(marker)} + JSON.stringify(await ${call}));
    process.exit(0);`;
  const output = execFileSync(process.execPath, ['--input-type=module', '-e', code], {
    encoding: 'utf8',
    timeout: 60_000,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const line = output.split('\n').findLast((candidate) => candidate.startsWith(marker)) ?? '';
  return Outcome.parse(JSON.parse(line.slice(marker.length)));
}

test('what did not pass is a failure with a name and a reason, what was skipped has a reason', {
  timeout: 60_000,
}, () => {
  const outcome = outcomeOf("runProject({ ...run, project: 'a' })");
  const failed = outcome.failed.filter((name) => !name.startsWith('a: outside of any test'));
  expect(failed.toSorted()).toEqual([
    'a/bad.test.ts > fails: no',
    'a/empty.test.ts',
    'a/exit.test.ts > leaves',
    'a/flaky.test.ts > second try: no',
    'a/hook.test.ts',
    'a/hook.test.ts > behind a hook',
    'a/load.test.ts',
    expect.stringMatching(/^a\/only\.test\.ts > alone: .*\.only/),
  ]);
  expect(outcome.failed).toContain('a: outside of any test: adrift');
  const unexplained = 'its file says so without a reason';
  expect(outcome.skipped.toSorted((a, b) => a.name.localeCompare(b.name))).toEqual([
    { name: 'a/only.test.ts > left out', because: unexplained },
    { name: 'a/skip.test.ts > later', because: 'is not written yet' },
    { name: 'a/skip.test.ts > needs', because: 'no moon tonight' },
    { name: 'a/skip.test.ts > off', because: unexplained },
  ]);
  expect(outcome.passed).toBe(4);
});

test('a project without files is a failure', { timeout: 60_000 }, () => {
  expect(outcomeOf("runProject({ ...run, project: 'nothing' })").failed).toEqual([
    'nothing: there are no test files',
  ]);
});

test('a project that cannot run here names each of its tests', { timeout: 60_000 }, () => {
  const outcome = outcomeOf("skipProject({ ...run, project: 'a' }, 'needs root')");
  expect(outcome.passed).toBe(0);
  expect(outcome.skipped).toContainEqual({ name: 'a/bad.test.ts > fails', because: 'needs root' });
  expect(outcome.skipped).toContainEqual({ name: 'a/good.test.ts > passes with %s', because: 'needs root' });
});
