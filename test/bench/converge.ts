// `npm run bench:converge [-- --only a,b] [-- --rounds 5] [-- --json]`: how fast and how cheaply a commit becomes
// containers, against direct calls to the same engines and against Docker's own Swarm. It needs what the lab
// needs: root on Linux, dockerd, sshd, a registry.

import { cpus, loadavg } from 'node:os';
import { parseArgs } from 'node:util';
import { CONFIG_DEFAULTS } from '../../src/config/defaults.ts';
import { DirectContestant } from './direct-contestant.ts';
import { type Figure, figuresJson, type Section, sectionText } from './figure.ts';
import { firstDeployment } from './first-deployment.ts';
import { BenchFleet } from './fleet.ts';
import { idlePass } from './idle-pass.ts';
import { memory } from './memory.ts';
import { oneChange } from './one-change.ts';
import { PlimsollContestant } from './plimsoll-contestant.ts';
import { repair } from './repair.ts';
import { rollingUpdate } from './rolling-update.ts';
import { Swarm } from './swarm.ts';

const HOSTS = 3;
const PARTS = 'a,b,c,d,e,f';

const { values } = parseArgs({
  options: {
    only: { type: 'string', default: PARTS },
    rounds: { type: 'string', default: '5' },
    json: { type: 'boolean', default: false },
  },
});
const parts = new Set(values.only.split(','));
const rounds = Number(values.rounds);
const figures: Figure[] = [];

function tell(section: Section): void {
  figures.push(...section.figures);
  console.log(sectionText(section));
}

async function races(fleet: BenchFleet): Promise<void> {
  const swarm = await Swarm.form(fleet);
  const contestants = {
    plimsoll: new PlimsollContestant(fleet, await fleet.repository('measured')),
    direct: new DirectContestant(fleet, CONFIG_DEFAULTS.limits.actionsPerHost),
    swarm: swarm.contestant('Docker Swarm', false),
    swarmWithNetwork: swarm.contestant('Docker Swarm --network', true),
  };
  try {
    if (parts.has('a')) tell(await firstDeployment(fleet, contestants, rounds));
    if (parts.has('b')) tell(await rollingUpdate(fleet, contestants, rounds));
  } finally {
    await swarm.leave();
  }
}

async function onRealEngines(): Promise<void> {
  await using fleet = await BenchFleet.start(HOSTS, CONFIG_DEFAULTS.limits.actionsPerHost);
  if (parts.has('a') || parts.has('b')) await races(fleet);
  if (parts.has('c')) tell(await idlePass(fleet));
  if (parts.has('e')) tell(await repair(fleet));
  if (parts.has('f')) tell(await memory(fleet));
}

const load = loadavg()
  .map((value) => value.toFixed(1))
  .join(' ');
console.log(
  `bench:converge on ${cpus().length} cores, Node ${process.versions.node}; load before: ${load}\n`,
);
if (['a', 'b', 'c', 'e', 'f'].some((part) => parts.has(part))) await onRealEngines();
if (parts.has('d')) tell(await oneChange());
if (values.json) console.log(figuresJson(figures));
