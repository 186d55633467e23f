// Inside a simulation nothing may ask the real world for time, chance or data, or wait for it: a run that did
// could not be repeated. While the traps are set such a call throws, naming itself. What remains is what
// hands on within one process: microtasks, `process.nextTick`, and `setImmediate`, by which the runner
// itself lets microtasks settle between two events.

import { syncBuiltinESMExports } from 'node:module';
import { builtinSites } from './builtin-sites.ts';
import type { TrapSite } from './trap-site.ts';

class TrapSprung extends Error {
  constructor(what: string) {
    super(
      `${what} was used inside a simulation: what comes from outside comes by a port (clock, random, host, …)`,
    );
    this.name = 'TrapSprung';
  }
}

/** A function and not an arrow: some of what it replaces is called with `new`. */
const trap = (what: string) =>
  function sprung(): never {
    throw new TrapSprung(what);
  };

function trappedDate(real: DateConstructor): DateConstructor {
  return new Proxy(real, {
    construct(target, args: unknown[], newTarget) {
      if (args.length === 0) throw new TrapSprung('new Date()');
      return Reflect.construct(target, args, newTarget);
    },
    apply: trap('Date()'),
    get: (target, key, receiver) => (key === 'now' ? trap('Date.now') : Reflect.get(target, key, receiver)),
  });
}

function globalSites(): readonly TrapSite[] {
  const temporal: unknown = Reflect.get(globalThis, 'Temporal');
  // Not there before Node 26.
  const temporalNow: unknown =
    typeof temporal === 'object' && temporal !== null ? Reflect.get(temporal, 'Now') : null;
  return [
    { owner: globalThis, key: 'setTimeout', name: 'setTimeout' },
    { owner: globalThis, key: 'setInterval', name: 'setInterval' },
    { owner: globalThis, key: 'fetch', name: 'fetch' },
    { owner: globalThis, key: 'WebSocket', name: 'WebSocket' },
    { owner: Math, key: 'random', name: 'Math.random' },
    { owner: performance, key: 'now', name: 'performance.now' },
    { owner: AbortSignal, key: 'timeout', name: 'AbortSignal.timeout' },
    { owner: crypto, key: 'randomUUID', name: 'crypto.randomUUID' },
    { owner: crypto, key: 'getRandomValues', name: 'crypto.getRandomValues' },
    ...(typeof temporalNow === 'object' && temporalNow !== null
      ? Object.getOwnPropertyNames(temporalNow).map((key) => ({
          owner: temporalNow,
          key,
          name: `Temporal.Now.${key}`,
        }))
      : []),
  ];
}

interface Replacement {
  readonly owner: object;
  readonly key: string;
  readonly value: unknown;
}

function replacementOf({ owner, key, name, passes }: TrapSite): Replacement {
  if (passes === undefined) return { owner, key, value: trap(name) };
  const real: unknown = Reflect.get(owner, key);
  const spring = trap(name);
  const value = (...args: readonly unknown[]): unknown =>
    passes(args) && typeof real === 'function' ? Reflect.apply(real, owner, args) : spring();
  return { owner, key, value };
}

function makeReplacements(): readonly Replacement[] {
  const hrtime = Object.assign(trap('process.hrtime'), { bigint: trap('process.hrtime.bigint') });
  return [
    { owner: globalThis, key: 'Date', value: trappedDate(Date) },
    { owner: process, key: 'hrtime', value: hrtime },
    ...[...globalSites(), ...builtinSites()].map(replacementOf),
  ];
}

/** Made once per process; setting and removing them takes a fraction of a millisecond. */
let replacements: readonly Replacement[] | null = null;
let worldsUnderWay = 0;
let restore: () => void = () => {};

function replaceAll(all: readonly Replacement[]): () => void {
  const before = all.map(({ owner, key }) => Object.getOwnPropertyDescriptor(owner, key));
  for (const { owner, key, value } of all)
    Object.defineProperty(owner, key, { value, configurable: true, writable: true, enumerable: true });
  // `import { readFile } from 'node:fs'` is a binding of its own, which follows the module only when told to.
  syncBuiltinESMExports();
  return () => {
    for (const [at, { owner, key }] of all.entries()) {
      const descriptor = before[at];
      if (descriptor === undefined) Reflect.deleteProperty(owner, key);
      else Object.defineProperty(owner, key, descriptor);
    }
    syncBuiltinESMExports();
  };
}

/** Sets the traps; the returned function removes them, once the last world that set them has ended. */
export function setTraps(): () => void {
  replacements ??= makeReplacements();
  if (worldsUnderWay === 0) restore = replaceAll(replacements);
  worldsUnderWay += 1;
  let isRemoved = false;
  return () => {
    if (isRemoved) return;
    isRemoved = true;
    worldsUnderWay -= 1;
    if (worldsUnderWay === 0) restore();
  };
}
