// A controller that has lost its copies of the repository comes back to what is in force, in whatever order its
// sources are read, and says of each commit once what it makes of it.

import { describe, expect, it } from 'vitest';
import { ResolutionCache } from '../../src/desired/cache.ts';
import type { CommitSha } from '../../src/kernel/ids.ts';
import { EventLog } from '../../src/loop/events.ts';
import { Sources } from '../../src/loop/sources.ts';
import { randomStream } from '../../src/sim/core/random.ts';
import { Scheduler } from '../../src/sim/core/scheduler.ts';
import { VirtualClock } from '../../src/sim/core/virtual-clock.ts';
import { SimRemote } from '../../src/sim/git/sim-remote.ts';
import { SimRepository } from '../../src/sim/git/sim-repository.ts';
import { FLEET_FOLDER, filesOf, SHOP_FOLDER, type SimShop } from '../../src/sim/shop/shop.ts';
import { SimDisk } from '../../src/sim/store/sim-disk.ts';
import { SimStore } from '../../src/sim/store/sim-store.ts';
import { foldersOf } from '../../src/sim/world/sources.ts';
import { outageOf } from '../../src/sim/world/world.ts';
import { service, shopOf } from '../sim/plain-shop.ts';

const SHOP: SimShop = { ...shopOf(2, service('web')), isSplit: true };
const NEVER_MS = 24 * 3_600_000;

type First = 'the fleet' | 'the team';

class Fixture {
  readonly #scheduler = new Scheduler(randomStream(1, 'ties'));
  readonly #clock = new VirtualClock(this.#scheduler);
  readonly #repository = new SimRepository(this.#clock);
  readonly #disk = new SimDisk(this.#clock, () => true);

  commit(shop: SimShop): CommitSha {
    return this.#repository.commit(Object.fromEntries(filesOf(shop)));
  }

  /** The store says so of the team's source. */
  hasAccepted(commit: CommitSha): void {
    const row: object = JSON.parse(this.#disk.get('source/shop')?.value ?? '{}');
    const value = JSON.stringify({ ...row, accepted: commit });
    this.#disk.write([{ kind: 'put', key: 'source/shop', value }], [], undefined);
  }

  /** A controller without any copy looks at its sources, one of them first, and so often. */
  async looks(
    first: First,
    times = 1,
    unreachable: First | null = null,
  ): Promise<{ sources: Sources; said: readonly string[] }> {
    const said: string[] = [];
    const events = new EventLog(() => this.#clock.now());
    events.subscribe(({ kind, message }) => {
      if (kind.startsWith('commit/')) said.push(`${kind} ${message.replace(/: .*/s, '')}`);
    });
    const sources = new Sources({
      sources: foldersOf({ fleet: FLEET_FOLDER, shop: SHOP_FOLDER }).map(({ source, path, isFleet }) => ({
        id: source,
        fleet: isFleet,
        git: new SimRemote({
          repository: this.#repository,
          clock: this.#clock,
          localCopy: new Set(),
          path,
          delayMs: () => (isFleet === (first === 'the fleet') ? 10 : 1_000),
          outage: () =>
            unreachable !== null && isFleet === (unreachable === 'the fleet') ? outageOf('git') : null,
          isAlive: () => true,
        }),
        path,
        isDirectory: false,
        pollMs: NEVER_MS,
        forcePush: 'hold',
        prune: 'correct',
        selfHeal: 'correct',
        governor: { percent: 20, min: 5 },
      })),
      overrides: { hosts: {}, images: {} },
      resolved: new ResolutionCache(),
      clock: this.#clock,
      random: { next: () => 0.5 },
      store: new SimStore({
        disk: this.#disk,
        clock: this.#clock,
        delayMs: () => 0,
        onWrite: () => 'go on',
        isAlive: () => true,
      }),
      events,
      beforeAccepted: async () => {},
      onDesired: async () => {},
    });
    expect(await sources.load()).toBeNull();
    for (let n = 0; n < times; n += 1) {
      const synced = sources.sync(null);
      await this.#pass();
      await synced;
    }
    return { sources, said };
  }

  async #pass(): Promise<void> {
    await new Promise(setImmediate);
    while (this.#scheduler.step()) await new Promise(setImmediate);
  }
}

const servicesOf = (sources: Sources): readonly string[] => [...sources.desired.services.keys()];
const short = (commit: CommitSha): string => commit.slice(0, 12);

describe.each<First>(['the fleet', 'the team'])('where %s is read first,', (first) => {
  it('what is in force is read from the history of a broken commit', async () => {
    const fixture = new Fixture();
    fixture.commit(SHOP);
    await fixture.looks('the fleet');
    fixture.commit({ ...SHOP, broken: true });
    const { sources } = await fixture.looks(first);
    expect(servicesOf(sources)).toEqual(['shop/web']);
    expect(sources.status().map(({ problems }) => problems.length > 0)).toEqual([false, true]);
  });

  it('the first commit comes into force, and is not called refused before its namespaces are read', async () => {
    const fixture = new Fixture();
    const commit = fixture.commit(SHOP);
    const { sources, said } = await fixture.looks(first);
    expect(servicesOf(sources)).toEqual(['shop/web']);
    expect(said).toEqual(Array(2).fill(`commit/accepted commit ${short(commit)} is in force`));
  });

  it('a commit that lacks its namespace is refused when it is known that no source has it', async () => {
    const fixture = new Fixture();
    const commit = fixture.commit(SHOP);
    const { said } = await fixture.looks(first, 1, 'the fleet');
    expect(said).toEqual([`commit/rejected commit ${short(commit)} is not accepted, nothing stays in force`]);
  });

  it('a commit is told once', async () => {
    const fixture = new Fixture();
    const good = fixture.commit(SHOP);
    await fixture.looks('the fleet');
    const broken = fixture.commit({ ...SHOP, broken: true });
    const { said } = await fixture.looks(first, 3);
    const stays = first === 'the fleet' ? `${short(good)} stays in force` : expect.anything();
    expect(said).toHaveLength(2);
    expect(said).toContain(`commit/accepted commit ${short(broken)} is in force`);
    if (first === 'the fleet')
      expect(said).toContain(`commit/rejected commit ${short(broken)} is not accepted, ${stays}`);
  });

  it('a commit that is in force already is not told, and needs nothing written', async () => {
    const fixture = new Fixture();
    fixture.commit(SHOP);
    await fixture.looks('the fleet');
    const { sources, said } = await fixture.looks(first);
    expect(servicesOf(sources)).toEqual(['shop/web']);
    expect(said).toEqual([]);
  });
});

it('a commit that is in force and cannot be read any more, by a newer Plimsoll perhaps, is told', async () => {
  const fixture = new Fixture();
  fixture.commit(SHOP);
  await fixture.looks('the fleet');
  // What was accepted once, and is not good any more.
  const broken = fixture.commit({ ...SHOP, broken: true });
  fixture.hasAccepted(broken);
  const { sources, said } = await fixture.looks('the fleet');
  expect(said).toEqual([
    `commit/accepted commit ${short(broken)} is in force`,
    `commit/rejected commit ${short(broken)} is not accepted, and what runs is left as it is, since ${short(broken)}, which is in force, is not read`,
  ]);
  expect(servicesOf(sources)).toEqual([]);
});
