// (c) What it costs to look at everything and find nothing to do: the regular report of every host and one
// reconcile of all services, with the requests counted at the engines' doors.

import { Parts } from '../../src/loop/parts.ts';
import { runPass } from '../../src/loop/pass.ts';
import { eventually } from '../lab/eventually.ts';
import { serviceManifest } from './controller-files.ts';
import { atMost, type Section, told } from './figure.ts';
import type { BenchFleet } from './fleet.ts';
import { isWrite, type TappedRequest } from './request-tap.ts';
import { openController, RunningController } from './running-controller.ts';
import { median, spread } from './statistics.ts';
import { Taps } from './taps.ts';

const SERVICES = ['api', 'web', 'worker'];
const REPLICAS = 10;
const PASSES = 30;

interface Pass {
  readonly tookMs: number;
  readonly planMs: number;
  /** Largest number at one host, without those of the audit. */
  readonly requests: number;
  readonly audits: number;
  readonly writes: number;
}

/** The audit, one inspection a second and host, is a habit of its own and goes on during a pass. */
const isAudit = ({ method, path }: TappedRequest): boolean =>
  method === 'GET' && /^\/containers\/[^/]+\/json$/.test(path);

/** The controller's parts without its clockwork: nothing happens but what is asked for here. */
async function restingParts(configPath: string) {
  const opened = await openController(configPath);
  const parts = new Parts(
    opened.options,
    opened.options.clock,
    () => {},
    () => true,
  );
  const loaded = await parts.keeper.load(opened.options.clock.now());
  if (!loaded.ok) throw new Error(loaded.error.message);
  await parts.sources.load();
  await eventually('all hosts seen', { deadlineMs: 30_000 }, () => {
    const views = parts.fleet.views();
    return views.length > 0 && views.every((view) => view.state === 'fresh');
  });
  return {
    parts,
    async close() {
      await parts.sources.stop();
      await parts.fleet.stop();
      await opened.close();
    },
  };
}

async function onePass(parts: Parts, taps: Taps): Promise<Pass> {
  taps.clear();
  const beganMs = performance.now();
  await Promise.all(parts.fleet.views().map(({ host }) => parts.fleet.observer(host)?.resync()));
  const seenMs = performance.now();
  parts.markAll();
  await runPass(parts, true, { reportOnly: null, unmetHosts: new Set() });
  const endedMs = performance.now();
  const seen = taps.byHost();
  return {
    tookMs: endedMs - beganMs,
    planMs: endedMs - seenMs,
    requests: Math.max(...seen.map((all) => all.filter((r) => !isAudit(r)).length)),
    audits: seen.flat().filter(isAudit).length,
    writes: seen.flat().filter(isWrite).length,
  };
}

export async function idlePass(fleet: BenchFleet): Promise<Section> {
  await using taps = await Taps.open(fleet);
  const repository = await fleet.repository('idle');
  const manifests = SERVICES.map((name) => [
    `${name}.json`,
    serviceManifest(name, fleet.images[0], REPLICAS, { rollout: { minHealthy: '0s' } }),
  ]);
  await repository.commit({ ...taps.hostManifests(), ...Object.fromEntries(manifests) });
  const configPath = fleet.config('idle', { repositoryPath: repository.path });
  await (await RunningController.start(configPath)).stop();
  const resting = await restingParts(configPath);
  const passes: Pass[] = [];
  try {
    await fleet.quiet();
    for (let n = 0; n < PASSES; n += 1) passes.push(await onePass(resting.parts, taps));
  } finally {
    await resting.close();
    await fleet.clear();
  }
  return section(fleet, passes);
}

function section(fleet: BenchFleet, passes: readonly Pass[]): Section {
  const containers = SERVICES.length * REPLICAS;
  const audits = passes.reduce((sum, pass) => sum + pass.audits, 0);
  return {
    title: `(c) A pass with nothing to do: ${containers} containers on ${fleet.hosts.length} hosts, over SSH`,
    lines: [
      `${PASSES} passes: a report of every host, then one reconcile of all services`,
      `whole pass ${spread(passes.map((p) => p.tookMs))}, of it the reconcile ${spread(passes.map((p) => p.planMs))}`,
    ],
    figures: [
      atMost('idlePass.requestsPerHost', 'requests at an engine, the most of all passes and hosts', {
        value: Math.max(...passes.map((p) => p.requests)),
        unit: 'requests',
        bar: 3,
      }),
      atMost('idlePass.writes', 'requests that write, all passes together', {
        value: passes.reduce((sum, pass) => sum + pass.writes, 0),
        unit: 'requests',
        bar: 0,
      }),
      told('idlePass.time', 'time of a pass, median', median(passes.map((p) => p.tookMs)), 'ms'),
    ],
    notes: [`Besides, the audit inspects one container a second and host; ${audits} fell into these passes.`],
  };
}
