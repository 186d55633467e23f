// `npm run sim -- --seeds 1000 [--from 1] [--faults cut,crash] [--jobs 2]`: worlds by seeds, with progress, counts
// of every fault and effect, and for each violation the shortest story and the command that shows it.
// `npm run sim -- --replay SEED` prints one world as a transcript.

import { fork } from 'node:child_process';
import { once } from 'node:events';
import { parseArgs } from 'node:util';
import { FAULT_KINDS, type FaultKind } from '../../src/sim/faults/fault.ts';
import { runWorld } from '../../src/sim/run/run-world.ts';
import { shrink } from '../../src/sim/run/shrink.ts';
import type { Job, JobNews } from './job.ts';

const SHRINK_BUDGET = 60;
const SHOWN = 5;

const { values } = parseArgs({
  options: {
    seeds: { type: 'string', default: '200' },
    from: { type: 'string', default: '1' },
    faults: { type: 'string' },
    jobs: { type: 'string', default: '2' },
    replay: { type: 'string' },
  },
});

function kindsOf(text: string | undefined): readonly FaultKind[] | null {
  if (text === undefined) return null;
  const names = text.split(',');
  const unknown = names.find((name) => !FAULT_KINDS.some((kind) => kind === name));
  if (unknown !== undefined)
    throw new Error(`there is no fault "${unknown}"; there are: ${FAULT_KINDS.join(', ')}`);
  return FAULT_KINDS.filter((kind) => names.includes(kind));
}

async function replay(seed: number, kinds: readonly FaultKind[] | null): Promise<number> {
  const end = await runWorld({
    seed,
    faults: null,
    kinds: kinds === null ? null : new Set(kinds),
    isTold: true,
  });
  console.log(end.lines.join('\n'));
  console.log(`\n${end.events} events, trace ${end.hash}`);
  return end.violation === null ? 0 : 1;
}

async function explain(seed: number, kinds: readonly FaultKind[] | null): Promise<void> {
  const plan = { seed, kinds: kinds === null ? null : new Set(kinds), isTold: false };
  const whole = await runWorld({ ...plan, faults: null });
  const invariant = whole.violation?.invariant;
  const story = await shrink(
    whole.faults,
    async (faults) => (await runWorld({ ...plan, faults })).violation?.invariant === invariant,
    SHRINK_BUDGET,
  );
  const { violation } = await runWorld({ ...plan, faults: story });
  console.log(`\n✘ seed ${seed}: ${invariant}: ${violation?.message ?? whole.violation?.message}`);
  for (const { atMs, fault } of story) console.log(`    at ${atMs / 1_000} s ${JSON.stringify(fault)}`);
  console.log(
    `    ${story.length} of ${whole.faults.length} faults are enough; npm run sim -- --replay ${seed}`,
  );
}

async function runAll(kinds: readonly FaultKind[] | null): Promise<number> {
  const [seeds, from, jobs] = [Number(values.seeds), Number(values.from), Number(values.jobs)];
  const beganMs = performance.now();
  const counts = new Map<string, number>();
  const failing: number[] = [];
  let [worlds, events, faults, shownMs] = [0, 0, 0, beganMs];
  const note = (news: JobNews): void => {
    worlds += 1;
    events += news.events;
    faults += news.faults;
    for (const [name, count] of news.counts) counts.set(name, (counts.get(name) ?? 0) + count);
    if (news.violation !== null) failing.push(news.seed);
    if (performance.now() - shownMs < 5_000) return;
    shownMs = performance.now();
    const perS = worlds / ((shownMs - beganMs) / 1_000);
    console.log(`${worlds} of ${seeds} worlds, ${perS.toFixed(1)} per second, ${failing.length} violations`);
  };
  await Promise.all(
    Array.from({ length: jobs }, async (_, job) => {
      const child = fork(new URL('./job.ts', import.meta.url));
      child.on('message', (news: JobNews) => note(news));
      const order: Job = { from: from + job, step: jobs, until: from + seeds, kinds };
      child.send(order);
      const [code] = await once(child, 'exit');
      if (code !== 0) throw new Error(`a job ended with ${code}`);
    }),
  );
  const tookS = (performance.now() - beganMs) / 1_000;
  console.log(
    `\n${[...counts]
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([name, n]) => `${name} ${n}`)
      .join('\n')}`,
  );
  const missing = (kinds ?? FAULT_KINDS).filter((kind) => !counts.has(`fault ${kind}`));
  console.log(
    `\n${worlds} worlds in ${tookS.toFixed(1)} s: ${(worlds / tookS).toFixed(1)} worlds and ${(events / tookS).toFixed(0)} events per second, ${(faults / worlds).toFixed(1)} faults per world`,
  );
  if (missing.length > 0) console.log(`✘ never happened: ${missing.join(', ')}`);
  failing.sort((a, b) => a - b);
  if (failing.length > 0) console.log(`✘ ${failing.length} violations, seeds ${failing.join(', ')}`);
  for (const seed of failing.slice(0, SHOWN)) await explain(seed, kinds);
  return failing.length + missing.length === 0 ? 0 : 1;
}

const kinds = kindsOf(values.faults);
process.exitCode =
  values.replay === undefined ? await runAll(kinds) : await replay(Number(values.replay), kinds);
