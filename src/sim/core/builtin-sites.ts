// The functions of Node's built-in modules by which a simulation could reach files, sockets, names,
// processes, threads, timers and chance. The modules are taken hold of here, to be trapped, and imported
// nowhere in this room: no file of the simulator can use them.

import type { TrapSite } from './trap-site.ts';

const STANDARD_OUTPUT = 1;
const STANDARD_ERROR = 2;

/** Where its output is a file, `console` writes by `fs`: what a run prints is no part of the world. */
const isConsole = ([fd]: readonly unknown[]): boolean => fd === STANDARD_OUTPUT || fd === STANDARD_ERROR;
const CONSOLE_WRITES: ReadonlySet<string> = new Set(['write', 'writeSync', 'writev', 'writevSync']);

function functionsOf(owner: object, module: string, isMeant: (key: string) => boolean): TrapSite[] {
  return Object.getOwnPropertyNames(owner)
    .filter((key) => isMeant(key) && typeof Reflect.get(owner, key) === 'function')
    .map((key) => ({ owner, key, name: `${module}.${key}` }));
}

/** Neither a class nor internal. */
const isFunctionName = (key: string): boolean => /^[a-z]/.test(key);
const named =
  (...keys: readonly string[]) =>
  (key: string): boolean =>
    keys.includes(key);
const asksForNames = (key: string): boolean => /^(lookup|resolve|reverse)/.test(key);

function fileSites(): readonly TrapSite[] {
  const fs = process.getBuiltinModule('node:fs');
  return [
    ...functionsOf(fs, 'fs', isFunctionName).map((site) =>
      CONSOLE_WRITES.has(site.key) ? { ...site, passes: isConsole } : site,
    ),
    ...functionsOf(fs.promises, 'fs.promises', isFunctionName),
  ];
}

function networkSites(): readonly TrapSite[] {
  const net = process.getBuiltinModule('node:net');
  const dgram = process.getBuiltinModule('node:dgram');
  const dns = process.getBuiltinModule('node:dns');
  const requests = named('request', 'get');
  return [
    // Every connection, TLS and HTTP/2 included, goes through this one.
    { owner: net.Socket.prototype, key: 'connect', name: 'net.connect' },
    { owner: net.Server.prototype, key: 'listen', name: 'net.Server.listen' },
    ...functionsOf(
      dgram.Socket.prototype,
      'dgram.Socket',
      named('bind', 'bindSync', 'connect', 'connectSync', 'send', 'sendto'),
    ),
    // A connection that is kept alive would be used again without being opened.
    ...functionsOf(process.getBuiltinModule('node:http'), 'http', requests),
    ...functionsOf(process.getBuiltinModule('node:https'), 'https', requests),
    ...functionsOf(dns, 'dns', asksForNames),
    ...functionsOf(dns.promises, 'dns.promises', asksForNames),
    ...functionsOf(dns.Resolver.prototype, 'dns.Resolver', asksForNames),
    ...functionsOf(dns.promises.Resolver.prototype, 'dns.promises.Resolver', asksForNames),
  ];
}

function processSites(): readonly TrapSite[] {
  const childProcess = process.getBuiltinModule('node:child_process');
  const threads = process.getBuiltinModule('node:worker_threads');
  return [
    ...functionsOf(childProcess, 'child_process', isFunctionName),
    ...functionsOf(childProcess.ChildProcess.prototype, 'child_process.ChildProcess', named('spawn')),
    { owner: threads, key: 'Worker', name: 'new Worker' },
    { owner: process, key: 'uptime', name: 'process.uptime' },
  ];
}

function timeAndChanceSites(): readonly TrapSite[] {
  const timers = process.getBuiltinModule('node:timers');
  const timersPromises = process.getBuiltinModule('node:timers/promises');
  const waits = named('setTimeout', 'setInterval');
  return [
    ...functionsOf(timers, 'timers', waits),
    ...functionsOf(timersPromises, 'timers/promises', waits),
    { owner: timersPromises.scheduler, key: 'wait', name: 'timers/promises.scheduler.wait' },
    ...functionsOf(process.getBuiltinModule('node:crypto'), 'crypto', (key) =>
      /^(random|generate(Key|Prime))/.test(key),
    ),
  ];
}

/** All of them; a call loads the modules that they belong to. */
export const builtinSites = (): readonly TrapSite[] => [
  ...fileSites(),
  ...networkSites(),
  ...processSites(),
  ...timeAndChanceSites(),
];
