// How a dry run ended: in one sentence, and service by service what is not as the commit says.

import { formatDuration } from '../kernel/time.ts';
import type { DryRunReport, ServiceForecast } from '../sim/dry-run/report.ts';
import { harmless, type Terminal } from './terminal.ts';
import { paintState, shortDigests } from './wording.ts';

/** `fra-1 is stale: fra-1 is unreachable: there is no route to it`: the second time says nothing. */
const SAID_TWICE = /(?<=(?:^|\s)(\S+) is \w+(?: \(|: ))\1 is unreachable: /g;

/** A sentence of the controller, as people read it. */
export const wordsOf = (sentence: string): string => shortDigests(harmless(sentence)).replace(SAID_TWICE, '');

const OUTCOME_WORDS: Readonly<Record<DryRunReport['outcome'], string>> = {
  converged: 'converges',
  rolledBack: 'rolls back',
  held: 'is held',
  blocked: 'is blocked',
  failed: 'fails, and is not rolled back',
  degraded: 'comes to a standstill before everything is ready',
  late: 'is not at rest yet when the simulation ends',
  unsettledStart: 'cannot be simulated',
};

/** What people notice first, whatever else becomes of the commit. */
function printOutages(terminal: Terminal, services: readonly ServiceForecast[]): void {
  for (const { service, ready, wanted, fewestReady } of services) {
    if (ready > 0 || wanted === 0) continue;
    const since = fewestReady === null ? '' : ' any more';
    terminal.print(
      terminal.paint('red', `nothing serves ${service}${since}: 0 of ${wanted} ready in the end`),
    );
  }
}

function printShortcomings(terminal: Terminal, services: readonly ServiceForecast[]): void {
  for (const { service, phase, because, why } of services) {
    if (phase === 'ready' || phase === 'removed') continue;
    terminal.print(`  ${service} is ${paintState(terminal, phase)}: ${wordsOf(because)}`);
    for (const link of why)
      terminal.print(terminal.paint('dim', wordsOf(`    ${link.link} ${link.object}: ${link.because}`)));
  }
}

/** ` without fra-1`: what converges, does so on the hosts that are left. */
function lossText({ hosts }: DryRunReport): string {
  const lost = hosts.filter(({ lostMs }) => lostMs !== null).map(({ host }) => host);
  return lost.length === 0 ? '' : ` without ${lost.join(', ')}`;
}

/** What a person can do about a start that does not converge. */
function startHint({ assumptions: { pullMs, startupMs, stopMs } }: DryRunReport): string {
  const spans = `--pull ${formatDuration(pullMs)}, --startup ${formatDuration(startupMs)}, --stop ${formatDuration(stopMs)}`;
  return `what is assumed holds for that part too: ${spans}; correct these or the manifests, or begin with --running`;
}

/** In one sentence; what does not converge is told one by one after it. */
function outcomeText(report: DryRunReport): string {
  const { outcome, because, services, tookMs } = report;
  if (outcome === 'unsettledStart') return `it ${OUTCOME_WORDS[outcome]}:`;
  const isIdle = services.every(({ beganMs }) => beganMs === null);
  const took = `after ${formatDuration(tookMs)} of virtual time`;
  if (outcome === 'converged')
    return isIdle ? 'nothing would be done' : `${took} it converges${lossText(report)}: ${because}`;
  if (isIdle && outcome === 'degraded') return 'nothing would be done, and not everything is ready:';
  return `${took} it ${OUTCOME_WORDS[outcome]}:`;
}

export function printOutcome(terminal: Terminal, report: DryRunReport): void {
  const { outcome, because, belowRules, services } = report;
  const text = outcomeText(report);
  printOutages(terminal, services);
  if (outcome === 'converged') {
    terminal.print(terminal.paint('green', text));
  } else {
    terminal.print(terminal.paint('red', text));
    // What is told of the services need not be told of the whole.
    const isTold = services.some(({ service, phase }) => because.startsWith(`${service} is ${phase}: `));
    if (!isTold) terminal.print(`  ${wordsOf(because)}`);
    printShortcomings(terminal, services);
    if (outcome === 'unsettledStart') terminal.print(`  ${startHint(report)}`);
  }
  if (belowRules.length > 0)
    terminal.print(
      terminal.paint('red', `fewer ready replicas than their rules keep: ${belowRules.join(', ')}`),
    );
}
