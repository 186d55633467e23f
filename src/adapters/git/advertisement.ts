// Reads one ref out of a server's ref advertisement: what a poll of an unchanged source costs.

import { PlimsollError, type Problem, problem } from '../../kernel/errors.ts';
import { err, ok, type Result } from '../../kernel/result.ts';
import { readPktLines } from './pkt-line.ts';
import { firstLine } from './text.ts';

const NO_REFS = `${'0'.repeat(40)} capabilities^{}`;

/**
 * The object id behind `refName` in a smart-HTTP advertisement (of an annotated tag: the tag object).
 * `source/empty` where the repository has no refs, `source/not-found` where it lacks this one,
 * `source/unsupported` where its object names are not SHA-1.
 */
export function findAdvertisedRef(
  advertisement: Buffer,
  refName: string,
  where: string,
): Result<string, Problem> {
  let refs = 0;
  for (const line of readPktLines(advertisement)) {
    if (line === null || line.startsWith('# service=')) continue;
    if (line.startsWith('ERR ')) {
      throw new PlimsollError(
        problem('source/not-found', `${where} answers: ${firstLine(line.slice('ERR '.length))}`),
      );
    }
    const [ref = '', capabilities = ''] = line.split('\0', 2);
    if (/(^| )object-format=(?!sha1( |$))/.test(capabilities)) {
      return err(problem('source/unsupported', `${where} does not use SHA-1 object names`));
    }
    if (ref === NO_REFS) continue;
    refs += 1;
    const separator = ref.indexOf(' ');
    if (ref.slice(separator + 1) === refName) return objectId(ref.slice(0, separator), where);
  }
  return err(
    refs === 0
      ? problem('source/empty', `${where} has no commits yet`, { hint: 'Push a first commit.' })
      : problem('source/not-found', `${where} has no ${refName}`),
  );
}

function objectId(text: string, where: string): Result<string, Problem> {
  if (/^[0-9a-f]{40}$/.test(text)) return ok(text);
  return err(problem('source/not-found', `${where} does not answer as a Git server`));
}
