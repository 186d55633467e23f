// One controller at a time, and nothing done that is not written down: leases, fences, holds.

import type { Planted } from './planted.ts';

export const STORE: readonly Planted[] = [
  {
    id: 'plays-without-lease',
    file: 'src/executor/executor.ts',
    text: 'if (!mayPlay()) return { tookMs: 0, problem: leaseEnded().problem };',
    replacement: '',
    thought: 'The lease was asked for when the plan was made.',
  },
  {
    id: 'unfenced-writes',
    file: 'src/loop/fenced-store.ts',
    text: `        audit.map((entry) => ({ ...entry, at })),
        held,`,
    replacement: '        audit.map((entry) => ({ ...entry, at })),',
    thought: 'Whoever holds the lease may write; the store need not look again.',
  },
  {
    id: 'ignores-new-epoch',
    file: 'src/loop/lease.ts',
    text: 'if (before !== null && asked.value.epoch !== before.epoch) return this.#passedOn(asked.value);',
    replacement: '',
    thought: 'A lease that was given again is the lease that was held.',
  },
  {
    id: 'plays-before-saving',
    file: 'src/loop/pass.ts',
    text: '  const saved = await parts.keeper.save(\n    plan,',
    replacement: '  parts.executor.play(fresh);\n  const saved = await parts.keeper.save(\n    plan,',
    thought: 'The hosts are slow: let them begin while the store writes.',
  },
  {
    id: 'remembers-what-was-not-written',
    file: 'src/loop/memory-keeper.ts',
    text: `    if (writes.length === 0 && audit.length === 0) return ok(undefined);
    const written = await this.#store.write(writes, audit);
    if (!written.ok) return written;`,
    replacement: `    if (writes.length === 0 && audit.length === 0) return ok(undefined);
    await this.#store.write(writes, audit);`,
    thought: 'The store takes what it is given.',
  },
  {
    id: 'hold-lost-by-restart',
    file: 'src/loop/rebuilt-store.ts',
    text: 'else if (hold !== null) this.#reason = hold.value;',
    replacement: '',
    thought: 'Why nothing may be done is known from the look at the hosts.',
  },
  {
    id: 'rebuilt-store-acts',
    file: 'src/loop/rebuilt-store.ts',
    text: 'if (reason !== null) this.#hold(reason);',
    replacement: '',
    thought: 'Containers that were adopted are known again: the work can go on.',
  },
];
