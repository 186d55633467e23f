// What became of a world, as lines that can be compared: what is on each host, what happened to each object
// how often, what the store remembers, what the audit tells and what the product shows. Instants are left
// out: a crash takes time. So is what follows from nothing else, which is said where it is left out.

import { canonicalJson, type Json, sha256 } from '../../../src/kernel/canonical.ts';
import type { SimContainer } from '../../../src/sim/engine/container.ts';
import type { SimHost } from '../../../src/sim/world/fleet.ts';
import type { World } from '../../../src/sim/world/world.ts';
import type { Tally } from './tally.ts';

/** What a line is about, to what is so. */
export type Outcome = ReadonlyMap<string, string>;

/** Instants, and what counts looks at a container that fails again and again. */
const PASSING = /(At|^at|^faultMark|^faults|^failures)$/;
/** An action that is planned again after a crash is told again: it was about to be done twice. */
const PLANNED = /^action\//;

const text = (value: unknown): string => canonicalJson(timeless(value));

function timeless(value: unknown): Json {
  if (Array.isArray(value)) return value.map(timeless);
  if (typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean') return value;
  if (typeof value !== 'object' || value === null) return null;
  const entries = Object.entries(value).filter(([key]) => !PASSING.test(key));
  return Object.fromEntries(entries.map(([key, inner]) => [key, timeless(inner)]));
}

const short = (value: unknown): string => sha256(text(value)).slice(0, 12);

function* containerLine(container: SimContainer): Generator<readonly [string, string]> {
  const { made, status, health, limits, restartPolicy, endpoints, bound, stoppedByHand } = container;
  const { labels, reference, spec, mounts } = made;
  const shown = { labels, reference, spec: short(spec), mounts, status, health, limits, restartPolicy };
  // A load balancer is in several at once, in whatever order it came to be.
  const networks = [...endpoints]
    .map(([network, { aliases }]) => ({ network, aliases }))
    .sort((a, b) => (a.network < b.network ? -1 : 1));
  yield [`container ${container.name}`, text({ ...shown, networks, bound, stoppedByHand })];
}

/** How often an image that crashes had crashed, and what it was found at, is told by when somebody looked. */
const CRASHES = /\d+ failures in a row(: [\w.-]+ [^;"]*)?/g;

function* hostLines({ engine }: SimHost): Generator<readonly [string, string]> {
  const { containers, networks, volumes, images } = engine.machine;
  for (const container of containers.values()) yield* containerLine(container);
  for (const { observed } of networks.values()) yield [`network ${observed.name}`, text(observed.labels)];
  for (const { observed, files } of volumes.values())
    yield [`volume ${observed.name}`, text({ labels: observed.labels, files: short([...files]) })];
  for (const { digests } of images.values()) yield [`image ${[...digests].join(' ')}`, 'is there'];
}

/** How often rules were told, and which came before, follows from when somebody looked; addresses from who came first. */
function rulesText(row: unknown): string {
  const told =
    typeof row === 'object' && row !== null && 'told' in row && Array.isArray(row.told) ? row.told : [];
  const newest: unknown = told.at(-1);
  return text(
    typeof newest === 'object' && newest !== null
      ? { ...newest, mark: 'a mark', addresses: 'of these' }
      : null,
  );
}

function rowText(key: string, value: string): string {
  let row: unknown;
  try {
    row = JSON.parse(value);
  } catch {
    return value;
  }
  // A row may be an instant itself.
  if (typeof row === 'number') return 'a number';
  return key.startsWith('balancer/') ? rulesText(row) : text(row);
}

function* storeLines({ disk }: World): Generator<readonly [string, string]> {
  for (const { key, value } of disk.rows.values()) yield [`row ${key}`, rowText(key, value)];
  const counts = new Map<string, number>();
  for (const { event, object, actor } of disk.auditEntries) {
    if (PLANNED.test(event)) continue;
    const told = `audit ${event} ${object} by ${actor}`;
    counts.set(told, (counts.get(told) ?? 0) + 1);
  }
  for (const [told, count] of counts) yield [told, `${count} times`];
}

function* statusLines(world: World): Generator<readonly [string, string]> {
  const controller = world.active?.controller;
  if (controller === undefined) return;
  const { phase, services, hosts, sources, problems } = controller.status();
  yield ['phase', phase];
  for (const service of services) yield [`service ${service.name}`, text(service)];
  for (const { name, state } of hosts) yield [`host ${name}`, state];
  for (const { id, held, problems: found } of sources) yield [`source ${id}`, text({ held, found })];
  yield ['problems', text(problems)];
}

/** Commits are named by when they were made: here by their number. */
function retold(world: World, line: string): string {
  let named = line.replaceAll(CRASHES, 'failures in a row');
  for (const [number, commit] of world.repository.commits().entries())
    named = named.replaceAll(commit, `commit ${number}`).replaceAll(commit.slice(0, 12), `commit ${number}`);
  return named;
}

export function outcomeOf(world: World, tally: Tally): Outcome {
  const lines = new Map<string, string>();
  for (const host of world.hosts.values())
    for (const [what, is] of hostLines(host)) lines.set(`on ${host.id}: ${what}`, is);
  for (const [what, count] of tally.counts) lines.set(`happened: ${what}`, `${count} times`);
  for (const [what, is] of storeLines(world)) lines.set(`store: ${what}`, retold(world, is));
  for (const [what, is] of statusLines(world)) lines.set(`shown: ${what}`, retold(world, is));
  return lines;
}

/** In how far a run ended otherwise than the clean one, in lines; none where it did not. */
export function differences(clean: Outcome, other: Outcome): readonly string[] {
  const found: string[] = [];
  for (const what of new Set([...clean.keys(), ...other.keys()])) {
    const [before, after] = [clean.get(what), other.get(what)];
    if (before !== after)
      found.push(`${what}: ${after ?? 'nothing'}; without a crash ${before ?? 'nothing'}`);
  }
  return found.sort();
}
