// A machine and its link in turmoil: whatever happens in whatever order, every call ends by its deadline, the
// tables agree with each other, and the same chance gives the same story.

import { describe, expect, it } from 'vitest';
import { toProblem } from '../../../src/kernel/errors.ts';
import type { Random } from '../../../src/ports/clock.ts';
import { between, pick, randomStream } from '../../../src/sim/core/random.ts';
import { USUAL_PACE } from '../../../src/sim/engine/pace.ts';
import type { SimEngine } from '../../../src/sim/engine/sim-engine.ts';
import { PERFECT, type Way } from '../../../src/sim/link/conditions.ts';
import { image, MapRegistry, requestOn } from '../engine/plain-engine.ts';
import { Linked } from './linked.ts';

const SEEDS = Array.from({ length: 100 }, (_, seed) => seed);
const STEPS = 150;
const DEADLINE_MS = 5_000;
const NAMES = ['a', 'b', 'c', 'd'];
const WAYS: readonly Way[] = ['open', 'open', 'cut', 'cutToHost', 'cutFromHost', 'halfOpen', 'refused'];
const LOSSES = { requestLost: 0.1, answerLost: 0.1, answerLate: 0.05, requestDoubled: 0.1, eventLost: 0.2 };
const DOES = [
  {},
  { exits: { afterMs: 700, code: 1 } },
  { ignoresSigterm: true },
  { health: 'fails' },
] as const;

function somethingHappens(linked: Linked, random: Random): void {
  const { engine } = linked;
  const name = pick(random, NAMES);
  const { people } = engine;
  const happenings: readonly (() => unknown)[] = [
    () => engine.crashDaemon(),
    () => engine.stopDaemon(),
    () => engine.startDaemon(),
    () => engine.freezeDaemon(),
    () => engine.thawDaemon(),
    () => engine.losePower(),
    () => engine.boot(),
    () => engine.fillDisk(),
    () => engine.freeDisk(),
    () => engine.slow(between(random, 1, 20)),
    () => engine.killForMemory(name),
    () => engine.endProcess(name, 1),
    () => people.stop(name, 1_000),
    () => people.start(name),
    () => people.pause(name),
    () => people.unpause(name),
    () => people.remove(name),
    () => people.disconnect('shop', name),
    () => people.connect('shop', name),
    () => people.createNetwork('shop'),
    () => people.restart(name, 1_000),
    () => people.removeNetwork('shop'),
    () => linked.set({ way: pick(random, WAYS) }),
    () => linked.set({ way: 'open', ...LOSSES }),
  ];
  pick(random, happenings)();
}

function everythingHeals(linked: Linked): void {
  const { engine, link } = linked;
  linked.set(PERFECT);
  engine.boot();
  engine.startDaemon();
  engine.thawDaemon();
  engine.freeDisk();
  engine.slow(1);
  link.connect({ deadlineMs: DEADLINE_MS }).catch(() => {});
}

function somethingIsAsked(linked: Linked, random: Random): Promise<unknown> {
  const { link, engine } = linked;
  const how = { deadlineMs: DEADLINE_MS };
  const name = pick(random, NAMES);
  const id = engine.machine.names.get(name)?.id ?? name;
  const spec = { restart: pick(random, ['no', 'unless-stopped'] as const) };
  const address = pick(random, [null, '10.203.7.2', '10.203.7.3', '10.203.7.9']);
  const place = { aliases: [name, 'more'], address };
  const networks = [{ name: 'shop', aliases: [name], address }];
  const other = pick(random, NAMES);
  const wish = pick(random, [{ networks }, { sharesNetworkOf: other }]);
  const calls: readonly (() => Promise<unknown>)[] = [
    () => link.connect(how),
    () => link.createNetwork({ name: 'shop', labels: {}, subnet: '10.203.7.0/24' }, how),
    () => link.createContainer(requestOn(engine, name, { does: pick(random, DOES), spec, ...wish }), how),
    () => link.createContainer(requestOn(engine, name, { does: pick(random, DOES), spec, ...wish }), how),
    () => link.startContainer(id, how),
    () => link.startContainer(id, how),
    () => link.stopContainer(id, 1_000, how),
    () => link.restartContainer(id, 1_000, how),
    () => link.removeContainer(id, how),
    () => link.report(new Map(), how),
    () =>
      link.fillVolume('config', 'r.example/a:1', {}, [], {
        ...how,
        uploadMs: DEADLINE_MS,
        mayGoOn: () => true,
      }),
    () => link.removeVolume('config', how),
    () => link.pullImage('r.example/web:1', null, () => {}, how),
    () => link.removeNetwork('shop', how),
    () => link.connectNetwork('shop', id, place, how),
    () => link.disconnectNetwork('shop', id, how),
  ];
  return pick(random, calls)();
}

