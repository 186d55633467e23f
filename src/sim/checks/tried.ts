// Replicas of revisions that were being tried, when something else began: no request is led to them any more, so their
// service does not have them, and whoever stops them takes nothing away.

import { LABEL } from '../../kernel/owner.ts';
import type { Ledger } from './ledger.ts';
import type { OwnPlace } from './scene.ts';

export class Tried {
  readonly #ledger: Ledger;

  constructor(ledger: Ledger) {
    this.#ledger = ledger;
  }

  has({ container, service }: OwnPlace): boolean {
    const rollout = this.#ledger.service(service)?.rollout ?? null;
    const canary = rollout?.canary ?? null;
    if (rollout === null || canary === null) return false;
    const revision = container.made.labels[LABEL.revision];
    if (canary.beside.some((known) => known === revision)) return false;
    return revision !== rollout.to || (rollout.phase === 'rollingBack' && !canary.isOver);
  }
}
