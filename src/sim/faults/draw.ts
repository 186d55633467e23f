// Draws the story of a world: which faults, when. Every seed has its own favourites, and leaves some kinds
// out altogether, so that rare combinations get their worlds too (swarm testing, Groce et al. 2012).

import type { Random } from '../../ports/clock.ts';
import { between, chance, pick } from '../core/random.ts';
import { BALANCER_FAULT_KINDS, FAULT_KINDS, type Fault, type FaultKind, type PlannedFault } from './fault.ts';

const SECOND = 1_000;

export interface FaultDraw {
  readonly hosts: readonly string[];
  /** Faults fall between these moments. */
  readonly fromMs: number;
  readonly untilMs: number;
  /** At least and at most so many, commits included. */
  readonly count: readonly [number, number];
  /** Kinds that may be drawn; null: all. */
  readonly kinds: ReadonlySet<FaultKind> | null;
}

const spanMs = (random: Random, fromS: number, toS: number): number => between(random, fromS, toS) * SECOND;

/** How often a kind is drawn compared to the others. */
const WEIGHTS: Partial<Record<FaultKind, number>> = {
  commit: 8,
  crash: 3,
  crashAtEffect: 5,
  lossyHost: 3,
  hazyHost: 3,
  cut: 3,
  removesContainer: 2,
  exits: 2,
  storeLost: 0.5,
  storeRestored: 0.5,
  storeDamaged: 0.5,
  emptied: 0.5,
  suspendedAtEffect: 1.5,
  suspendedAtWrite: 1.5,
  sweepingCommit: 1.5,
};

function hostFault(random: Random, kind: FaultKind, host: string): Fault | null {
  const forMs = spanMs(random, 3, 60);
  switch (kind) {
    case 'cut':
      return { kind, host, way: pick(random, ['both', 'both', 'requests', 'answers'] as const), forMs };
    case 'flapping':
      return { kind, host, times: between(random, 2, 5), periodMs: spanMs(random, 2, 12) };
    case 'frozen':
    case 'hostDiskFull':
    case 'hazyHost':
    case 'lossyHost':
      return { kind, host, forMs };
    case 'daemonCrash':
      return { kind, host, downMs: spanMs(random, 1, 40), liveRestore: chance(random, 0.5) };
    case 'powerLoss':
      return { kind, host, downMs: spanMs(random, 10, 90) };
    case 'slowHost':
      return { kind, host, factor: between(random, 5, 50), forMs };
    default:
      return null;
  }
}

function controllerFault(random: Random, kind: FaultKind): Fault | null {
  const downMs = between(random, 200, 20_000);
  switch (kind) {
    case 'crash':
      return { kind, downMs };
    case 'crashAtEffect':
      return { kind, when: pick(random, ['before', 'unacknowledged', 'after'] as const), downMs };
    case 'crashTwice':
      return { kind, downMs, againMs: between(random, 50, 5_000) };
    case 'suspended':
      return { kind, forMs: spanMs(random, 5, 60) };
    case 'suspendedAtEffect': {
      const when = pick(random, ['unacknowledged', 'after'] as const);
      return { kind, when, forMs: spanMs(random, 20, 60), otherDies: chance(random, 0.5) };
    }
    case 'suspendedAtWrite': {
      const stage = pick(random, ['issued', 'durable'] as const);
      return { kind, stage, forMs: spanMs(random, 20, 60), otherDies: chance(random, 0.5) };
    }
    case 'clockJump':
      return { kind, byMs: pick(random, [3_600_000, -3_600_000, 86_400_000, -86_400_000]) };
    case 'diskFull':
    case 'storeDamaged':
      return { kind, forMs: spanMs(random, 2, 30) };
    case 'storeLost':
    case 'storeRestored':
      return { kind };
    default:
      return null;
  }
}

function sourceFault(random: Random, kind: FaultKind): Fault | null {
  switch (kind) {
    case 'branchDeleted':
    case 'emptied':
    case 'gitDown':
      return { kind, forMs: spanMs(random, 5, 60) };
    case 'syncStorm':
      return { kind, times: between(random, 5, 40) };
    case 'registryDown': {
      const how = pick(random, ['unreachable', 'rateLimit', 'auth'] as const);
      return { kind, forMs: spanMs(random, 5, 60), how };
    }
    case 'commit':
    case 'brokenCommit':
    case 'sweepingCommit':
    case 'forcePush':
    case 'tagMoved':
      return { kind };
    default:
      return null;
  }
}

function otherFault(random: Random, kind: FaultKind): Fault {
  switch (kind) {
    case 'unhealthy':
    case 'pausesContainer':
      return { kind, forMs: spanMs(random, 5, 40) };
    case 'foreignObject':
      return { kind, object: pick(random, ['container', 'network', 'volume', 'namesake'] as const) };
    case 'command':
      return {
        kind,
        command: pick(random, [
          'restart',
          'rollback',
          'pause',
          'resume',
          'promote',
          'abort',
          'retry',
        ] as const),
      };
    case 'outOfMemory':
    case 'exits':
    case 'restartsUnseen':
    case 'stopsContainer':
    case 'removesContainer':
    case 'changesLimits':
    case 'disconnectsNetwork':
    case 'losesAlias':
    case 'approves':
      return { kind };
    default:
      throw new Error(`no fault of kind ${kind} can be drawn`);
  }
}

function drawFault(random: Random, kind: FaultKind, hosts: readonly string[]): Fault {
  return (
    hostFault(random, kind, pick(random, hosts)) ??
    controllerFault(random, kind) ??
    sourceFault(random, kind) ??
    otherFault(random, kind)
  );
}

function drawKind(random: Random, weights: readonly (readonly [FaultKind, number])[]): FaultKind {
  const total = weights.reduce((sum, [, weight]) => sum + weight, 0);
  let rest = random.next() * total;
  for (const [kind, weight] of weights) {
    rest -= weight;
    if (rest < 0) return kind;
  }
  return 'commit';
}

export function drawFaults(random: Random, draw: FaultDraw): readonly PlannedFault[] {
  const apart: ReadonlySet<FaultKind> = new Set(BALANCER_FAULT_KINDS);
  const kinds = FAULT_KINDS.filter((kind) => !apart.has(kind));
  const weights = kinds
    .filter((kind) => draw.kinds === null || draw.kinds.has(kind) || kind === 'commit')
    .map((kind) => {
      const isOff = kind !== 'commit' && chance(random, 0.35);
      const fondness = 0.3 + 2 * random.next();
      return [kind, isOff ? 0 : (WEIGHTS[kind] ?? 1) * fondness] as const;
    });
  const count = between(random, ...draw.count);
  return Array.from({ length: count }, (_, id) => {
    const atMs = between(random, draw.fromMs, draw.untilMs);
    return { id, atMs, fault: drawFault(random, drawKind(random, weights), draw.hosts) };
  }).sort((a, b) => a.atMs - b.atMs);
}
