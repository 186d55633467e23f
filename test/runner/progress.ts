// Tells how a run of tests goes on: a line for each file, with what its tests print and why they fail
// right below it. Where single tests take long, each gets a line as well.

import { stripVTControlCharacters } from 'node:util';
import type { Reporter, TestCase, TestModule, TestProject, Vitest } from 'vitest/node';
import { faint, mark, seconds } from './terminal.ts';

export class Progress implements Reporter {
  readonly #linePerTest: boolean;
  readonly #printed = new Map<string, string[]>();
  #vitest: Vitest | null = null;

  constructor(options: { readonly linePerTest: boolean }) {
    this.#linePerTest = options.linePerTest;
  }

  /** To be called before the run: it prints the errors. */
  attach(vitest: Vitest): void {
    this.#vitest = vitest;
  }

  onUserConsoleLog(log: { readonly content: string; readonly taskId?: string }): void {
    const file = log.taskId?.split('_')[0] ?? '';
    const lines = this.#printed.get(file) ?? [];
    lines.push(log.content.trimEnd());
    this.#printed.set(file, lines);
  }

  onTestModuleStart(module: TestModule): void {
    if (this.#linePerTest) console.log(`  ${module.relativeModuleId}`);
  }

  onTestCaseResult(test: TestCase): void {
    if (!this.#linePerTest) return;
    const { state } = test.result();
    const sign = state === 'skipped' ? '-' : mark(state === 'passed');
    console.log(`    ${sign} ${test.fullName}  ${faint(seconds(test.diagnostic()?.duration ?? 0))}`);
  }

  onTestModuleEnd(module: TestModule): void {
    const tests = [...module.children.allTests()];
    const time = faint(seconds(module.diagnostic().duration));
    console.log(`  ${mark(module.ok())} ${module.relativeModuleId}  ${tests.length} tests  ${time}`);
    const printed = this.#printed.get(module.id)?.join('\n');
    if (printed !== undefined) console.log(faint(printed.replaceAll(/^/gm, '      ')));
    this.#printErrors(module);
  }

  #printErrors(module: TestModule): void {
    const suites = [...module.children.allSuites()];
    const tests = [...module.children.allTests()];
    const owners = [
      { name: module.relativeModuleId, errors: module.errors() },
      ...suites.map((suite) => ({ name: suite.fullName, errors: suite.errors() })),
      ...tests.map((test) => ({ name: test.fullName, errors: test.result().errors ?? [] })),
    ];
    for (const { name, errors } of owners) {
      if (errors.length > 0) console.log(`\n    ${mark(false)} ${name}`);
      for (const error of errors) this.#printError(error, module.project);
    }
  }

  /** Errors that belong to no test, such as a promise that was rejected unheard. */
  printUnhandled(errors: readonly unknown[]): void {
    for (const error of errors) {
      console.log(`\n    ${mark(false)} outside of any test`);
      this.#printError(error);
    }
  }

  /** vitest colours its errors on its own terms; ours are: on a terminal. */
  #printError(error: unknown, project?: TestProject): void {
    const text =
      this.#vitest?.logger.formatError(error, project === undefined ? {} : { project }).output ?? '';
    console.log(process.stdout.isTTY ? text : stripVTControlCharacters(text));
  }
}
