// What a controller shows of its services is so: how many replicas the commit in force wants, how many of them
// work, and which are as it says. Nobody watches the hosts themselves.

import type { CommitSha } from '../../kernel/ids.ts';
import { containerName } from '../../kernel/owner.ts';
import type { ControllerStatus, ServiceStatus } from '../../loop/status.ts';
import type { Behaviour } from '../engine/behaviour.ts';
import type { SimService, SimShop } from '../shop/shop.ts';
import type { SimProcess } from '../world/process.ts';
import type { Calm } from './calm.ts';
import type { Check } from './check.ts';
import { differenceFrom, listedDifference } from './content.ts';
import type { Copies } from './copies.ts';
import { serviceRows } from './disk-rows.ts';
import { mayBeGivenUp } from './outcome.ts';
import type { OwnPlace, Scene } from './scene.ts';
import { isServing } from './truth.ts';
import { Violation } from './violation.ts';

const LOOK_EVERY_MS = 15_000;
/** So long a check has had to find a container well, or sick, as often as it takes. */
const CHECKED_MS = 45_000;
/** So long what lies in a copy may not be read. */
const READ_MS = 5_000;
/** A service of which no commit was read. */
const LEFT_ALONE = /left as it is/;
/** A service that no commit wants any more. */
const LEAVING: ReadonlySet<string> = new Set(['removing', 'blocked']);

interface Looked {
  readonly by: SimProcess | null;
  readonly commit: CommitSha | null;
}

export class Shown implements Check {
  readonly #scene: Scene;
  readonly #calm: Calm;
  readonly #copies: Copies;
  dueMs = 0;
  /** Since when containers have behaved as they do: what came over one its checks have yet to find. */
  readonly #behaving = new Map<string, { readonly behaviour: Behaviour; readonly sinceMs: number }>();
  /** What was so at the look before: what follows from a new commit, or a new process, is being worked out. */
  #before: Looked = { by: null, commit: null };

  constructor(scene: Scene, calm: Calm, copies: Copies) {
    this.#scene = scene;
    this.#calm = calm;
    this.#copies = copies;
  }

