// Which version of the engine's API to speak: the newest that both sides know.

import { type Problem, problem } from '../../kernel/errors.ts';
import { err, ok, type Result } from '../../kernel/result.ts';

/** Docker 20.10. */
const OLDEST_API = '1.41';
/** The newest version whose answers this adapter has been written for. */
const NEWEST_API = '1.51';

function compareVersions(a: string, b: string): number {
  const [majorA = 0, minorA = 0] = a.split('.').map(Number);
  const [majorB = 0, minorB = 0] = b.split('.').map(Number);
  return majorA - majorB || minorA - minorB;
}

/** True where `version` is `minimum` or newer. */
const isAtLeast = (version: string, minimum: string): boolean => compareVersions(version, minimum) >= 0;

/** `newest` and `oldest` are what the engine says it speaks; the oldest is absent on very old engines. */
export function negotiateApiVersion(
  where: string,
  engine: { readonly newest: string; readonly oldest: string | undefined },
): Result<string, Problem> {
  if (!isAtLeast(engine.newest, OLDEST_API)) {
    return err(
      problem('host/api-version', `the engine of ${where} speaks API ${engine.newest} at most`, {
        hint: `Upgrade the engine to 20.10 or newer (API ${OLDEST_API}).`,
      }),
    );
  }
  if (engine.oldest !== undefined && !isAtLeast(NEWEST_API, engine.oldest)) {
    return err(
      problem('host/api-version', `the engine of ${where} speaks API ${engine.oldest} at least`, {
        hint: `Upgrade Plimsoll: this version speaks API ${NEWEST_API} at most.`,
      }),
    );
  }
  return ok(isAtLeast(engine.newest, NEWEST_API) ? NEWEST_API : engine.newest);
}
