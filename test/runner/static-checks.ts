// The checks that read the sources instead of running them. Each is a program of its own, so all run
// at once; together they take seconds.

import { spawn } from 'node:child_process';
import path from 'node:path';
import type { Outcome } from './outcome.ts';
import { mark, seconds } from './terminal.ts';

const ROOT = path.resolve(import.meta.dirname, '../..');
const DEADLINE_MS = 120_000;

interface Check {
  readonly name: string;
  /** Arguments for Node: the program and what it is told. */
  readonly args: readonly string[];
  /** What is worth repeating of the output of a check that passed. */
  readonly figure?: RegExp;
}

const CHECKS: readonly Check[] = [
  { name: 'types', args: ['node_modules/typescript/bin/tsc', '-p', '.', '--pretty', 'false'] },
  {
    name: 'format and lint',
    args: [
      'node_modules/@biomejs/biome/bin/biome',
      'check',
      '--error-on-warnings',
      '--max-diagnostics=50',
      '.',
    ],
    figure: /Checked \d+ files/,
  },
  { name: 'dead code', args: ['node_modules/knip/bin/knip.js', '--treat-config-hints-as-errors'] },
  {
    name: 'architecture',
    args: ['node_modules/vitest/vitest.mjs', 'run', '--project', 'architecture', '--reporter', 'dot'],
    figure: /\d+ files in src, .*/,
  },
];

/** Runs all checks, prints one line for each as it ends, and below it the output of one that failed. */
export async function runStaticChecks(): Promise<Outcome> {
  const results = await Promise.all(CHECKS.map(runCheck));
  const failed = results.filter((result) => !result.passed).map((result) => `check:static: ${result.name}`);
  return { passed: results.length - failed.length, failed, skipped: [] };
}

async function runCheck(check: Check): Promise<{ readonly name: string; readonly passed: boolean }> {
  const startedAt = performance.now();
  const { exitCode, output } = await runNode(check.args);
  const passed = exitCode === 0;
  const figure = check.figure?.exec(output)?.[0];
  const note = passed && figure !== undefined ? `  (${figure})` : '';
  console.log(`  ${mark(passed)} ${check.name}  ${seconds(performance.now() - startedAt)}${note}`);
  if (!passed) console.log(output.trimEnd().replaceAll(/^/gm, '      '));
  return { name: check.name, passed };
}

function runNode(
  args: readonly string[],
): Promise<{ readonly exitCode: number | null; readonly output: string }> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, args, {
      cwd: ROOT,
      env: { ...process.env, NO_COLOR: '1' },
      stdio: ['ignore', 'pipe', 'pipe'],
      timeout: DEADLINE_MS,
    });
    let output = '';
    const collect = (chunk: Buffer) => {
      output += chunk.toString();
    };
    child.stdout.on('data', collect);
    child.stderr.on('data', collect);
    child.on('error', reject);
    child.on('close', (exitCode, signal) => {
      resolve({ exitCode, output: signal === null ? output : `${output}\nstopped by ${signal}` });
    });
  });
}
