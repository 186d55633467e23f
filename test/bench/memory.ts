// (f) How much memory `plimsoll serve` takes with 300 containers on 3 hosts: while it starts them, and afterwards
// through its regular reports and polls.

import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { eventually } from '../lab/eventually.ts';
import { labHostManifests, serviceManifest } from './controller-files.ts';
import { atMost, type Section, told } from './figure.ts';
import type { BenchFleet } from './fleet.ts';
import { median } from './statistics.ts';

const SERVICES = 30;
const REPLICAS = 10;
const CONTAINERS = SERVICES * REPLICAS;
const START_MS = 600_000;
/** Longer than the regular report of every host (60 s) and two polls (30 s). */
const WATCHED_S = 75;
const END_MS = 30_000;

const ROOT = join(import.meta.dirname, '../..');

/** A line of /proc/PID/status, in MiB. */
function memoryOf({ pid }: ChildProcess, line: 'VmRSS' | 'VmHWM'): number {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8');
  return Number(new RegExp(`^${line}:\\s+(\\d+) kB`, 'm').exec(status)?.[1]) / 1_024;
}

async function running(fleet: BenchFleet): Promise<number> {
  const lists = await Promise.all(fleet.hosts.map(({ host }) => host.docker.listContainers()));
  return lists.flat().length;
}

/** Compiles the project as it is released: in the checkout Node strips types, which takes 35 MiB by itself. */
function compileRelease(): string {
  const compiler = join(ROOT, 'node_modules/typescript/bin/tsc');
  execFileSync(process.execPath, [compiler, '-p', join(ROOT, 'tsconfig.build.json')]);
  return join(ROOT, 'dist/main.js');
}

export async function memory(fleet: BenchFleet): Promise<Section> {
  const repository = await fleet.repository('memory');
  const manifests = Array.from({ length: SERVICES }, (_, index) => {
    const name = `service-${index}`;
    return [`${name}.json`, serviceManifest(name, fleet.images[0], REPLICAS)];
  });
  await repository.commit({ ...labHostManifests(fleet.lab.hosts), ...Object.fromEntries(manifests) });
  const config = fleet.config('memory', { repositoryPath: repository.path, poll: '30s' });
  // The benchmark itself was started with the flags of a controller.
  const child = spawn(
    process.execPath,
    [...process.execArgv, compileRelease(), 'serve', '--config', config],
    {
      stdio: ['ignore', 'ignore', 'inherit'],
    },
  );
  try {
    const patience = { deadlineMs: START_MS, intervalMs: 1_000 };
    await eventually(`${CONTAINERS} containers`, patience, async () => {
      if (child.exitCode !== null) throw new Error(`plimsoll serve ended with ${child.exitCode}`);
      return (await running(fleet)) === CONTAINERS;
    });
    const peakMiB = memoryOf(child, 'VmHWM');
    const samples: number[] = [];
    for (let second = 0; second < WATCHED_S; second += 1) {
      await sleep(1_000);
      samples.push(memoryOf(child, 'VmRSS'));
    }
    return section(fleet, peakMiB, samples);
  } finally {
    child.kill('SIGTERM');
    if (child.exitCode === null) await once(child, 'exit', { signal: AbortSignal.timeout(END_MS) });
    await fleet.clear();
  }
}

function section(fleet: BenchFleet, peakMiB: number, samples: readonly number[]): Section {
  return {
    title: `(f) Memory: ${CONTAINERS} real containers of ${SERVICES} services on ${fleet.hosts.length} hosts`,
    lines: [
      `resident memory of the \`plimsoll serve\` process, compiled as released, over ${WATCHED_S} s after all were running`,
    ],
    figures: [
      atMost('memory.rss', 'resident memory, the most of all samples', {
        value: Math.max(...samples),
        unit: 'MiB',
        bar: 150,
      }),
      told('memory.rss.median', 'resident memory, median', median(samples), 'MiB'),
      told('memory.peak', `highest while it started the ${CONTAINERS}`, peakMiB, 'MiB'),
    ],
    notes: [],
  };
}