  afterEvent(): void {
    const { nowMs, world } = this.#scene;
    if (nowMs < this.dueMs) return;
    this.dueMs = nowMs + this.#calm.pauseMs(LOOK_EVERY_MS);
    const by = this.#calm.process?.process ?? null;
    const status = by?.controller.status();
    const commit = status?.commit ?? null;
    const before = this.#before;
    this.#before = { by, commit };
    if (status === undefined || commit === null || commit !== before.commit || by !== before.by) return;
    // What was in a lost copy alone nobody reads again.
    const hadForMs = this.#copies.hadForMs;
    if (hadForMs === null || hadForMs < READ_MS) return;
    // Sources of one repository come into force one after the other.
    if (status.sources.some((source) => source.commit !== commit)) return;
    if (status.phase === 'starting' || status.phase === 'reportOnly') return;
    const shop = world.shops.get(commit);
    if (shop === undefined)
      throw new Violation('I7', `nobody has ever made the commit ${commit} that is shown`);
    mustShowTheCommit(status, shop);
    for (const { id, head } of status.sources)
      if (head === null) throw new Violation('I7', `of source ${id} no commit is shown as the newest`);
    const known = new Set<string>(status.hosts.map(({ name }) => name));
    for (const host of shop.hosts)
      if (!known.has(host)) throw new Violation('I7', `${host} is not shown at ${commit.slice(0, 7)}`);
    if (!this.#calm.knowsAll) return;
    // One that a commit took out while it did not answer is let go: what runs there nobody asks any more.
    const places = this.#scene.ours.filter(({ host }) => known.has(host.id) || !mayBeGivenUp(world, host));
    for (const service of status.services) this.#mustBeTrue(service, shop, places);
  }

  /** `all`: our containers on the hosts that the process must know. */
  #mustBeTrue(shown: ServiceStatus, shop: SimShop, all: readonly OwnPlace[]): void {
    const service = shop.services.get(shown.name);
    if (service === undefined) return;
    const places = all.filter((place) => place.service === service.name);
    const says = `${shown.name} is shown as ${shown.phase}, ${shown.ready} of ${shown.desired}`;
    const left = places.find(
      ({ host, container }) => container.run !== null && !shop.hosts.includes(host.id),
    );
    if (left !== undefined && shown.phase === 'ready')
      throw new Violation('I7', `${says}, and runs on ${left.host.id}, which no commit has in the fleet`);
    const others = places.flatMap((place) => this.#otherwise(service, place));
    // Those of an older commit are checked as that one says.
    if (others.length > 0 && shown.phase !== 'ready') return;
    if (others.length > 0 && service.drift === 'correct' && service.ignored === undefined)
      throw new Violation('I1', `${says}, but ${others[0]}`);
    // Each notes how it behaves.
    const checked = places.map((place) => this.#wasChecked(place, service));
    if (checked.includes(false)) return;
    const serving = places.filter(({ container }) => this.#serves(container, service, 0));
    // What was told to stop works until it has ended, and is counted no more; nor is what is to be told, which is
    // not yet as the commit says.
    const leaving = shown.phase === 'ready' ? new Set<string>() : this.#leaving();
    const staying = serving.filter(
      ({ container: { id, name } }) => !this.#scene.stopped.has(id) && !leaving.has(name),
    );
    if (shown.ready < staying.length || shown.ready > serving.length)
      throw new Violation('I1', `${says}, and ${serving.length} work`);
  }

  /** The names of containers that are to be stopped, as far as the disk tells: an action may have to wait. */
  #leaving(): ReadonlySet<string> {
    const rows = [...serviceRows(this.#scene.world.disk).values()];
    return new Set(
      rows.flatMap(({ namespace, name: service, instances }) =>
        instances
          .filter(({ intent }) => intent === 'retire')
          .map((instance) => containerName({ ...instance, namespace, service })),
      ),
    );
  }

  /** How a container that runs differs from what the commit says, as far as that must be known by now. */
  #otherwise(service: SimService, place: OwnPlace): readonly string[] {
    if (place.container.run === null) return [];
    const calm = this.#calm.of(place.host.id);
    const isListed = calm !== null && this.#calm.depthOf(calm) === 'lists';
    const difference = (isListed ? listedDifference : differenceFrom)(service, place, this.#scene.world);
    return difference === null ? [] : [`${place.container.name} ${difference}`];
  }

  /** Whether its check has had the time to find out how it does. */
  #wasChecked({ container }: OwnPlace, service: SimService): boolean {
    const { nowMs } = this.#scene;
    const { id, behaviour } = container;
    const known = this.#behaving.get(id);
    if (known?.behaviour !== behaviour) this.#behaving.set(id, { behaviour, sinceMs: nowMs });
    if (known?.behaviour !== behaviour || nowMs - known.sinceMs < CHECKED_MS) return false;
    return this.#serves(container, service, 0) === this.#serves(container, service, CHECKED_MS);
  }

  #serves(container: OwnPlace['container'], { check }: SimService, beforeMs: number): boolean {
    // Images have health checks of their own.
    const isHealthy = container.health === 'none' || container.health === 'healthy';
    return isHealthy && isServing(container, check, this.#scene.nowMs - beforeMs);
  }
}

function mustShowTheCommit({ services, commit }: ControllerStatus, shop: SimShop): void {
  const at = `at ${commit?.slice(0, 7)}`;
  const shown = new Set<string>();
  for (const { name, desired, phase, because } of services) {
    shown.add(name);
    if (LEFT_ALONE.test(because)) throw new Violation('I7', `${name} is not read ${at}: ${because}`);
    const wanted = shop.services.get(name);
    if (desired !== (wanted?.replicas ?? 0))
      throw new Violation('I7', `${name} wants ${desired} replicas ${at}, and not ${wanted?.replicas ?? 0}`);
    if (wanted === undefined ? !LEAVING.has(phase) : phase === 'removing')
      throw new Violation('I7', `${name} is shown as ${phase} ${at}`);
  }
  for (const name of shop.services.keys())
    if (!shown.has(name)) throw new Violation('I7', `${name} is not shown ${at}`);
}
