// What a phase of the test command came to, and the closing words about all of them.

export interface Outcome {
  readonly passed: number;
  /** By name. */
  readonly failed: readonly string[];
  readonly skipped: readonly Skip[];
}

export interface Skip {
  readonly name: string;
  readonly because: string;
}

export function addUp(outcomes: readonly Outcome[]): Outcome {
  return {
    passed: outcomes.reduce((sum, outcome) => sum + outcome.passed, 0),
    failed: outcomes.flatMap((outcome) => outcome.failed),
    skipped: outcomes.flatMap((outcome) => outcome.skipped),
  };
}

/** In CI a test that did not run is as bad as one that failed. */
export function isSuccess(outcome: Outcome, inCi: boolean): boolean {
  if (outcome.failed.length > 0 || outcome.passed === 0) return false;
  return !inCi || outcome.skipped.length === 0;
}

/** Ends with the line `N passed, N failed, N skipped`. */
export function closingWords(outcome: Outcome, inCi: boolean): string {
  const { passed, failed, skipped } = outcome;
  const title = inCi ? 'Skipped, which CI does not allow' : 'Skipped on this machine';
  const lines = [
    ...section('Failed', failed.map(indent)),
    ...section(title, skippedByReason(skipped)),
    '',
    `${passed} passed, ${failed.length} failed, ${skipped.length} skipped`,
  ];
  return lines.join('\n');
}

function skippedByReason(skipped: readonly Skip[]): readonly string[] {
  const byReason = Map.groupBy(skipped, (skip) => skip.because);
  return [...byReason].flatMap(([because, skips]) => [
    indent(because),
    ...skips.map((skip) => indent(indent(skip.name))),
  ]);
}

function section(title: string, lines: readonly string[]): readonly string[] {
  return lines.length === 0 ? [] : ['', `${title}:`, ...lines];
}

const indent = (line: string): string => `  ${line}`;
