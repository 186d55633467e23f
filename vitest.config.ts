// Four groups of tests: `architecture` reads the sources (part of check:static), `unit` runs them,
// `lab` runs them against real engines, and `lab-alone` those among these that judge how long answers take.
// Nothing is ever retried: a test that fails now and then has
// found something.

import { defineConfig } from 'vitest/config';

const LAB = 'test/**/*.lab.test.ts';
const ARCHITECTURE = 'test/architecture/**/*.test.ts';
/** Whatever else the machine does is in the latencies, and in what is concluded from them. */
const LAB_ALONE = ['test/system/canary.lab.test.ts'];
const LAB_DEADLINE_MS = 120_000;

const lab = {
  // Processes of their own: engines and network namespaces are reached by child processes, and
  // what a test asserts about time must not wait for another file.
  pool: 'forks',
  setupFiles: 'test/runner/let-hooks-end.ts',
  retry: 0,
  testTimeout: LAB_DEADLINE_MS,
  hookTimeout: LAB_DEADLINE_MS,
} as const;

export default defineConfig({
  test: {
    allowOnly: false,
    projects: [
      { test: { name: 'architecture', include: [ARCHITECTURE], pool: 'threads', retry: 0 } },
      {
        test: {
          name: 'unit',
          include: ['test/**/*.test.ts'],
          exclude: [LAB, ARCHITECTURE],
          pool: 'threads',
          // By default one core of two stays idle.
          maxWorkers: '100%',
          retry: 0,
          testTimeout: 10_000,
          hookTimeout: 10_000,
        },
      },
      {
        test: {
          ...lab,
          name: 'lab',
          include: [LAB],
          exclude: LAB_ALONE,
          // Each file has a lab of its own, and waits for its engines two thirds of the time.
          maxWorkers: 2,
          sequence: { groupOrder: 1 },
        },
      },
      {
        test: { ...lab, name: 'lab-alone', include: LAB_ALONE, maxWorkers: 1, sequence: { groupOrder: 2 } },
      },
    ],
  },
});
