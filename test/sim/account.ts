// Tells what a run of many seeds came to: counts of every fault and effect, since what never happened was
// not tested, what cannot be tested yet, and the figures.

import { BALANCER_FAULT_KINDS, FAULT_KINDS, type FaultKind, NOT_YET } from '../../src/sim/faults/fault.ts';
import { EFFECT_KINDS } from '../../src/sim/link/observer.ts';
import type { SeedsReport } from './seeds.ts';

/** Below this number of worlds a rare thing may be missing by chance. */
const ENOUGH_WORLDS = 200;

/** Faults and effects that should have happened and did not. */
export function missingFrom(report: SeedsReport, kinds: readonly FaultKind[] | null): readonly string[] {
  const faults = (kinds ?? FAULT_KINDS).map((kind) => `fault ${kind}`);
  const effects = kinds === null ? EFFECT_KINDS.map((kind) => `effect ${kind}`) : [];
  if (report.worlds < ENOUGH_WORLDS) return [];
  // A fault that found no load balancer has struck nothing.
  const struck = BALANCER_FAULT_KINDS.filter((kind) => kinds === null || kinds.includes(kind));
  const requests = kinds === null ? ['request answered'] : [];
  return [...faults, ...struck.map((kind) => `struck ${kind}`), ...effects, ...requests].filter(
    (name) => (report.counts.get(name) ?? 0) === 0,
  );
}

/** What the first word of a name counts; the empty one: all names without any of these words. */
const GROUPS = [
  ['fault', 'faults that fell'],
  ['', 'what some of them led to'],
  ['effect', 'changes that were sent to hosts'],
  ['link', 'what became of messages on the wire, connections and answers'],
  ['request', 'requests from service to service, by how they ended'],
  ['asked', 'what the controller asked hosts, the Git server and registries'],
  ['said', 'what the controller told people'],
  ['store', 'writes of the store, at each stage that they came to'],
] as const;

function groupOf(name: string): string {
  const [word] = name.split(' ');
  return GROUPS.find(([first]) => first === word)?.[0] ?? '';
}

export function tellCounts(report: SeedsReport): string {
  const counts = [...report.counts].sort(([a], [b]) => (a < b ? -1 : 1));
  const groups = Map.groupBy(counts, ([name]) => groupOf(name));
  const told = GROUPS.flatMap(([first, title]) => {
    const lines = groups.get(first)?.map(([name, count]) => `${String(count).padStart(10)}  ${name}`);
    return lines === undefined ? [] : [[`${title}:`, ...lines].join('\n')];
  });
  const notYet = Object.entries(NOT_YET).map(([name, why]) => `            ${name}: ${why}`);
  return [...told, ['faults that cannot happen yet:', ...notYet].join('\n')].join('\n\n');
}

export function tellFigures(report: SeedsReport): string {
  const { worlds, events, faults, tookMs, repeated, unequal } = report;
  const tookS = tookMs / 1_000;
  const same = repeated - unequal.length;
  return [
    `${worlds} worlds in ${tookS.toFixed(1)} s: ${(worlds / tookS).toFixed(1)} worlds and ${(events / tookS).toFixed(0)} events per second`,
    `${(faults / worlds).toFixed(1)} faults per world; ${same} of ${repeated} repeated worlds were the same, event by event`,
  ].join('\n');
}
