// What rollouts leave behind on the disk: they are numbered one by one, each that has ended has a record that
// stays as it is, and each comes from a commit that was in force (I7).

import type { ServiceMemory } from '../../rollout/memory.ts';
import type { Check } from './check.ts';
import type { InForce } from './in-force.ts';
import type { Ledger, ServiceChange, Written } from './ledger.ts';
import { Violation } from './violation.ts';

export class RolloutBook implements Check {
  readonly #ledger: Ledger;
  readonly #inForce: InForce;
  /** What is recorded of runs that have ended, by the key of the row. */
  readonly #records = new Map<string, string>();
  #generation: number;

  constructor(ledger: Ledger, inForce: InForce) {
    this.#ledger = ledger;
    this.#inForce = inForce;
    this.#generation = ledger.generation;
  }

  durable({ keys, services }: Written): void {
    // A disk that was lost or set back knows nothing, or less.
    if (this.#generation !== this.#ledger.generation) this.#records.clear();
    this.#generation = this.#ledger.generation;
    for (const key of keys) if (key.startsWith('deployment/')) this.#mustStay(key);
    for (const change of services) if (change.after !== null) this.#look(change, change.after);
  }

  /** A record may go once it is old, and is never written over. */
  #mustStay(key: string): void {
    const [was, is] = [this.#records.get(key), this.#ledger.record(key)];
    if (is === null) {
      this.#records.delete(key);
      return;
    }
    this.#records.set(key, is);
    if (was !== undefined && was !== is)
      throw new Violation('I10', `${key} of a run that has ended is written over`);
  }

  #look({ before }: ServiceChange, after: ServiceMemory): void {
    const [was, is] = [before?.rollout ?? null, after.rollout];
    const first = before?.sequence ?? 0;
    if (after.sequence < first || (is !== null && is.sequence !== after.sequence))
      throw new Violation(
        'I7',
        `${after.key} counts its runs from ${first} to ${after.sequence} (${is?.sequence ?? 'none'})`,
      );
    if (was?.sequence === is?.sequence && was?.endedAt === is?.endedAt && was?.phase === is?.phase) return;
    if (was !== null && is?.sequence === was.sequence && was.endedAt !== null)
      throw new Violation('I7', `run ${was.sequence} of ${after.key} had ended and is ${is.phase} now`);
    const last = is === null || is.endedAt !== null ? after.sequence : after.sequence - 1;
    for (
      let sequence = Math.max(1, was?.endedAt === null ? first : first + 1);
      sequence <= last;
      sequence += 1
    )
      if (!this.#ledger.hasRecord(sequence, after.key))
        throw new Violation('I7', `run ${sequence} of ${after.key} has ended, and nothing is recorded of it`);
    if (is !== null && is.sequence !== was?.sequence && is.commit !== null && !this.#inForce.has(is.commit))
      throw new Violation('I7', `run ${is.sequence} of ${after.key} is said to come from ${is.commit}`);
  }
}
