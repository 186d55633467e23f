// Plays a scenario once, with the crashes that were asked for, and says how the world ended.

import { Violation } from '../../../src/sim/checks/violation.ts';
import type { Effect } from '../../../src/sim/link/observer.ts';
import { mustBeDescribed } from '../../../src/sim/run/described.ts';
import { mustHaveNothingToDo, notConverged, writesOf } from '../../../src/sim/run/judgement.ts';
import { Playback } from '../../../src/sim/run/playback.ts';
import { judge, type Verdict } from '../../../src/sim/run/verdict.ts';
import { STEADY_TEMPO } from '../../../src/sim/world/tempo.ts';
import { World } from '../../../src/sim/world/world.ts';
import type { CrashPoint } from './crash-point.ts';
import { CrashScript } from './crash-script.ts';
import { type Diary, DiaryKeeper } from './diary.ts';
import { type Outcome, outcomeOf } from './outcome.ts';
import { isSettled, type Scenario, type Step } from './scenario.ts';
import { Tally } from './tally.ts';

export interface ScenarioEnd {
  readonly violation: Verdict | null;
  readonly outcome: Outcome;
  readonly effects: readonly Effect[];
  readonly writes: readonly (readonly string[])[];
  /** Crashes that did not happen, since the world came to no such point. */
  readonly unreached: readonly CrashPoint[];
  readonly events: number;
  readonly virtualMs: number;
  readonly lines: readonly string[];
  readonly diary: Diary;
}

const SECOND_MS = 1_000;
const LOOK_MS = 200;
/** A request that was not taken is made again after so long. */
const ASK_AGAIN_MS = 1_000;
const STEP_MS = 300 * SECOND_MS;
/** Longer than any period of the steady tempo, and than two of those in which what is gone is forgotten. */
const SILENCE_MS = 10 * SECOND_MS;
const SILENCES = 12;

class Story {
  readonly #world: World;
  readonly #steps: readonly Step[];
  #at = 0;
  /** Of the request under way: what the audit had before, and when to ask again. */
  #request: { readonly audited: number; againMs: number } | null = null;

  constructor(world: World, steps: readonly Step[]) {
    this.#world = world;
    this.#steps = steps;
  }

  get next(): Step | undefined {
    return this.#steps[this.#at];
  }

  /** Does what is due; true once the whole story has been told. */
  goOn(): boolean {
    const step = this.next;
    if (step === undefined) return true;
    if (this.#request === null && !step.when(this.#world)) return false;
    if (step.deed.kind === 'request') this.#ask(step);
    else {
      this.#world.trace.add(`STEP ${step.what}`);
      step.deed.happen(this.#world);
      this.#at += 1;
    }
    return this.next === undefined;
  }

  #ask({ what, deed }: Step): void {
    if (deed.kind !== 'request') return;
    const { scheduler, disk, trace } = this.#world;
    const audited = disk.auditEntries.filter(({ event }) => event === deed.audited).length;
    this.#request ??= { audited, againMs: scheduler.nowMs };
    if (audited > this.#request.audited) {
      this.#request = null;
      this.#at += 1;
    } else if (scheduler.nowMs >= this.#request.againMs) {
      trace.add(`STEP ${what}`);
      this.#request.againMs = scheduler.nowMs + ASK_AGAIN_MS;
      // What comes of it is read from the audit.
      void deed.ask(this.#world)?.catch(() => {});
    }
  }
}

async function play(playback: Playback, scenario: Scenario): Promise<void> {
  const { world } = playback;
  const story = new Story(world, scenario.steps);
  const { scheduler, counts } = world;
  world.boot(0);
  const deadline = (): number => scheduler.nowMs + STEP_MS;
  while (story.next !== undefined) {
    const { next } = story;
    const isTold = await playback.until(deadline(), LOOK_MS, () => story.goOn() || story.next !== next);
    if (!isTold) throw new Violation('I1', `it never came to "${next.what}"`);
  }
  const isThere = await playback.until(deadline(), LOOK_MS, () => (scenario.end ?? isSettled)(world));
  if (!isThere) throw notConverged(world);
  for (let n = 0; ; n += 1) {
    const before = [writesOf(counts), world.processes.length];
    await playback.pass(SILENCE_MS);
    if (writesOf(counts) === before[0] && world.processes.length === before[1]) break;
    if (n === SILENCES) throw new Violation('I1', 'it writes again and again although nothing is to be done');
  }
  // A look at everything may be under way.
  const isBusy = (): boolean => world.active?.controller.status().phase === 'progressing';
  await playback.until(scheduler.nowMs + SECOND_MS, 1, () => !isBusy());
  mustHaveNothingToDo(world);
  if (!(scenario.end ?? isSettled)(world)) throw notConverged(world);
  playback.judgeAtRest();
  if (scenario.end === undefined) await mustBeDescribed(playback);
}

export async function runScenario(
  scenario: Scenario,
  points: readonly CrashPoint[],
  isTold: boolean,
): Promise<ScenarioEnd> {
  const world = new World({ seed: scenario.name, shop: scenario.shop, isTold, tempo: STEADY_TEMPO });
  const script = new CrashScript(points);
  world.injector = script;
  const tally = new Tally(world);
  const keeper = new DiaryKeeper(world);
  const playback = new Playback(world, () => {
    script.afterEvent(world);
    // Only the story without a crash has a diary.
    if (points.length === 0) keeper.look(script.effects.length);
  });
  let outcome: Outcome = new Map();
  const violation = await judge(world, async () => {
    await play(playback, scenario);
    outcome = outcomeOf(world, tally);
  });
  return {
    violation,
    outcome,
    effects: script.effects,
    writes: script.writes,
    unreached: script.unreached,
    events: world.scheduler.ran,
    virtualMs: world.scheduler.nowMs,
    lines: world.trace.lines,
    diary: keeper.diary,
  };
}
