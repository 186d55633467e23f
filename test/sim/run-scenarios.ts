// `npm run sim -- --scenario NAME[,NAME]|all`: a process that dies at every point of a story, and what becomes
// of it compared with the story without a crash. `--pairs`: two deaths, both unacknowledged; `--product`: at
// every moment. `--crash 17:before` tells one of these runs.

import { fork } from 'node:child_process';
import { once } from 'node:events';
import { parsePoints } from './scenarios/crash-point.ts';
import { differences } from './scenarios/outcome.ts';
import { cleanRun, type Finding } from './scenarios/plans.ts';
import { runScenario } from './scenarios/run-scenario.ts';
import type { Scenario } from './scenarios/scenario.ts';
import { SCENARIOS, STORIES } from './scenarios/scenarios.ts';
import type { ScenarioJob, ShareNews } from './scenarios/share.ts';

const SHOWN = 10;
const SHOWN_LINES = 12;
const PROGRESS_MS = 5_000;

export interface ScenarioOptions {
  /** Names with commas between them, or `all`. */
  readonly name: string;
  readonly pairs: ScenarioJob['pairs'];
  readonly jobs: number;
}

interface Account {
  effects: number;
  writes: number;
  plans: number;
  unreached: number;
  open: number;
  readonly findings: Finding[];
}

function named(name: string): Scenario {
  const found = STORIES.find((scenario) => scenario.name === name);
  if (found !== undefined) return found;
  const lines = STORIES.map((s) => `  ${s.name.padEnd(26)}${s.shows}`);
  throw new Error(`there is no scenario "${name}"; there are:\n${lines.join('\n')}`);
}

/** Prints one run as a transcript; with a crash also in what it ended otherwise. */
export async function tellScenario(name: string, crash: string): Promise<number> {
  const scenario = named(name);
  const clean = await cleanRun(scenario);
  const end = await runScenario(scenario, crash === '' ? [] : parsePoints(crash), true);
  console.log(end.lines.join('\n'));
  for (const { at, index } of end.unreached) console.log(`✘ it never came to ${at} ${index}`);
  const wrong = end.violation === null ? differences(clean.outcome, end.outcome) : [end.violation.message];
  console.log(wrong.length === 0 ? '\nended as without a crash' : `\n✘ ${wrong.join('\n✘ ')}`);
  return wrong.length === 0 ? 0 : 1;
}

function show({ scenario, plan, doing, wrong }: Finding): void {
  console.log(`\n✘ ${scenario}: killed at ${plan} (${doing})`);
  for (const line of wrong.slice(0, SHOWN_LINES)) console.log(`    ${line}`);
  if (wrong.length > SHOWN_LINES) console.log(`    and ${wrong.length - SHOWN_LINES} more`);
  console.log(`    npm run sim -- --scenario ${scenario} --crash ${plan}`);
}

class Ledger {
  readonly #accounts = new Map<string, Account>();
  readonly #jobs: number;
  #shownMs = performance.now();

  constructor(jobs: number) {
    this.#jobs = jobs;
  }

  note(news: ShareNews): void {
    const account = this.#accounts.get(news.scenario) ?? {
      ...{ effects: 0, writes: 0, plans: 0, unreached: 0, open: this.#jobs },
      findings: [],
    };
    this.#accounts.set(news.scenario, account);
    if (news.kind === 'clean') Object.assign(account, { effects: news.effects, writes: news.writes });
    else if (news.kind === 'unreached') account.unreached += 1;
    else if (news.kind === 'done') this.#close(news.scenario, account);
    else {
      account.plans += 1;
      if (news.finding !== null) account.findings.push(news.finding);
    }
    if (performance.now() - this.#shownMs > PROGRESS_MS) {
      this.#shownMs = performance.now();
      console.log(`  … ${this.sum((a) => a.plans)} plans, ${this.sum((a) => a.findings.length)} differ`);
    }
  }

  #close(name: string, account: Account): void {
    account.open -= 1;
    if (account.open > 0) return;
    const { effects, writes, plans, findings } = account;
    const outcome = findings.length === 0 ? 'all equal' : `${findings.length} differ`;
    console.log(
      `${findings.length === 0 ? '✓' : '✘'} ${name}: ${effects} effects, ${writes} writes; ${plans} plans, ${outcome}`,
    );
  }

  sum(of: (account: Account) => number): number {
    return this.#accounts.values().reduce((sum, account) => sum + of(account), 0);
  }

  get findings(): readonly Finding[] {
    return [...this.#accounts.values()].flatMap(({ findings }) => findings);
  }
}

export async function tryScenarios({ name, pairs, jobs }: ScenarioOptions): Promise<number> {
  const chosen = name === 'all' ? SCENARIOS : name.split(',').map(named);
  const told = chosen.find((scenario) => !SCENARIOS.includes(scenario));
  if (told !== undefined)
    throw new Error(`nobody dies in "${told.name}": its diary is compared; \`--crash ""\` tells it`);
  const names = chosen.map((scenario) => scenario.name);
  const beganMs = performance.now();
  const ledger = new Ledger(jobs);
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
  for (const finding of ledger.findings.slice(0, SHOWN)) show(finding);
  const unreached = ledger.sum((a) => a.unreached);
  const aside = unreached === 0 ? '' : `, ${unreached} more that came to no second crash`;
  console.log(
    `\n${names.length} scenarios, ${ledger.sum((a) => a.effects)} effects and ${ledger.sum((a) => a.writes)} writes; ` +
      `${ledger.sum((a) => a.plans)} plans${aside} in ${tookS.toFixed(0)} s: ${ledger.findings.length} ended otherwise than without a crash`,
  );
  return ledger.findings.length === 0 ? 0 : 1;
}
