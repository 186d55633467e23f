// Warnings about commits are told once: again only where the service that they are about was changed.

import type { Desired } from '../desired/desired.ts';
import type { Problem, Span } from '../kernel/errors.ts';

/** The spec of the service that stands at this place: the last one in the file that begins before it. */
function specAt(desired: Desired, span: Span): string {
  let found: { readonly line: number; readonly specHash: string } | null = null;
  for (const service of desired.services.values()) {
    if (service.span?.file !== span.file || service.span.line > span.line) continue;
    if (found === null || service.span.line > found.line)
      found = { line: service.span.line, specHash: service.specHash };
  }
  return found?.specHash ?? '';
}

/** Lines move when something above them changes: a warning is known by what it says and of which spec. */
const markOf = (desired: Desired, { code, message, span }: Problem): string =>
  JSON.stringify([code, message, span?.file ?? '', span === undefined ? '' : specAt(desired, span)]);

export class ToldWarnings {
  #told: ReadonlySet<string> = new Set();

  /** Of the warnings about all that is now wanted, those that were not told of what was wanted before. */
  fresh(desired: Desired, warnings: readonly Problem[]): readonly Problem[] {
    const before = this.#told;
    const marks = warnings.map((warning) => markOf(desired, warning));
    this.#told = new Set(marks);
    return warnings.filter((_, at) => !before.has(marks[at] ?? ''));
  }
}
