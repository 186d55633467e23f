// Revisions that are to fail: what their containers do instead of what a good image does.

import type { DesiredService } from '../../desired/desired.ts';
import { LABEL, type Labels } from '../../kernel/owner.ts';
import { formatDuration } from '../../kernel/time.ts';
import type { Behaviour } from '../engine/behaviour.ts';
import { isChecked } from './rules.ts';

/** For a service that nobody checks, failing means to end. */
const ENDS_AFTER_MS = 1_000;

/** In words, for the notes. */
export const failureOf = (service: DesiredService): string =>
  isChecked(service)
    ? 'never passes its checks'
    : `ends with code 1 ${formatDuration(ENDS_AFTER_MS)} after every start, as it has no check`;

export class FailingServices {
  /** By `namespace/name`. */
  readonly #services: ReadonlyMap<string, DesiredService>;
  /** Revisions that were there before the commit: they go on as they did. Null: the commit has not come. */
  #known: ReadonlySet<string> | null = null;

  constructor(services: ReadonlyMap<string, DesiredService>) {
    this.#services = services;
  }

  /** From now on revisions other than these fail. */
  begin(known: ReadonlySet<string>): void {
    this.#known = known;
  }

  behaviour(image: Behaviour, labels: Labels): Behaviour {
    const key = `${labels[LABEL.namespace]}/${labels[LABEL.service]}`;
    const service = this.#services.get(key);
    if (service === undefined || this.#known === null) return image;
    if (this.#known.has(labels[LABEL.revision] ?? '')) return image;
    return isChecked(service)
      ? { ...image, startupMs: Number.POSITIVE_INFINITY }
      : { ...image, exits: { afterMs: ENDS_AFTER_MS, code: 1 } };
  }
}
