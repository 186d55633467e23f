// `npm run bench:traffic [-- --rounds 5] [-- --seconds 4] [-- --json]`: what the load balancers of the hosts cost,
// and what is noticed when one is killed. Ways are taken in turn, again and again, and compared within the run: machines
// are noisy.

import { parseArgs } from 'node:util';
import { runCommand } from '../lab/command.ts';
import { installPackages } from '../lab/install-packages.ts';
import { findProgram } from '../lab/prerequisites.ts';
import { atLeast, type Figure, figuresJson, sectionText, told } from './figure.ts';
import { median } from './statistics.ts';
import { outageFigures } from './traffic-outages.ts';
import { type TrafficPath, TrafficPaths } from './traffic-paths.ts';

/** Of the requests per second through HAProxy with a minimal configuration. */
const LEAST_OF_PLAIN = 0.8;
const CONNECTIONS = 32;

const { values } = parseArgs({
  options: {
    rounds: { type: 'string', default: '5' },
    seconds: { type: 'string', default: '4' },
    json: { type: 'boolean', default: false },
  },
});
const rounds = Number(values.rounds);

interface Measured {
  readonly perSecond: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
}

const UNITS_MS: Readonly<Record<string, number>> = { us: 0.001, ms: 1, s: 1_000 };

/** `  50%    1.07ms` of what wrk prints. */
function latencyMs(text: string, percentile: number): number {
  const found = new RegExp(`^ *${percentile}% +([\\d.]+)(us|ms|s)$`, 'm').exec(text);
  return Number(found?.[1]) * (UNITS_MS[found?.[2] ?? ''] ?? Number.NaN);
}

async function measure({ name, url }: TrafficPath): Promise<Measured> {
  const load = ['-t1', `-c${CONNECTIONS}`, `-d${values.seconds}s`, '--latency', url];
  const text = await runCommand('wrk', load, { deadlineMs: 120_000 });
  if (/Non-2xx|Socket errors/.test(text)) throw new Error(`requests failed on the way "${name}":\n${text}`);
  const perSecond = Number(/^Requests\/sec: +([\d.]+)$/m.exec(text)?.[1]);
  return { perSecond, p50Ms: latencyMs(text, 50), p99Ms: latencyMs(text, 99) };
}

type Rounds = ReadonlyMap<TrafficPath, readonly Measured[]>;

async function takeTurns(paths: readonly TrafficPath[]): Promise<Rounds> {
  const taken = new Map<TrafficPath, Measured[]>(paths.map((path) => [path, []]));
  for (let round = 1; round <= rounds; round += 1) {
    for (const path of paths) taken.get(path)?.push(await measure(path));
    console.log(`  round ${round} of ${rounds}`);
  }
  return taken;
}

/** Requests per second on one way over those on another one: of each round, and of these the middle. */
function overOf(taken: Rounds, one: TrafficPath['name'], other: TrafficPath['name']): number {
  const of = (name: string) => [...taken].find(([path]) => path.name === name)?.[1] ?? [];
  return median(of(one).map(({ perSecond }, n) => perSecond / (of(other)[n]?.perSecond ?? Number.NaN)));
}

function figuresOf(taken: Rounds): readonly Figure[] {
  const each = [...taken].flatMap(([{ name, meaning }, measured]) => [
    told(`${name}.throughput`, `${meaning}: throughput`, median(measured.map((m) => m.perSecond)), '/s'),
    told(`${name}.p50`, `${meaning}: p50`, 1_000 * median(measured.map((m) => m.p50Ms)), 'µs'),
    told(`${name}.p99`, `${meaning}: p99`, 1_000 * median(measured.map((m) => m.p99Ms)), 'µs'),
  ]);
  const bar = { value: overOf(taken, 'oneHop', 'plain'), unit: 'ratio', bar: LEAST_OF_PLAIN };
  return [
    ...each,
    atLeast('oneHop.overPlain', 'throughput of one hop over plain HAProxy', bar),
    told(
      'twoHops.overPlain',
      'throughput of two hops over plain HAProxy',
      overOf(taken, 'twoHops', 'plain'),
      'ratio',
    ),
  ];
}

async function compared(): Promise<readonly Figure[]> {
  await using ways = new TrafficPaths();
  return figuresOf(await takeTurns(await ways.start()));
}

if (findProgram('wrk') === undefined) {
  const refusal = await installPackages(['wrk']);
  if (refusal !== undefined) throw new Error(refusal);
}
console.log(`bench:traffic: ${CONNECTIONS} connections, ${values.seconds} s on each way in turn\n`);
const throughput = await compared();
console.log(
  `\n${sectionText({ title: 'Requests between services', lines: [], figures: throughput, notes: [] })}`,
);
const outages = await outageFigures(rounds);
console.log(
  `\n${sectionText({ title: 'What is killed on the way', lines: [], figures: outages, notes: [] })}`,
);
if (values.json) console.log(figuresJson([...throughput, ...outages]));
