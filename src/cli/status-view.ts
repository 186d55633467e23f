// How everything stands, for a person: what `status` and `sources` print.

import type { ServiceStatusAnswer, SourceAnswer, StatusAnswer } from '../api/client.ts';
import { printProblem } from './problems.ts';
import { table } from './table.ts';
import { harmless, type Terminal } from './terminal.ts';
import { paintState, shortCommit } from './wording.ts';

export function printSources(terminal: Terminal, sources: readonly SourceAnswer[]): void {
  for (const { id, commit, head, held, problems } of sources) {
    const subject = head !== null && head.commit === commit ? `  ${harmless(head.subject)}` : '';
    const inForce = commit === null ? 'nothing is in force yet' : `commit ${shortCommit(commit)} is in force`;
    terminal.print(`source ${id}: ${inForce}${subject}`);
    if (held !== null) {
      const line = `commit ${shortCommit(held.commit)} is held: ${harmless(held.because)}`;
      terminal.print(`  ${terminal.paint('yellow', line)}`);
      terminal.print(`  → Look at it, then \`plimsoll approve\`.`);
    } else if (head !== null && head.commit !== commit && problems.length > 0) {
      terminal.print(`  ${terminal.paint('red', `commit ${shortCommit(head.commit)} is not accepted:`)}`);
    }
    for (const found of problems) printProblem(terminal, found);
  }
}

const nameOf = ({ namespace, name }: ServiceStatusAnswer): string => `${namespace}/${name}`;

/** A shorter reason is easier to read than to look up. */
const LONG_REASON = 40;

/** The reason of each service; a long one that another has too is said there once. */
function reasonsOf(services: readonly ServiceStatusAnswer[]): readonly string[] {
  const first = new Map<string, string>();
  return services.map((service) => {
    if (service.phase === 'ready') return '';
    const because = harmless(service.because);
    const other = first.get(because);
    if (other === undefined) first.set(because, nameOf(service));
    return other === undefined || because.length < LONG_REASON ? because : `as ${other}`;
  });
}

export function printStatus(terminal: Terminal, status: StatusAnswer): void {
  terminal.print(`${terminal.paint('bold', 'state')}: ${paintState(terminal, status.phase)}`);
  for (const found of status.problems) printProblem(terminal, found);
  printSources(terminal, status.sources);
  if (status.services.length > 0) {
    terminal.print('');
    const reasons = reasonsOf(status.services);
    const rows = status.services.map((s, at) => [
      nameOf(s),
      `${s.ready}/${s.desired}`,
      s.revision ?? '–',
      paintState(terminal, s.phase),
      reasons[at] ?? '',
    ]);
    terminal.print(table(['SERVICE', 'READY', 'REVISION', 'STATE', 'BECAUSE'], rows));
  }
  if (status.hosts.length > 0) {
    terminal.print('');
    const rows = status.hosts.map((h) => [h.name, paintState(terminal, h.state), harmless(h.because)]);
    terminal.print(table(['HOST', 'STATE', 'BECAUSE'], rows));
  }
}
