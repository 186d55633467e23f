// How one service looks to a person: what `describe`, `why` and `history` print.

import type { RolloutAnswer, ServiceAnswer, WhyAnswer } from '../api/client.ts';
import { formatDuration } from '../kernel/time.ts';
import { table } from './table.ts';
import { harmless, type Terminal } from './terminal.ts';
import { ago, byReason, clockTime, paintState, shortCommit } from './wording.ts';

type Instance = ServiceAnswer['instances'][number];

export function rolloutRows(terminal: Terminal, rollouts: readonly RolloutAnswer[]): string {
  const rows = rollouts.map((r) => [
    String(r.sequence),
    r.kind,
    r.from ?? '–',
    r.to,
    shortCommit(r.commit),
    paintState(terminal, r.phase),
    clockTime(r.startedAt),
    harmless(r.because),
  ]);
  return table(['RUN', 'KIND', 'FROM', 'TO', 'COMMIT', 'RESULT', 'STARTED', 'BECAUSE'], rows);
}

/** What is known of an instance on a host that does not answer was true when it last did. */
function stateOf({ intent, readyAt, hostState, asOf, host }: Instance, now: number): string {
  if (intent === 'retire') return 'to be removed';
  const state = readyAt === null ? 'not ready' : 'ready';
  if (hostState === 'fresh') {
    return readyAt === null ? state : `${state} for ${formatDuration(Math.max(0, now - readyAt))}`;
  }
  return asOf === null
    ? `${state} when last seen (host ${host} has not answered since the controller started)`
    : `${state}, as of ${ago(asOf, now)} (host ${host} does not answer)`;
}

function containerOf({ container, hostState }: Instance): string {
  if (container === null) return '–';
  const health = container.health === 'none' ? '' : `, ${container.health}`;
  return `${hostState === 'fresh' ? '' : 'was '}${container.status}${health}`;
}

/** As `docker ps` has them, with the name of the host in place of an address: `h1:18080->8080/tcp`. */
const portsOf = ({ host, container }: Instance): string =>
  (container?.hostPorts ?? [])
    .map(({ port, containerPort, protocol }) => {
      const target = containerPort === null ? '' : `->${containerPort}`;
      return `${host}:${port}${target}/${protocol}`;
    })
    .join(' ');

function printInstances(terminal: Terminal, instances: readonly Instance[], now: number): void {
  const rows = instances.map((i) => [
    String(i.ordinal),
    i.host,
    i.revision,
    stateOf(i, now),
    containerOf(i),
    portsOf(i) || '–',
  ]);
  terminal.print(`\n${table(['#', 'HOST', 'REVISION', 'STATE', 'CONTAINER', 'PORTS'], rows)}\n`);
  const reasons = byReason(instances, (i) => `${i.ordinal} on ${i.host}`);
  const [only, other] = reasons;
  if (only !== undefined && other === undefined) terminal.print(`because: ${harmless(only.because)}`);
  else {
    terminal.print('because:');
    for (const { because, names } of reasons) terminal.print(`  ${names.join(', ')}: ${harmless(because)}`);
  }
}

function imageText({ image, desiredImage }: ServiceAnswer): string {
  if (desiredImage === null || desiredImage === image) return image ?? '–';
  return `${image ?? 'none yet'}; the commit wants ${desiredImage}`;
}

/** `now`: the present instant. */
export function printService(terminal: Terminal, service: ServiceAnswer, now: number): void {
  const line = (name: string, value: string): void => terminal.print(`${`${name}:`.padEnd(12)} ${value}`);
  line('service', terminal.paint('bold', `${service.namespace}/${service.name}`));
  line('state', `${paintState(terminal, service.phase)}: ${harmless(service.because)}`);
  line('ready', `${service.ready} of ${service.desired}`);
  line('image', imageText(service));
  line('revision', `${service.revision ?? '–'} (last that succeeded: ${service.stable ?? 'none'})`);
  line('source', `${service.source}, commit ${shortCommit(service.commit)}`);
  if (service.dependsOn.length > 0) line('depends on', service.dependsOn.join(', '));
  if (service.pin !== null) line('pinned', `to ${service.pin.revision} by ${service.pin.by}`);
  if (service.rollout !== null)
    line('rollout', `${paintState(terminal, service.rollout.phase)}: ${harmless(service.rollout.because)}`);
  const canary = service.rollout?.canary ?? null;
  if (canary !== null && service.rollout?.endedAt === null) line('steps', harmless(canary.because));
  for (const bad of service.quarantine) line('quarantine', `${bad.revision}: ${harmless(bad.because)}`);
  const blocked = service.blocked.filter(({ because }) => because !== canary?.because);
  for (const { because, names } of byReason(blocked, (b) => b.object))
    line('blocked', `${names.join(', ')}: ${harmless(because)}`);
  if (service.instances.length > 0) printInstances(terminal, service.instances, now);
}

export function printWhy(terminal: Terminal, why: WhyAnswer): void {
  terminal.print(
    `${terminal.paint('bold', why.service)} is ${paintState(terminal, why.phase)}: ${harmless(why.because)}`,
  );
  const rows = why.chain.map((l) => [
    l.link,
    l.object,
    l.at === null ? '' : clockTime(l.at),
    harmless(l.because),
  ]);
  terminal.print(table(['', '', '', ''], rows).split('\n').slice(1).join('\n'));
}
