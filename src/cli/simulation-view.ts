// How a dry run is shown: what was assumed, the timeline, a table of services and one of hosts, and how it
// ended. Every moment is virtual and counts from the commit.

import { formatBytes } from '../kernel/quantity.ts';
import { formatDuration } from '../kernel/time.ts';
import type {
  DryRunReport,
  Extreme,
  HostForecast,
  ServiceForecast,
  TimelineEntry,
} from '../sim/dry-run/report.ts';
import { printOutcome, wordsOf } from './simulation-outcome.ts';
import { table } from './table.ts';
import type { Style, Terminal } from './terminal.ts';
import { paintState, plural, shortCommit } from './wording.ts';

/** More than this nobody reads: single actions are left out then. */
const MOST_LINES = 60;
const MOMENT_COLUMNS = 10;

/** `t+48.8s`, `t+1m4.3s`: always to a tenth, so that what follows each other can be told apart. */
function momentOf(ms: number): string {
  const tenths = Math.round(ms / 100);
  const minutes = Math.floor(tenths / 600);
  const seconds = (tenths % 600) / 10;
  if (tenths === 0) return 't+0s';
  return minutes === 0 ? `t+${seconds}s` : `t+${minutes}m${seconds}s`;
}

interface Line {
  readonly moment: string;
  readonly kind: string;
  readonly text: string;
  readonly style: Style | null;
}

function styleOf({ kind, level }: TimelineEntry): Style | null {
  if (level === 'error') return 'red';
  if (level === 'warning') return 'yellow';
  if (kind === 'rollout/succeeded') return 'green';
  return kind.startsWith('action/') ? 'dim' : null;
}

/** The host that a sentence is about. */
function whereOf({ kind, host }: TimelineEntry): string {
  if (host === null) return '';
  if (kind.startsWith('assumed/')) return `${host} `;
  return kind.startsWith('host/') ? `${host} is ` : '';
}

/** Actions are told when they have ended. */
const DONE: Readonly<Record<string, string>> = {
  pull: 'pulled',
  create: 'created',
  write: 'wrote',
  run: 'started',
  start: 'started',
  restart: 'restarted',
  stop: 'stopped',
  remove: 'removed',
  update: 'updated',
  connect: 'connected',
};

/** `stop web on h1 (1s)`: `stopped web` and `, took 1s`. */
function doneText(text: string): { readonly what: string; readonly took: string } {
  const span = /\s\(([^()]+)\)$/.exec(text);
  const [verb = '', ...object] = text.slice(0, span?.index).split(' ');
  return { what: [DONE[verb] ?? verb, ...object].join(' '), took: span === null ? '' : `, took ${span[1]}` };
}

/** Several that become ready at the same moment are one line. */
const isOvertaken = (entry: TimelineEntry, next: TimelineEntry | undefined): boolean =>
  entry.kind === 'service/ready' &&
  next?.kind === 'service/ready' &&
  entry.service === next.service &&
  momentOf(entry.atMs) === momentOf(next.atMs);

function actionText({ kind }: TimelineEntry, text: string, hosts: string): string {
  if (kind === 'action/failed') return `failed on ${hosts}: ${text}`;
  const { what, took } = doneText(text);
  return `${what} on ${hosts}${took}`;
}

/** What happens on several hosts at the same moment is one line. */
function linesOf(timeline: readonly TimelineEntry[]): readonly Line[] {
  const groups = new Map<string, { readonly entry: TimelineEntry; readonly text: string; hosts: string[] }>();
  for (const [n, entry] of timeline.entries()) {
    if (isOvertaken(entry, timeline[n + 1])) continue;
    // Every host is connected at first, and that one is lost is told by itself; warnings stand before all with
    // their places.
    if (entry.kind === 'host/fresh' || entry.kind === 'commit/warning') continue;
    const { host, service, message, kind, atMs } = entry;
    const first = message.split('\n')[0] ?? '';
    const isAction = kind.startsWith('action/') && host !== null;
    const plain = isAction ? first.replace(` on ${host}`, '') : first;
    const about = isAction || service === null ? '' : `${service}: `;
    const text = wordsOf(`${about}${whereOf(entry)}${plain}`);
    const key = isAction ? `${momentOf(atMs)} ${kind} ${text}` : `${groups.size}`;
    const group = groups.get(key) ?? { entry, text, hosts: [] };
    if (isAction) group.hosts.push(host);
    groups.set(key, group);
  }
  return [...groups.values()].map(({ entry, text, hosts }) => ({
    moment: momentOf(entry.atMs),
    kind: entry.kind,
    text: hosts.length === 0 ? text : actionText(entry, text, hosts.sort().join(', ')),
    style: styleOf(entry),
  }));
}

function printTimeline(terminal: Terminal, timeline: readonly TimelineEntry[]): void {
  const all = linesOf(timeline);
  const isLong = all.length > MOST_LINES;
  const shown = isLong ? all.filter(({ kind }) => kind !== 'action/succeeded') : all;
  for (const { moment, text, style } of shown) {
    const line = `${moment.padEnd(MOMENT_COLUMNS)} ${text}`;
    terminal.print(style === null ? line : terminal.paint(style, line));
  }
  if (isLong) terminal.print(`… and ${plural(all.length - shown.length, 'action')}; --json has all of them`);
  if (all.length > 0) terminal.print('');
}

