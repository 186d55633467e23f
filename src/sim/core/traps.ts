// Inside a simulation nothing may ask the real world for time or chance, or wait for it: a run that did
// could not be repeated. While the traps are set such a call throws, naming itself.

class TrapSprung extends Error {
  constructor(what: string) {
    super(`${what} was used inside a simulation: ask the injected clock or random source instead`);
    this.name = 'TrapSprung';
  }
}

const trap = (what: string) => (): never => {
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

interface Trapped {
  readonly owner: object;
  readonly key: string;
  readonly replacement: unknown;
}

/**
 * Sets the traps; the returned function removes them. `setImmediate` stays: the runner itself uses it to let
 * microtasks settle between two events.
 */
export function setTraps(): () => void {
  const traps: readonly Trapped[] = [
    { owner: globalThis, key: 'Date', replacement: trappedDate(Date) },
    { owner: globalThis, key: 'setTimeout', replacement: trap('setTimeout') },
    { owner: globalThis, key: 'setInterval', replacement: trap('setInterval') },
    { owner: globalThis, key: 'fetch', replacement: trap('fetch') },
    { owner: Math, key: 'random', replacement: trap('Math.random') },
    { owner: performance, key: 'now', replacement: trap('performance.now') },
    { owner: AbortSignal, key: 'timeout', replacement: trap('AbortSignal.timeout') },
    { owner: crypto, key: 'randomUUID', replacement: trap('crypto.randomUUID') },
    { owner: crypto, key: 'getRandomValues', replacement: trap('crypto.getRandomValues') },
  ];
  const before = traps.map(({ owner, key }) => Object.getOwnPropertyDescriptor(owner, key));
  for (const { owner, key, replacement } of traps)
    Object.defineProperty(owner, key, { value: replacement, configurable: true, writable: true });
  return () => {
    for (const [at, { owner, key }] of traps.entries()) {
      const descriptor = before[at];
      if (descriptor === undefined) Reflect.deleteProperty(owner, key);
      else Object.defineProperty(owner, key, descriptor);
    }
  };
}
