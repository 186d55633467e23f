// Trials of crashes find what they are for: processes die exactly where they should, and whatever ends
// otherwise is told.

import { expect, it } from 'vitest';
import { service, shopOf } from '../plain-shop.ts';
import { MOMENTS, type Moment, parsePoints, pointText } from './crash-point.ts';
import { Ledger } from './ledger.ts';
import { differences } from './outcome.ts';
import { cleanRun, pairPlans, singlePlans, tryPlan } from './plans.ts';
import { runScenario, type ScenarioEnd } from './run-scenario.ts';
import { isSettled, type Scenario } from './scenario.ts';
import { SCENARIOS } from './scenarios.ts';
import { playScenario } from './share.ts';
import { loseStore, meddle } from './steps.ts';

const PLAIN: Scenario = { name: 'plain', shows: 'one replica', shop: shopOf(1, service('web')), steps: [] };

async function startOf(scenario: Scenario): Promise<number> {
  const { effects } = await cleanRun(scenario);
  return effects.findIndex(({ kind }) => kind === 'startContainer');
}

/** Lines of the transcript that tell of one thing. */
const at = ({ lines }: ScenarioEnd, what: RegExp): readonly string[] =>
  lines.filter((line) => what.test(line)).map((line) => line.slice(0, 12));

it.each([
  ['before', 'never lands for the one that died, and once for its successor', 1],
  ['sent', 'lands when its process is dead; the successor finds it done or does it again', 1],
  ['unacknowledged', 'has landed in the moment of the death', 1],
  ['after', 'has landed before', 1],
] as const)('a start at whose moment "%s" a process dies %s', async (moment, _, leastLandings) => {
  const end = await runScenario(PLAIN, [{ at: 'effect', index: await startOf(PLAIN), moment }], true);
  const [deathAt = '', ...others] = at(end, /is killed/);
  const landedAt = at(end, /startContainer .* ok/);
  expect(others).toEqual([]);
  expect(landedAt.length).toBeGreaterThanOrEqual(leastLandings);
  const sides: Readonly<Record<Moment, boolean>> = {
    before: landedAt.every((ms) => ms > deathAt),
    sent: landedAt.every((ms) => ms > deathAt),
    unacknowledged: landedAt[0] === deathAt,
    after: (landedAt[0] ?? '') < deathAt,
  };
  expect(sides[moment]).toBe(true);
});

it('a write before which a process dies is not in the store, one that is not acknowledged is', async () => {
  const { writes } = await cleanRun(PLAIN);
  const index = writes.findIndex((keys) => keys.some((key) => key.startsWith('revision/')));
  const stored = async (moment: Moment): Promise<boolean> => {
    const end = await runScenario(PLAIN, [{ at: 'write', index, moment }], true);
    const death = end.lines.findIndex((line) => /is killed/.test(line));
    return end.lines.slice(0, death).some((line) => /store: .*revision\//.test(line));
  };
  expect([await stored('before'), await stored('unacknowledged')]).toEqual([false, true]);
});

it('every effect and write is tried at every moment', async () => {
  const clean = await cleanRun(PLAIN);
  const plans = singlePlans(clean).map(([point]) => (point === undefined ? '' : pointText(point)));
  expect(plans).toHaveLength(clean.effects.length * 4 + clean.writes.length * 3);
  expect(new Set(plans).size).toBe(plans.length);
});

it('a second crash strikes the process that follows the first', async () => {
  const clean = await cleanRun(PLAIN);
  const plans = await Array.fromAsync(pairPlans(PLAIN, clean, ['before']));
  expect(plans.length).toBeGreaterThanOrEqual((clean.effects.length * (clean.effects.length - 1)) / 2);
  const [last] = plans.slice(-1);
  const end = await runScenario(PLAIN, last ?? [], true);
  expect(at(end, /is killed/)).toHaveLength(2);
});

it('points are read as they are written', () => {
  for (const moment of MOMENTS)
    for (const kind of ['effect', 'write'] as const) {
      const point = { at: kind, index: 17, moment };
      expect(parsePoints(`${pointText(point)},3:before`)[0]).toEqual(point);
    }
  expect(() => parsePoints('17')).toThrow(/no crash point/);
  expect(() => parsePoints('17:later')).toThrow(/no crash point/);
});

it.each([
  [
    'a container that was made twice',
    [meddle('rm', 'web', isSettled, ({ engine }, { id }) => void engine.people.remove(id))],
    /^happened: h1 container create shop\.web\.\w+\.0\.0: 2 times; without a crash 1 times$/,
  ],
  [
    'a container that was started twice',
    [meddle('restart', 'web', isSettled, ({ engine }, { id }) => void engine.people.restart(id))],
    /^happened: h1 container start shop\.web\.\w+\.0\.0: 2 times; without a crash 1 times$/,
  ],
  [
    'a volume of somebody',
    [meddle('volume', 'web', isSettled, ({ engine }) => void engine.people.createVolume('theirs'))],
    /^on h1: volume theirs: .*; without a crash nothing$/,
  ],
] as const)('%s is told as a difference', async (_, steps, difference) => {
  const [clean, other] = [await cleanRun(PLAIN), await runScenario({ ...PLAIN, steps }, [], false)];
  expect(other.violation).toBeNull();
  expect(differences(clean.outcome, other.outcome)).toContainEqual(expect.stringMatching(difference));
});

it('a successor without the rows of the one that died is found out', async () => {
  // What no scenario forgives: the store is gone after the crash, and nobody approves.
  const forgetful: Scenario = { ...PLAIN, steps: [loseStore(isSettled)] };
  const clean = await cleanRun(PLAIN);
  expect(await tryPlan(forgetful, clean, [{ at: 'effect', index: 0, moment: 'before' }])).toMatchObject({
    scenario: 'plain',
    plan: '0:before',
    wrong: [expect.stringContaining('not converged in time (reportOnly)')],
  });
});

it('a scenario that breaks an invariant without any crash is told as such, and no crash is tried', async () => {
  const forgetful: Scenario = { ...PLAIN, steps: [loseStore(isSettled)] };
  const printed: string[] = [];
  const ledger = new Ledger(2, (line) => printed.push(line));
  const job = { pairs: 'none', step: 2 } as const;
  await playScenario(forgetful, { ...job, from: 0 }, (news) => ledger.note(news));
  expect(printed).toEqual([]);
  await playScenario(forgetful, { ...job, from: 1 }, (news) => ledger.note(news));
  expect(printed).toEqual([
    expect.stringMatching(
      /^✘ plain breaks without any crash: I1 \(.+\): not converged in time \(reportOnly\)/,
    ),
    '    npm run sim -- --scenario plain --crash ""',
  ]);
  expect([ledger.broken, ledger.sum(({ plans }) => plans)]).toEqual([['plain'], 0]);
});

it('there are at least 20 scenarios, each with a name of its own', () => {
  expect(SCENARIOS.length).toBeGreaterThanOrEqual(20);
  expect(new Set(SCENARIOS.map(({ name }) => name)).size).toBe(SCENARIOS.length);
});
