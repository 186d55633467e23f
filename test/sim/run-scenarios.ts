// `npm run sim -- --scenario NAME[,NAME]|all`: a process that dies at every point of a story, and what becomes
// of it compared with the story without a crash. `--pairs`: two deaths, both unacknowledged; `--product`: at
// every moment. `--crash 17:before` tells one of these runs.

import { fork } from 'node:child_process';
import { once } from 'node:events';
import { plural } from '../../src/cli/wording.ts';
import type { Order } from './options.ts';
import { parsePoints } from './scenarios/crash-point.ts';
import { Ledger } from './scenarios/ledger.ts';
import { differences } from './scenarios/outcome.ts';
import type { Finding } from './scenarios/plans.ts';
import { runScenario, type ScenarioEnd } from './scenarios/run-scenario.ts';
import type { Scenario } from './scenarios/scenario.ts';
import { SCENARIOS, STORIES } from './scenarios/scenarios.ts';
import type { ScenarioJob, ShareNews } from './scenarios/share.ts';
import { violationText } from './violation-text.ts';

const SHOWN = 10;
const SHOWN_LINES = 12;

type ScenarioRun = Extract<Order, { run: 'scenario' }>;

function named(name: string): Scenario {
  const found = STORIES.find((scenario) => scenario.name === name);
  if (found !== undefined) return found;
  const width = Math.max(...STORIES.map((s) => s.name.length));
  const lines = STORIES.map((s) => `  ${s.name.padEnd(width)}  ${s.shows}`);
  throw new Error(`there is no scenario "${name}"; there are:\n${lines.join('\n')}`);
}

/** What is wrong with a run, beside the same without a crash. */
function wrongWith(end: ScenarioEnd, clean: ScenarioEnd): readonly string[] {
  if (end.violation !== null) return [violationText(end.violation)];
  if (clean.violation === null) return differences(clean.outcome, end.outcome);
  return [`there is nothing to compare with: without any crash it breaks ${clean.violation.invariant}`];
}

/** Prints one run as a transcript; with a crash also in what it ended otherwise. */
export async function tellScenario(name: string, crash: string): Promise<number> {
  const scenario = named(name);
  const clean = await runScenario(scenario, [], false);
  const end = await runScenario(scenario, crash === '' ? [] : parsePoints(crash), true);
  console.log(end.lines.join('\n'));
  for (const { at, index } of end.unreached) console.log(`✘ it never came to ${at} ${index}`);
  const wrong = wrongWith(end, clean);
  console.log(wrong.length === 0 ? '\nended as without a crash' : `\n✘ ${wrong.join('\n✘ ')}`);
  return wrong.length === 0 && end.unreached.length === 0 ? 0 : 1;
}

function show({ scenario, plan, doing, wrong }: Finding): void {
  console.log(`\n✘ ${scenario}: killed at ${plan} (${doing})`);
  for (const line of wrong.slice(0, SHOWN_LINES)) console.log(`    ${line}`);
  if (wrong.length > SHOWN_LINES) console.log(`    and ${wrong.length - SHOWN_LINES} more`);
  console.log(`    npm run sim -- --scenario ${scenario} --crash ${plan}`);
}

export async function tryScenarios({ name, pairs, jobs }: ScenarioRun): Promise<number> {
  const chosen = name === 'all' ? SCENARIOS : name.split(',').map(named);
  const told = chosen.find((scenario) => !SCENARIOS.includes(scenario));
  if (told !== undefined)
    throw new Error(`nobody dies in "${told.name}": its diary is compared; \`--crash ""\` tells it`);
  const names = chosen.map((scenario) => scenario.name);
  const beganMs = performance.now();
  const ledger = new Ledger(jobs, (line) => console.log(line));
  await Promise.all(
    Array.from({ length: jobs }, async (_, from) => {
      const child = fork(new URL('./scenarios/job.ts', import.meta.url));
      child.on('message', (news: ShareNews) => ledger.note(news));
      const order: ScenarioJob = { names, pairs, step: jobs, from };
      child.send(order);
      const [code] = await once(child, 'exit');
      if (code !== 0) throw new Error(`a job ended with ${code}`);
    }),
  );
  const tookS = (performance.now() - beganMs) / 1_000;
  const { findings, broken } = ledger;
  for (const finding of findings.slice(0, SHOWN)) show(finding);
  const unreached = ledger.sum((a) => a.unreached);
  const aside = unreached === 0 ? '' : `, ${unreached} more that came to no second crash`;
  console.log(
    `\n${plural(names.length, 'scenario')}, ${ledger.sum((a) => a.effects)} effects and ${ledger.sum((a) => a.writes)} writes; ` +
      `${ledger.sum((a) => a.plans)} plans${aside} in ${tookS.toFixed(0)} s: ${findings.length} ended otherwise than without a crash`,
  );
  if (broken.length > 0) console.log(`✘ without any crash invariants break in: ${broken.join(', ')}`);
  return findings.length + broken.length === 0 ? 0 : 1;
}
