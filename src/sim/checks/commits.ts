// Which commit comes into force is decided by what people committed: none that is broken, and none that was
// forced upon the branch, empties it or removes much, unless a person approved it. Nor is a harmless one held
// back (I8).

import type { CommitSha } from '../../kernel/ids.ts';
import type { World } from '../world/world.ts';
import type { Check } from './check.ts';
import type { Ledger, Written } from './ledger.ts';
import { Violation } from './violation.ts';

export class Commits implements Check {
  readonly #world: World;
  readonly #ledger: Ledger;
  /** What people ever approved, whichever disk remembers it. */
  readonly #given = new Set<string>();
  /** What is approved and not in force yet, as the disk has it. */
  #approved: string | null = null;
  #accepted: string | null = null;
  #held: string | null = null;
  #generation = 0;

  constructor(world: World, ledger: Ledger) {
    this.#world = world;
    this.#ledger = ledger;
    this.#remember();
  }

  afterEvent(): void {
    if (this.#generation === this.#ledger.generation) return;
    // Another disk: what it knows of approvals and of what is in force counts from here.
    this.#remember();
  }

  durable({ keys, entries }: Written): void {
    const source = this.#world.serviceSource;
    if (!keys.includes(`source/${source}`)) return;
    const isApproval = entries.some(({ event, object }) => event === 'command/approve' && object === source);
    if (isApproval && this.#held !== null) this.#given.add(this.#held);
    const accepted = this.#ledger.source?.accepted ?? null;
    const held = this.#ledger.source?.held?.commit ?? null;
    if (accepted !== null && accepted !== this.#accepted) this.#mustBeAcceptable(accepted);
    if (held !== null && held !== this.#held && this.#whyHeld(held) === null)
      throw new Violation('I8', `commit ${held.slice(0, 7)} is held, and there is nothing wrong with it`);
    this.#remember();
  }

  #remember(): void {
    this.#generation = this.#ledger.generation;
    this.#accepted = this.#ledger.source?.accepted ?? null;
    this.#held = this.#ledger.source?.held?.commit ?? null;
    this.#approved = this.#ledger.source?.approved ?? null;
  }

  #mustBeAcceptable(accepted: string): void {
    const commit = known(this.#world, accepted);
    if (commit === null) throw new Violation('I7', `${accepted} is accepted, which nobody committed`);
    const name = accepted.slice(0, 7);
    if (this.#world.shops.get(commit)?.broken === true)
      throw new Violation('I8', `commit ${name} is accepted, and it is broken`);
    const isApproved = accepted === this.#approved && this.#given.has(accepted);
    const why = isApproved ? null : this.#whyHeld(accepted);
    if (why !== null) throw new Violation('I8', `commit ${name} is accepted without approval: ${why}`);
  }

  /** Why a person has to approve it. */
  #whyHeld(text: string): string | null {
    const to = known(this.#world, text);
    const from = this.#accepted === null ? null : known(this.#world, this.#accepted);
    const next = to === null ? undefined : this.#world.shops.get(to);
    const before = from === null ? undefined : this.#world.shops.get(from);
    if (to === null || from === null || next === undefined || before === undefined) return null;
    if (!this.#world.repository.isAncestor(from, to)) return 'it does not descend from what is in force';
    if (next.isEmpty) return 'it has no manifests';
    // Of a shop that is split namespaces are another source's.
    const { otherNamespace } = before;
    if (before.isSplit !== true && otherNamespace !== undefined && next.otherNamespace !== otherNamespace)
      return 'it removes a namespace';
    const removed = [...before.services.keys()].filter((name) => !next.services.has(name)).length;
    return this.#isMuch(removed, before.services.size) ? 'it removes many services' : null;
  }

  #isMuch(removed: number, all: number): boolean {
    const { percent, min } = this.#world.governor;
    return removed >= min && removed * 100 > all * percent;
  }
}

function known(world: World, text: string): CommitSha | null {
  for (const commit of world.shops.keys()) if (commit === text) return commit;
  return null;
}
