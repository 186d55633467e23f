// What people and machines notice of a story without any crash: how often each thing was done and said, how
// long it took, and what the status showed one after the other. Kept in diaries.json, so that a change which
// makes the controller do more, say something else or take longer has to show itself.

import type { Forecast } from '../../../src/plan/forecast.ts';
import type { SimHost } from '../../../src/sim/world/fleet.ts';
import type { World } from '../../../src/sim/world/world.ts';

export interface Diary {
  /** Changing calls by kind. */
  readonly effects: Readonly<Record<string, number>>;
  /** What was asked of hosts, registry and Git server, by kind. */
  readonly asked: Readonly<Record<string, number>>;
  /** Events by kind. */
  readonly said: Readonly<Record<string, number>>;
  readonly writes: number;
  /** From the beginning to the last changing call. */
  readonly lastEffectS: number;
  /** Of each service, phase, ready replicas and reason as they followed each other: `progressing 0/2: …`. */
  readonly status: Readonly<Record<string, readonly string[]>>;
  /** What `plimsoll plan` said whenever anything of that had changed: `createNetwork 1, runContainer 2`. */
  readonly plans: readonly string[];
  /** How each host was shown, one after the other. */
  readonly sight: Readonly<Record<string, readonly string[]>>;
  /** The hosts as they are shown in the end, and what is on each. */
  readonly hosts: Readonly<Record<string, string>>;
}

const LOOK_MS = 200;

export class DiaryKeeper {
  readonly #world: World;
  readonly #status = new Map<string, string[]>();
  readonly #sight = new Map<string, string[]>();
  readonly #plans: string[] = [];
  #nextLookMs = 0;
  #effects = 0;
  #lastEffectMs = 0;
  #hosts: Diary['hosts'] = {};
  #commit: string | null = null;

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
    const { controller } = active;
    const status = controller.status();
    this.#hosts = Object.fromEntries(
      status.hosts.map(({ name, state }) => [name, hostLine(state, this.#world.hosts.get(name))]),
    );
    let hasChanged = status.commit !== this.#commit;
    this.#commit = status.commit;
    for (const { name, state } of status.hosts) hasChanged = noteIn(this.#sight, name, state) || hasChanged;
    for (const { name, phase, ready, desired, because } of status.services)
      hasChanged = noteIn(this.#status, name, `${phase} ${ready}/${desired}: ${because}`) || hasChanged;
    if (!hasChanged) return;
    const plan = planLine(controller.inspect.forecast());
    if (this.#plans.at(-1) !== plan) this.#plans.push(plan);
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
      asked: of('asked'),
      said: of('said'),
      writes: counts.of('store durable'),
      lastEffectS: Math.round(this.#lastEffectMs / 100) / 10,
      hosts: this.#hosts,
      status: sorted(this.#status),
      sight: sorted(this.#sight),
      plans: this.#plans,
    };
  }
}

/** Adds what differs from what was there last, and says whether it does. */
function noteIn(seen: Map<string, string[]>, name: string, now: string): boolean {
  const before = seen.get(name) ?? [];
  if (before.at(-1) === now) return false;
  seen.set(name, [...before, now]);
  return true;
}

const sorted = <T>(entries: ReadonlyMap<string, T>): Readonly<Record<string, T>> =>
  Object.fromEntries([...entries].sort(([a], [b]) => (a < b ? -1 : 1)));

/** What would be done, in its order, and what would stand in the way in the end. */
function planLine({ actions, blocked, unresolved }: Forecast): string {
  const counts = new Map<string, number>();
  for (const { kind } of actions) counts.set(kind, (counts.get(kind) ?? 0) + 1);
  const done = [...counts].map(([kind, count]) => `${kind} ${count}`).join(', ');
  const waits = blocked.map(({ because }) => `; waits: ${because}`).join('');
  return `${done || 'nothing'}${waits}${unresolved.map((key) => `; no image for ${key}`).join('')}`;
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

function linesDiffer(what: string, wanted: Diary['status'], found: Diary['status']): string[] {
  return [...new Set([...Object.keys(wanted), ...Object.keys(found)])].flatMap((name) => {
    const [was, is] = [wanted[name]?.join(', '), found[name]?.join(', ')];
    return was === is ? [] : [`${what} ${name}: ${is ?? 'none'} instead of ${was ?? 'none'}`];
  });
}

/** What is not as it was written down. */
export function diaryDifferences(wanted: Diary, found: Diary): readonly string[] {
  const differences = [
    ...countsDiffer('effect', wanted.effects, found.effects),
    ...countsDiffer('question', wanted.asked, found.asked),
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
  differences.push(...linesDiffer('status of', wanted.status, found.status));
  differences.push(...linesDiffer('sight of', wanted.sight, found.sight));
  differences.push(...linesDiffer('the', { plans: wanted.plans }, { plans: found.plans }));
  return differences;
}