const isBelow = ({ fewestReady, allowedReady }: ServiceForecast): boolean =>
  fewestReady !== null && allowedReady !== null && fewestReady.count < allowedReady;

function fewestText(terminal: Terminal, service: ServiceForecast): string {
  const { fewestReady, allowedReady, wanted, change } = service;
  // What is new has nothing to lose until it is complete, and says nothing as long as it stays so.
  if (fewestReady === null) return wanted === 0 || change === 'removed' ? '–' : 'never complete';
  if (change === 'added' && fewestReady.count >= wanted) return '–';
  const when = fewestReady.count < wanted ? ` at ${momentOf(fewestReady.atMs)}` : '';
  const rule = isBelow(service) ? `, its rules keep ${allowedReady}` : '';
  const text = `${fewestReady.count} of ${wanted}${when}${rule}`;
  return rule === '' ? text : terminal.paint('red', text);
}

function timeText({ beganMs, endedMs }: ServiceForecast): string {
  if (beganMs === null) return '–';
  return `${momentOf(beganMs)} to ${endedMs === null ? '–' : momentOf(endedMs)}`;
}

const most = ({ count, atMs }: Extreme): string => (count === 0 ? '0' : `${count} at ${momentOf(atMs)}`);

function endOf(terminal: Terminal, { phase, ready, wanted }: ServiceForecast, isInForce: boolean): string {
  if (phase === 'removed') return isInForce ? 'removed' : '–';
  return `${paintState(terminal, phase)}, ${ready} of ${wanted}`;
}

function printServices(terminal: Terminal, { services, isInForce }: DryRunReport): void {
  const rows = services.map((service) => [
    service.service,
    isInForce || service.change === 'unchanged' ? service.change : `would be ${service.change}`,
    timeText(service),
    fewestText(terminal, service),
    String(service.mostContainers.count),
    endOf(terminal, service, isInForce),
  ]);
  terminal.print(table(['SERVICE', 'CHANGE', 'TIME', 'FEWEST READY', 'MOST CONTAINERS', 'END'], rows));
}

const SOURCE_WORDS: Readonly<Record<HostForecast['knownFrom'], string>> = {
  engine: '',
  label: '',
  assumed: ' (assumed)',
};

/** None where more is reserved than there is. */
const capacityOf = ({ memoryBytes, reservedBytes }: HostForecast): number =>
  Math.max(0, memoryBytes - reservedBytes);

function endText(terminal: Terminal, { lostMs, isAway, inTheEnd }: HostForecast): string {
  if (lostMs !== null) return terminal.paint('red', `lost at ${momentOf(lostMs)}`);
  if (isAway) return terminal.paint('red', 'away');
  if (inTheEnd.length === 0) return '–';
  return inTheEnd
    .map(({ service, containers }) => (containers === 1 ? service : `${service} ×${containers}`))
    .join(', ');
}

function printHosts(terminal: Terminal, hosts: readonly HostForecast[]): void {
  const rows = hosts.map((host) => {
    const { mostLimits, mostUnlimited, reservedBytes, knownFrom } = host;
    const more = mostUnlimited.count === 0 ? '' : ` (+${mostUnlimited.count} without limit)`;
    const kept = reservedBytes === 0 ? '' : ` beside ${formatBytes(reservedBytes)} reserved`;
    const limits = `${formatBytes(mostLimits.bytes)}${more} of ${formatBytes(capacityOf(host))}${kept}${SOURCE_WORDS[knownFrom]}`;
    const isOver = mostLimits.bytes > capacityOf(host);
    return [
      host.host,
      isOver ? terminal.paint('red', `${limits}: more than it has, at ${momentOf(mostLimits.atMs)}`) : limits,
      most(host.mostContainers),
      endText(terminal, host),
    ];
  });
  terminal.print(table(['HOST', 'MOST MEMORY (LIMITS)', 'MOST CONTAINERS', 'END'], rows));
}

function printHead(terminal: Terminal, report: DryRunReport): void {
  const { from, commit, assumptions, hosts, notes } = report;
  const { pullMs, startupMs, stopMs, hostMemoryBytes } = assumptions;
  const start = from === null ? 'empty hosts' : `commit ${shortCommit(from)}`;
  terminal.print(`simulated, on virtual time: commit ${shortCommit(commit)}, beginning with ${start}`);
  const spans = `${formatDuration(pullMs)} for a pull, ${formatDuration(startupMs)} from a start until checks pass, ${formatDuration(stopMs)} to stop`;
  const isAssumed = hosts.some(({ knownFrom }) => knownFrom === 'assumed');
  const memory = isAssumed ? `, hosts with ${formatBytes(hostMemoryBytes)} of memory` : '';
  terminal.print(`assumed, not measured: ${spans}${memory}`);
  for (const note of notes) terminal.print(wordsOf(note));
  terminal.print('');
}

export function printSimulation(terminal: Terminal, report: DryRunReport): void {
  printHead(terminal, report);
  printTimeline(terminal, report.timeline);
  if (report.services.length > 0) {
    printServices(terminal, report);
    terminal.print('');
  }
  if (report.hosts.length > 0) {
    printHosts(terminal, report.hosts);
    terminal.print('');
  }
  printOutcome(terminal, report);
}
