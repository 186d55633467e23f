// What people and machines notice of a story without any crash: how often each thing was done and said, how
// long it took, and what the status showed one after the other. Kept in diaries.json, so that a change which
// makes the controller do more, say something else or take longer has to show itself.

import type { SimHost } from '../../../src/sim/world/fleet.ts';
import type { World } from '../../../src/sim/world/world.ts';

export interface Diary {
  /** Changing calls by kind. */
  readonly effects: Readonly<Record<string, number>>;
  /** Events by kind. */
  readonly said: Readonly<Record<string, number>>;
  readonly writes: number;
  /** From the beginning to the last changing call. */
  readonly lastEffectS: number;
  /** Of each service, phase, ready replicas and reason as they followed each other: `progressing 0/2: …`. */
  readonly status: Readonly<Record<string, readonly string[]>>;
  /** The hosts as they are shown in the end, and what is on each. */
  readonly hosts: Readonly<Record<string, string>>;
}

const LOOK_MS = 200;

export class DiaryKeeper {
  readonly #world: World;
  readonly #status = new Map<string, string[]>();
  #nextLookMs = 0;
  #effects = 0;
  #lastEffectMs = 0;
  #hosts: Diary['hosts'] = {};

  constructor(world: World) {
    this.#world = world;
  }

  /** To be called after every event, with the number of effects so far. */
  look(effects: number): void {
    const { scheduler, active } = this.#world;
    if (effects > this.#effects) this.#lastEffectMs = scheduler.nowMs;
    this.#effects = effects;
    if (scheduler.nowMs < this.#nextLookMs || active === null) return;
    this.#nextLookMs = scheduler.nowMs + LOOK_MS;
    const status = active.controller.status();
    this.#hosts = Object.fromEntries(
      status.hosts.map(({ name, state }) => [name, hostLine(state, this.#world.hosts.get(name))]),
    );
    for (const { name, phase, ready, desired, because } of status.services) {
      const seen = this.#status.get(name) ?? [];
      const now = `${phase} ${ready}/${desired}: ${because}`;
      if (seen.at(-1) !== now) this.#status.set(name, [...seen, now]);
    }
  }

  get diary(): Diary {
    const { counts } = this.#world;
    const of = (what: string): Record<string, number> =>
      Object.fromEntries(
        counts
          .entries()
          .filter(([name]) => name.startsWith(`${what} `))
          .map(([name, count]) => [name.slice(what.length + 1), count]),
      );
    return {
      effects: of('effect'),
      said: of('said'),
      writes: counts.of('store durable'),
      lastEffectS: Math.round(this.#lastEffectMs / 100) / 10,
      hosts: this.#hosts,
      status: Object.fromEntries([...this.#status].sort(([a], [b]) => (a < b ? -1 : 1))),
    };
  }
}

/** `fresh: shop.web.5edee2cb9ecb.0.0 running`. */
function hostLine(state: string, host: SimHost | undefined): string {
  const containers = [...(host?.engine.machine.containers.values() ?? [])];
  return `${state}: ${containers
    .map((c) => `${c.name} ${c.status}`)
    .sort()
    .join(', ')}`;
}

const TOLERANCE = 0.05;
const TOLERANCE_S = 0.3;

function countsDiffer(what: string, wanted: Diary['effects'], found: Diary['effects']): string[] {
  return [...new Set([...Object.keys(wanted), ...Object.keys(found)])]
    .filter((kind) => (wanted[kind] ?? 0) !== (found[kind] ?? 0))
    .map((kind) => `${what} ${kind}: ${found[kind] ?? 0} times instead of ${wanted[kind] ?? 0}`);
}

/** What is not as it was written down. */
export function diaryDifferences(wanted: Diary, found: Diary): readonly string[] {
  const differences = [
    ...countsDiffer('effect', wanted.effects, found.effects),
    ...countsDiffer('event', wanted.said, found.said),
  ];
  if (wanted.writes !== found.writes) differences.push(`${found.writes} writes instead of ${wanted.writes}`);
  const lateS = Math.abs(found.lastEffectS - wanted.lastEffectS);
  if (lateS > TOLERANCE_S && lateS > wanted.lastEffectS * TOLERANCE)
    differences.push(`the last effect after ${found.lastEffectS} s instead of ${wanted.lastEffectS} s`);
  for (const name of new Set([...Object.keys(wanted.hosts), ...Object.keys(found.hosts)])) {
    const [was, is] = [wanted.hosts[name], found.hosts[name]];
    if (was !== is) differences.push(`host ${name}: ${is ?? 'none'} instead of ${was ?? 'none'}`);
  }
  for (const name of new Set([...Object.keys(wanted.status), ...Object.keys(found.status)])) {
    const [was, is] = [wanted.status[name]?.join(', '), found.status[name]?.join(', ')];
    if (was !== is) differences.push(`status of ${name}: ${is ?? 'none'} instead of ${was ?? 'none'}`);
  }
  return differences;
}
