// Adds up what the processes of `npm run sim -- --scenario` tell, and prints how each scenario ended as soon
// as all of them are through with it.

import type { Verdict } from '../../../src/sim/run/verdict.ts';
import { violationText } from '../violation-text.ts';
import type { Finding } from './plans.ts';
import type { ShareNews } from './share.ts';

const PROGRESS_MS = 5_000;

interface Account {
  effects: number;
  writes: number;
  plans: number;
  unreached: number;
  /** So many processes are still at it. */
  open: number;
  /** What the scenario breaks without any crash: then no crash was tried. */
  broken: Verdict | null;
  readonly findings: Finding[];
}

export class Ledger {
  readonly #accounts = new Map<string, Account>();
  readonly #jobs: number;
  readonly #print: (line: string) => void;
  #shownMs = performance.now();

  constructor(jobs: number, print: (line: string) => void) {
    this.#jobs = jobs;
    this.#print = print;
  }

  note(news: ShareNews): void {
    const account = this.#accounts.get(news.scenario) ?? {
      ...{ effects: 0, writes: 0, plans: 0, unreached: 0, open: this.#jobs, broken: null },
      findings: [],
    };
    this.#accounts.set(news.scenario, account);
    if (news.kind === 'clean') Object.assign(account, { effects: news.effects, writes: news.writes });
    else if (news.kind === 'broken') account.broken = news.violation;
    else if (news.kind === 'unreached') account.unreached += 1;
    else if (news.kind === 'done') this.#close(news.scenario, account);
    else {
      account.plans += 1;
      if (news.finding !== null) account.findings.push(news.finding);
    }
    if (performance.now() - this.#shownMs > PROGRESS_MS) {
      this.#shownMs = performance.now();
      this.#print(`  … ${this.sum((a) => a.plans)} plans, ${this.sum((a) => a.findings.length)} differ`);
    }
  }

  #close(name: string, account: Account): void {
    account.open -= 1;
    if (account.open > 0) return;
    const { effects, writes, plans, broken, findings } = account;
    if (broken !== null) {
      this.#print(`✘ ${name} breaks without any crash: ${violationText(broken)}`);
      this.#print(`    npm run sim -- --scenario ${name} --crash ""`);
      return;
    }
    const outcome = findings.length === 0 ? 'all equal' : `${findings.length} differ`;
    this.#print(
      `${findings.length === 0 ? '✓' : '✘'} ${name}: ${effects} effects, ${writes} writes; ${plans} plans, ${outcome}`,
    );
  }

  sum(of: (account: Account) => number): number {
    return this.#accounts.values().reduce((sum, account) => sum + of(account), 0);
  }

  get findings(): readonly Finding[] {
    return [...this.#accounts.values()].flatMap(({ findings }) => findings);
  }

  /** Scenarios that break without any crash. */
  get broken(): readonly string[] {
    return [...this.#accounts].flatMap(([name, { broken }]) => (broken === null ? [] : [name]));
  }
}
