// `npm run sim:mutants`: plants bugs in the rooms that decide and
// act, and shows which of them the simulator catches. It fails where a bar is missed, where a survivor is
// not explained, and where an explanation has become stale.

import path from 'node:path';
import { heading, seconds } from '../../runner/terminal.ts';
import { isSurvivor, type Judged, tallyOf, unsettled } from './judged.ts';
import { drawMutants } from './mechanical.ts';
import type { Mutant } from './mutant.ts';
import { type MutantsOrder, readMutantsOrder, USAGE } from './options.ts';
import { PLANTED } from './planted/all.ts';
import { plant } from './planted/planted.ts';
import { eachOf, playMutant } from './play.ts';
import { SURVIVORS } from './survivors.ts';
import { catchersText, mutantText, totalsText } from './table.ts';
import { openWorkshop, type Workshop } from './workshop.ts';

const ROOT = path.resolve(import.meta.dirname, '../../..');
const SAMPLE = { seed: 'planted bugs', total: 200 };
const BARS = { 'by hand': 95, mechanical: 85 } as const;
const TELL_EVERY_MS = 15_000;

async function mutantsToPlay(workshop: Workshop): Promise<readonly Mutant[]> {
  const planted = PLANTED.map((patch) => plant(workshop.root, patch));
  const compiled = await workshop.compiles(planted);
  const broken = planted.filter(({ id }) => !compiled.has(id));
  if (broken.length > 0) throw new Error(`do not compile: ${broken.map(({ id }) => id).join(', ')}`);
  const drawn = await drawMutants(workshop.root, { ...SAMPLE, compiles: workshop.compiles });
  console.log(
    `${planted.length} bugs planted by hand; ${drawn.mutants.length} drawn of ${drawn.possible} that can be made mechanically (of those looked at the compiler refused ${drawn.refused})`,
  );
  return [...planted, ...drawn.mutants];
}

/** Nothing is proved by what the sources do wrong themselves. */
async function playUnchanged(workshop: Workshop, seeds: number): Promise<void> {
  const beganMs = performance.now();
  const { caught, trials } = await playMutant({ root: workshop.root, sources: {}, seeds });
  if (caught !== null)
    throw new Error(`the sources without any bug: ${caught.by} at ${caught.trial}: ${caught.message}`);
  console.log(`without any bug: ${trials} stories, no violation (${seconds(performance.now() - beganMs)})\n`);
}

async function playAll(
  workshop: Workshop,
  mutants: readonly Mutant[],
  { seeds, jobs }: MutantsOrder,
): Promise<readonly Judged[]> {
  const beganMs = performance.now();
  const judged = new Map<string, Judged>();
  let toldMs = beganMs;
  await eachOf(mutants, jobs, async (mutant) => {
    const played = await playMutant({ root: workshop.root, sources: mutant.sources, seeds });
    const one = { ...played, mutant, explanation: SURVIVORS[mutant.id] ?? null };
    judged.set(mutant.id, one);
    console.log(mutantText(one));
    const nowMs = performance.now();
    if (nowMs - toldMs < TELL_EVERY_MS) return;
    toldMs = nowMs;
    const caught = [...judged.values()].filter((other) => !isSurvivor(other)).length;
    const took = seconds(nowMs - beganMs);
    console.log(heading(`${judged.size} of ${mutants.length} played, ${caught} caught (${took})`));
  });
  return mutants.flatMap(({ id }) => judged.get(id) ?? []);
}

function conclude(all: readonly Judged[], isJson: boolean): number {
  console.log(heading('Survivors'));
  for (const judged of all) if (isSurvivor(judged)) console.log(mutantText(judged));
  console.log(totalsText(all));
  console.log(catchersText(all));
  const figures = (['by hand', 'mechanical'] as const).map((origin) => {
    const { percent } = tallyOf(all.filter(({ mutant }) => mutant.origin === origin));
    const name = `mutants.${origin === 'by hand' ? 'byHand' : 'mechanical'}`;
    const bar = BARS[origin];
    return { name, value: Number(percent.toFixed(1)), unit: '%', bar, holds: percent >= bar };
  });
  for (const { name, value, bar, holds } of figures)
    console.log(`  ${name}: ${value} %, at least ${bar} % ${holds ? 'holds' : 'MISSED'}`);
  const open = unsettled(all, SURVIVORS);
  for (const line of open) console.log(`✗ ${line}`);
  if (isJson) console.log(JSON.stringify({ figures }));
  return open.length === 0 && figures.every(({ holds }) => holds) ? 0 : 1;
}

async function run(order: MutantsOrder): Promise<number> {
  const workshop = openWorkshop(ROOT);
  try {
    const mutants = await mutantsToPlay(workshop);
    const { only } = order;
    const chosen = only === null ? mutants : mutants.filter(({ id }) => id === only);
    if (chosen.length === 0) throw new Error(`there is no mutant ${only}`);
    await playUnchanged(workshop, order.seeds);
    const all = await playAll(workshop, chosen, order);
    return only === null ? conclude(all, order.isJson) : 0;
  } finally {
    workshop.remove();
  }
}

// Whoever stops the run finds no copy left behind.
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(1));
try {
  const order = readMutantsOrder(process.argv.slice(2));
  if (order === null) console.log(USAGE);
  else process.exitCode = await run(order);
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
}
