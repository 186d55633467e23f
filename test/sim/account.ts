// Tells what a run of many seeds came to: counts of every fault and effect, since what never happened was
// not tested, what cannot be tested yet, and the figures.

import { FAULT_KINDS, type FaultKind, NOT_YET } from '../../src/sim/faults/fault.ts';
import { EFFECT_KINDS } from '../../src/sim/link/observer.ts';
import type { SeedsReport } from './seeds.ts';

/** Below this number of worlds a rare thing may be missing by chance. */
const ENOUGH_WORLDS = 200;

/** Faults and effects that should have happened and did not. */
export function missingFrom(report: SeedsReport, kinds: readonly FaultKind[] | null): readonly string[] {
  const faults = (kinds ?? FAULT_KINDS).map((kind) => `fault ${kind}`);
  const effects = kinds === null ? EFFECT_KINDS.map((kind) => `effect ${kind}`) : [];
  if (report.worlds < ENOUGH_WORLDS) return [];
  return [...faults, ...effects].filter((name) => (report.counts.get(name) ?? 0) === 0);
}

export function tellCounts(report: SeedsReport): string {
  const lines = [...report.counts]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, count]) => `${String(count).padStart(10)}  ${name}`);
  const notYet = Object.entries(NOT_YET).map(([name, why]) => `   not yet  ${name}: ${why}`);
  return [...lines, ...notYet].join('\n');
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
