// (e) Somebody removes, stops or changes a container by hand: how long until the controller has seen it and until
// its first call that repairs it arrives at the engine.

import { setTimeout as sleep } from 'node:timers/promises';
import type Docker from 'dockerode';
import { eventually } from '../lab/eventually.ts';
import { serviceManifest } from './controller-files.ts';
import { atMost, type Figure, type Section, told } from './figure.ts';
import type { BenchFleet, BenchHost } from './fleet.ts';
import type { TappedRequest } from './request-tap.ts';
import { RunningController } from './running-controller.ts';
import { percentile, spread } from './statistics.ts';
import { Taps } from './taps.ts';

interface Damage {
  readonly command: string;
  readonly trials: number;
  /** The engine's word for what it did. */
  readonly event: string;
  readonly do: (container: Docker.Container, docker: Docker) => Promise<unknown>;
  readonly repairs: (request: TappedRequest, id: string) => boolean;
}

const starts = ({ method, path }: TappedRequest, id: string): boolean =>
  method === 'POST' && path === `/containers/${id}/start`;

const DAMAGES: readonly Damage[] = [
  {
    command: 'docker rm -f',
    trials: 36,
    event: 'destroy',
    do: (container) => container.remove({ force: true }),
    repairs: ({ method, path }) => method === 'POST' && path.startsWith('/containers/create'),
  },
  {
    command: 'docker stop',
    trials: 10,
    event: 'die',
    do: (container) => container.stop(),
    repairs: starts,
  },
  {
    command: 'docker update --memory',
    trials: 10,
    event: 'update',
    do: (container) => container.update({ Memory: 48 * 1024 * 1024, MemorySwap: 96 * 1024 * 1024 }),
    repairs: ({ method, path }, id) => method === 'POST' && path === `/containers/${id}/update`,
  },
  {
    command: 'docker network disconnect',
    trials: 10,
    event: 'disconnect',
    do: ({ id }, docker) => docker.getNetwork('plimsoll.default').disconnect({ Container: id }),
    repairs: ({ method, path }) => method === 'POST' && /^\/networks\/[^/]+\/connect$/.test(path),
  },
];

const REPLICAS = DAMAGES.reduce((sum, { trials }) => sum + trials, 0);
const PAUSE_MS = 300;

interface Trial {
  /** From the command, from what it did, to the first call about the container, to the first that repairs. */
  readonly doneMs: number;
  readonly seenMs: number;
  readonly repairMs: number;
  readonly repairFromEventMs: number;
}

interface Target {
  readonly host: BenchHost;
  readonly id: string;
}

/** Every trial has a container of its own: one that was repaired twice in a row is repaired more slowly. */
async function targets(fleet: BenchFleet): Promise<Target[]> {
  const perHost = await Promise.all(
    fleet.hosts.map(async (host) =>
      (await host.host.docker.listContainers()).map(({ Id }) => ({ host, id: Id })),
    ),
  );
  return perHost.flat();
}

async function trial(fleet: BenchFleet, taps: Taps, damage: Damage, { host, id }: Target): Promise<Trial> {
  const { docker } = host.host;
  fleet.watch.clear();
  taps.clear();
  const beganAtMs = performance.timeOrigin + performance.now();
  await damage.do(docker.getContainer(id), docker);
  const first = (what: string, matches: (request: TappedRequest) => boolean): Promise<TappedRequest> =>
    eventually(`${what} after ${damage.command}`, { deadlineMs: 60_000, intervalMs: 5 }, () =>
      taps.at(host.name).find(matches),
    );
  const repair = await first('repair', (request) => damage.repairs(request, id));
  const eventAtMs = await fleet.watch.momentOfContainer(id, damage.event);
  // The audit may ask for it too; a look that follows the event is never earlier than the event.
  const seen = taps.at(host.name).find((r) => r.atMs >= eventAtMs && r.path.includes(id)) ?? repair;
  return {
    doneMs: eventAtMs - beganAtMs,
    seenMs: Math.min(seen.atMs, repair.atMs) - eventAtMs,
    repairMs: repair.atMs - beganAtMs,
    repairFromEventMs: repair.atMs - eventAtMs,
  };
}

export async function repair(fleet: BenchFleet): Promise<Section> {
  await using taps = await Taps.open(fleet);
  const repository = await fleet.repository('repair');
  await repository.commit({
    ...taps.hostManifests(),
    'service.json': serviceManifest('bench', fleet.images[0], REPLICAS, { rollout: { minHealthy: '0s' } }),
  });
  const running = await RunningController.start(fleet.config('repair', { repositoryPath: repository.path }));
  const trials = new Map<string, Trial[]>();
  try {
    const untouched = (await targets(fleet)).values();
    await fleet.quiet();
    for (const damage of DAMAGES) {
      const done: Trial[] = [];
      for (const target of untouched.take(damage.trials)) {
        done.push(await trial(fleet, taps, damage, target));
        await running.converged();
        await sleep(PAUSE_MS);
      }
      trials.set(damage.command, done);
    }
  } finally {
    await running.stop();
    await fleet.clear();
  }
  return section(fleet, trials);
}

function section(fleet: BenchFleet, trials: ReadonlyMap<string, readonly Trial[]>): Section {
  const removed = trials.get('docker rm -f') ?? [];
  const p95 = (of: (trial: Trial) => number): number => percentile(removed.map(of), 0.95);
  const seen: Figure[] = [...trials].map(([command, all]) =>
    atMost(
      `repair.seen.${command.replaceAll(/\W+/g, '-')}`,
      `${command}: from the event until it was seen, worst`,
      {
        value: Math.max(...all.map((t) => t.seenMs)),
        unit: 'ms',
        bar: 1_000,
      },
    ),
  );
  return {
    title: `(e) Repair: ${REPLICAS} replicas on ${fleet.hosts.length} hosts, one container damaged at a time`,
    lines: [...trials].flatMap(([command, all]) => [
      `${command.padEnd(26)} ${all.length} trials; the command itself ${spread(all.map((t) => t.doneMs))}`,
      `    event to first repairing call ${spread(all.map((t) => t.repairFromEventMs))}, command to it ${spread(all.map((t) => t.repairMs))}`,
    ]),
    figures: [
      atMost('repair.rm.p95', 'from `docker rm -f` to the first repairing call, p95', {
        value: p95((t) => t.repairMs),
        unit: 'ms',
        bar: 1_000,
      }),
      told(
        'repair.rm.fromEvent.p95',
        'from its event to that call, p95',
        p95((t) => t.repairFromEventMs),
        'ms',
      ),
      ...seen,
    ],
    notes: [],
  };
}
