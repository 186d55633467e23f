// Single looks at a host: at one container, at one list. Those who ask for the same thing at the same time
// share one look, and each answer is numbered by when it was asked for.

import pLimit from 'p-limit';
import type { ObservedContainer } from '../observed/report.ts';
import type { Host } from '../ports/host.ts';
import type { LookOrder } from './look-order.ts';
import { type ListedObjects, listObjects, type ObjectList } from './object-lists.ts';

export interface LooksOptions {
  readonly host: Host;
  readonly order: LookOrder;
  readonly deadlineMs: number;
  /** Null: it is not there. */
  readonly onContainer: (idOrName: string, container: ObservedContainer | null, asked: number) => void;
  readonly onObjects: (objects: ListedObjects) => void;
}

const INSPECTS_AT_ONCE = 8;

type Begin = () => Promise<void>;

/** One look for all who ask for it before it begins, which is when `schedule` says. */
function shared(
  pending: Map<string, Promise<void>>,
  what: string,
  schedule: (begin: Begin) => Promise<void>,
  look: Begin,
): Promise<void> {
  const known = pending.get(what);
  if (known !== undefined) return known;
  const asked = schedule(() => {
    pending.delete(what);
    return look();
  });
  pending.set(what, asked);
  return asked;
}

export class Looks {
  readonly #options: LooksOptions;
  readonly #inspects = pLimit(INSPECTS_AT_ONCE);
  readonly #pendingInspects = new Map<string, Promise<void>>();
  readonly #pendingLists = new Map<string, Promise<void>>();

  constructor(options: LooksOptions) {
    this.#options = options;
  }

  /** Events come in bursts: a look that has not begun yet serves all who asked for it. Rejects where it fails. */
  inspect(idOrName: string): Promise<void> {
    return shared(this.#pendingInspects, idOrName, this.#inspects, () => this.#inspectNow(idOrName));
  }

  async #inspectNow(idOrName: string): Promise<void> {
    const { host, order, deadlineMs, onContainer } = this.#options;
    for (;;) {
      const asked = order.ask();
      const container = await host.inspectContainer(idOrName, { deadlineMs }).catch((error: unknown) => {
        order.miss(idOrName);
        throw error;
      });
      // A list shows little: of what else the two tell nobody knows which is newer.
      if (container !== null && order.isListedSince(container.id, asked)) continue;
      onContainer(idOrName, container, asked);
      return;
    }
  }

  /** One turn of the event loop gathers a burst. Rejects where it fails. */
  list(what: ObjectList): Promise<void> {
    const nextTurn = (begin: Begin) => Promise.resolve().then(begin);
    return shared(this.#pendingLists, what, nextTurn, () => this.#listNow(what));
  }

  async #listNow(what: ObjectList): Promise<void> {
    const { host, order, deadlineMs, onObjects } = this.#options;
    const asked = order.ask();
    const objects = await listObjects(host, what, { deadlineMs });
    if (order.take(what, asked)) onObjects(objects);
  }
}
