// `npm run bench:analysis [-- --canaries 5000] [-- --seed 1] [-- --json]`: how often simulated canaries with a
// known truth get the wrong verdict when they are looked at every 30 s, and how long a verdict takes.

import { parseArgs } from 'node:util';
import { EFFECTS, type Effect } from './canary-effects.ts';
import { judgeMany, type Outcome, type Traffic } from './canary-trials.ts';
import { atMost, type Figure, figuresJson, told } from './figure.ts';

/** Per cent of the canaries, the upper end of the 95 % interval. */
const MOST_BAD_PROMOTED = 1;
const MOST_GOOD_ABORTED = 5;

const TRAFFICS: readonly Traffic[] = [
  {
    name: 'busy',
    meaning: '5 % of 100 requests/s, 20 minutes',
    canaryPerLook: 150,
    stablePerLook: 2_850,
    looks: 40,
  },
  {
    name: 'quiet',
    meaning: '10 % of 10 requests/s, 20 minutes',
    canaryPerLook: 30,
    stablePerLook: 270,
    looks: 40,
  },
  {
    name: 'half',
    meaning: '50 % of 10 requests/s, 20 minutes',
    canaryPerLook: 150,
    stablePerLook: 150,
    looks: 40,
  },
];

const { values } = parseArgs({
  options: {
    canaries: { type: 'string', default: '5000' },
    seed: { type: 'string', default: '1' },
    json: { type: 'boolean', default: false },
  },
});
const canaries = Number(values.canaries);

const percent = (share: number): string => `${(100 * share).toFixed(2)} %`;
const ofAll = (count: number): string => percent(count / canaries).padStart(9);

function rowOf({ meaning, truth }: Effect, outcome: Outcome): string {
  const { passed, failed, undecided, wrongShare, medianMinutes } = outcome;
  const wrong = `${percent(wrongShare.low)} – ${percent(wrongShare.high)}`.padStart(17);
  const minutes = Number.isNaN(medianMinutes) ? '–' : `${medianMinutes} min`;
  return `  ${truth.padEnd(5)} ${meaning.padEnd(52)}${ofAll(passed)}${ofAll(failed)}${ofAll(undecided)}  ${wrong}${minutes.padStart(9)}`;
}

function figuresOf({ name, meaning, truth }: Effect, traffic: Traffic, outcome: Outcome): readonly Figure[] {
  const at = `${traffic.name}.${name}`;
  const [kind, bar] =
    truth === 'bad' ? ['badPromoted', MOST_BAD_PROMOTED] : ['goodAborted', MOST_GOOD_ABORTED];
  const undecided = (100 * outcome.undecided) / canaries;
  return [
    atMost(`${at}.${kind}`, meaning, { value: 100 * outcome.wrongShare.high, unit: '%', bar: Number(bar) }),
    told(`${at}.undecided`, meaning, undecided, '%'),
    ...(Number.isNaN(outcome.medianMinutes)
      ? []
      : [told(`${at}.medianTime`, meaning, outcome.medianMinutes, 'min')]),
  ];
}

const figures: Figure[] = [];
console.log(
  `bench:analysis: ${canaries} canaries per effect, seed ${values.seed}, Node ${process.versions.node}\n`,
);
for (const traffic of TRAFFICS) {
  console.log(`${traffic.name}: ${traffic.meaning}, a look every 30 s`);
  console.log(
    `  ${'truth'.padEnd(5)} ${'canary'.padEnd(52)}   promoted  aborted undecided   wrong, 95 % int.   median`,
  );
  for (const effect of EFFECTS) {
    const outcome = judgeMany(effect, traffic, canaries, Number(values.seed));
    figures.push(...figuresOf(effect, traffic, outcome));
    console.log(rowOf(effect, outcome));
  }
  console.log('');
}
const missed = figures.filter(({ holds }) => holds === false);
console.log(
  missed.length === 0
    ? `All bars hold: at most ${MOST_BAD_PROMOTED} % bad promoted, at most ${MOST_GOOD_ABORTED} % good aborted (upper ends).`
    : `MISSED: ${missed.map(({ name, value, bar }) => `${name} ${value.toFixed(2)} % > ${bar} %`).join('; ')}`,
);
if (values.json) console.log(figuresJson(figures));
