// The store as the loop writes it: every write is bound to the lease under which the controller acts. A
// pass that was under way while a successor took over (a suspended machine, a long stall) finds its write
// refused and therefore plays nothing, whatever its own clock says (fencing tokens, Kleppmann 2016).
// The audit is dated by the wall clock, since people read it.

import { problem } from '../kernel/errors.ts';
import { err } from '../kernel/result.ts';
import type { Clock } from '../ports/clock.ts';
import type { Lease, Store } from '../ports/store.ts';

export function fencedStore(store: Store, lease: () => Lease | null, wallClock: Clock): Store {
  return {
    get: (key) => store.get(key),
    list: (prefix) => store.list(prefix),
    watch: (prefix, callback) => store.watch(prefix, callback),
    audit: (query) => store.audit(query),
    acquireLease: (name, holder, ttlMs) => store.acquireLease(name, holder, ttlMs),
    releaseLease: (held) => store.releaseLease(held),
    close: () => store.close(),
    write: async (writes, audit = []) => {
      const held = lease();
      if (held === null) return err(problem('store/lease', 'this controller does not hold the lease'));
      const at = wallClock.now();
      return store.write(
        writes,
        audit.map((entry) => ({ ...entry, at })),
        held,
      );
    },
  };
}
