// Runs one project of vitest.config.ts and counts honestly: a file without tests, an error outside of
// any test, a test that a failed hook kept from running, and a test that needed a second attempt are
// failures; what was skipped is named.

import { inspect, stripVTControlCharacters } from 'node:util';
import { createVitest, type TestCase, type TestModule, type Vitest } from 'vitest/node';
import type { Outcome, Skip } from './outcome.ts';
import { Progress } from './progress.ts';

const REASON_LENGTH = 300;

export interface ProjectRun {
  readonly root: string;
  /** As in vitest.config.ts. */
  readonly project: string;
  readonly linePerTest: boolean;
  readonly interruption: AbortSignal;
}

export async function runProject(run: ProjectRun): Promise<Outcome> {
  return withVitest(run, async (vitest, progress) => {
    const specifications = await vitest.globTestSpecifications();
    if (specifications.length === 0) return noFiles(run);
    // Lets the tests under way and their hooks end.
    run.interruption.addEventListener('abort', () => void vitest.cancelCurrentRun('keyboard-input'));
    const { testModules, unhandledErrors } = await vitest.runTestSpecifications(specifications, true);
    progress.printUnhandled(unhandledErrors);
    const unhandled = unhandledErrors.map(
      (error) => `${run.project}: outside of any test: ${messageOf(error)}`,
    );
    const tests = testModules.flatMap((module) => [...module.children.allTests()]);
    return {
      passed: tests.filter(hasPassed).length,
      failed: [
        ...testModules.flatMap(failuresOutsideOfTests),
        ...tests.filter(hasFailed).map(failureOf),
        ...unhandled,
        ...(run.interruption.aborted ? [`${run.project}: interrupted`] : []),
      ],
      skipped: tests.filter(isSkipped).map(skipOf),
    };
  });
}

/** Names the tests that are not run, by reading the files without loading them. */
export async function skipProject(run: ProjectRun, because: string): Promise<Outcome> {
  return withVitest(run, async (vitest) => {
    const specifications = await vitest.globTestSpecifications();
    if (specifications.length === 0) return noFiles(run);
    const modules = await vitest.parseSpecifications(specifications);
    const tests = modules.flatMap((module) => [...module.children.allTests()]);
    return { passed: 0, failed: [], skipped: tests.map((test) => ({ name: nameOf(test), because })) };
  });
}

const SIGNALS = ['SIGINT', 'SIGTERM'] as const;

/**
 * vitest ends the process a millisecond after a signal, before any hook has cleared up. The returned
 * function takes away the listeners that were added since.
 */
function keepSignalListeners(): () => void {
  const before = new Map(SIGNALS.map((signal) => [signal, process.listeners(signal)]));
  return () => {
    for (const [signal, known] of before) {
      const added = process.listeners(signal).filter((listener) => !known.includes(listener));
      for (const listener of added) process.off(signal, listener);
    }
  };
}

async function withVitest<T>(
  run: ProjectRun,
  use: (vitest: Vitest, progress: Progress) => Promise<T>,
): Promise<T> {
  const progress = new Progress({ linePerTest: run.linePerTest });
  const restoreSignals = keepSignalListeners();
  const vitest = await createVitest(
    { root: run.root, project: [run.project], watch: false, reporters: [progress] },
    {},
    // One stream, so that an error stands below the line of its file.
    { stderr: process.stdout },
  );
  restoreSignals();
  progress.attach(vitest);
  try {
    return await use(vitest, progress);
  } finally {
    await vitest.close();
  }
}

const noFiles = (run: ProjectRun): Outcome => ({
  passed: 0,
  failed: [`${run.project}: there are no test files`],
  skipped: [],
});

/** Errors arrive from the workers as plain objects without a prototype. */
function messageOf(error: unknown): string {
  return typeof error === 'object' && error !== null && 'message' in error
    ? String(error.message)
    : inspect(error);
}

const nameOf = (test: TestCase): string => `${test.module.relativeModuleId} > ${test.fullName}`;

/** With the beginning of the reason: where a long output is cut off, its end says what to look for. */
function failureOf(test: TestCase): string {
  const [error] = test.result().errors ?? [];
  const reason = error === undefined ? '' : `: ${oneLine(messageOf(error)).slice(0, REASON_LENGTH)}`;
  return `${nameOf(test)}${reason}`;
}

const oneLine = (text: string): string => stripVTControlCharacters(text).replaceAll(/\s+/g, ' ').trim();

const wasRetried = (test: TestCase): boolean => (test.diagnostic()?.retryCount ?? 0) > 0;

const hasPassed = (test: TestCase): boolean => test.result().state === 'passed' && !wasRetried(test);

const isSkipped = (test: TestCase): boolean => test.result().state === 'skipped' && !wasKeptFromRunning(test);

const hasFailed = (test: TestCase): boolean => !hasPassed(test) && !isSkipped(test);

/** Nobody asked to skip it, and yet it did not run: a hook before it failed. */
function wasKeptFromRunning(test: TestCase): boolean {
  const result = test.result();
  return (
    result.state === 'skipped' &&
    test.options.mode === 'run' &&
    result.note === undefined &&
    !test.module.ok()
  );
}

function skipOf(test: TestCase): Skip {
  const result = test.result();
  const note = result.state === 'skipped' ? result.note : undefined;
  const unexplained =
    test.options.mode === 'todo' ? 'is not written yet' : 'its file says so without a reason';
  return { name: nameOf(test), because: note ?? unexplained };
}

function failuresOutsideOfTests(module: TestModule): readonly string[] {
  const suites = [...module.children.allSuites()].filter((suite) => suite.errors().length > 0);
  const broken = suites.map((suite) => `${module.relativeModuleId} > ${suite.fullName}`);
  const hasTests = !module.children.allTests().next().done;
  if (module.errors().length > 0) return [module.relativeModuleId, ...broken];
  return hasTests ? broken : [`${module.relativeModuleId}: has no tests`, ...broken];
}