/** What the tables of a machine say that cannot be. */
function contradictions({ machine }: SimEngine): string[] {
  const found: string[] = [];
  const addresses = new Map<string, string>();
  for (const container of machine.containers.values()) {
    const { name, isUp, run, status, made, sharedRun } = container;
    if (made.sharesNetworkOf !== null && container.endpoints.size > 0) found.push(`${name} has two networks`);
    if (!isUp && sharedRun !== null) found.push(`${name} is ${status} and in the network of another one`);
    if (machine.names.get(name) !== container) found.push(`${name} is not known by its name`);
    const isKnownUp = machine.daemon === 'up' && isUp !== (run !== null);
    if (isKnownUp) found.push(`${name} is ${status} and its process is ${run === null ? 'gone' : 'there'}`);
    for (const [network, { address, networkId }] of container.endpoints) {
      if (address === null) continue;
      if (!isUp) found.push(`${name} is ${status} and has the address ${address}`);
      if (addresses.has(address)) found.push(`${name} and ${addresses.get(address)} are at ${address}`);
      if (machine.networks.get(networkId ?? '')?.members.has(container.id) !== true)
        found.push(`${network} does not know its member ${name}`);
      if (machine.addresses.get(address) !== container) found.push(`${address} does not lead to ${name}`);
      addresses.set(address, name);
    }
  }
  if (machine.addresses.size !== addresses.size) found.push('addresses lead nowhere');
  return found;
}

/** The whole story of a seed, in words. */
async function storyOf(seed: number): Promise<string[]> {
  const flaws = { twinNetwork: 0.5, removalFails: 0.1, removalLingers: 0.1, sharerFirst: 0.5 };
  const registry = new MapRegistry();
  registry.push('r.example/web:1', image());
  const linked = new Linked({ registry, flaws, pace: USUAL_PACE });
  linked.engine.loadImage(image(), ['r.example/a:1']);
  const random = randomStream(seed, 'turmoil');
  const story: string[] = linked.told;
  let open = 0;
  linked.engine.machine.events.follow(0, ({ action, object }) => story.push(`${action} ${object}`));
  for (let step = 0; step < STEPS; step += 1) {
    if (random.next() < 0.3) somethingHappens(linked, random);
    if (random.next() < 0.15) everythingHeals(linked);
    open += 1;
    somethingIsAsked(linked, random)
      .then(
        () => story.push(`${step} ok`),
        (error: unknown) => story.push(`${step} ${toProblem(error).code}`),
      )
      .finally(() => {
        open -= 1;
      });
    await linked.clock.pass(between(random, 0, 600));
    story.push(...contradictions(linked.engine).map((what) => `contradiction: ${what}`));
  }
  // Filling has a second call to clear up.
  await linked.clock.pass(3 * DEADLINE_MS);
  story.push(`open ${open}`);
  return story;
}

describe('in turmoil', () => {
  it('every call ends, and no table contradicts another', async () => {
    const answers = new Set<string>();
    for (const seed of SEEDS) {
      const story = await storyOf(seed);
      expect(story.filter((line) => line.startsWith('contradiction'))).toEqual([]);
      expect(story.at(-1)).toBe('open 0');
      for (const line of story) answers.add(line.replace(/^\d+ /, ''));
    }
    const codes = ['ok', 'host/timeout', 'host/unreachable', 'host/no-engine', 'host/disk-full'];
    expect([...answers]).toEqual(expect.arrayContaining([...codes, 'engine/conflict', 'engine/failed']));
    expect([...answers].filter((answer) => answer === 'internal')).toEqual([]);
  });

  it('the same chance gives the same story', async () => {
    const withoutImageIds = async (seed: number) =>
      (await storyOf(seed)).map((line) => line.replace(/sha256:\S+/, 'an image'));
    for (const seed of SEEDS.slice(0, 5))
      expect(await withoutImageIds(seed)).toEqual(await withoutImageIds(seed));
  });
});
