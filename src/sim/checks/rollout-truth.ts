// What rows say of rollouts is so on the machines: where one has succeeded, all replicas do their work; where one
// was given up, something was wrong; and none stands still while nothing is in its way (I1, I4).

import { imageToRun } from '../../desired/revision.ts';
import { instanceName, isActive, type Rollout, type ServiceMemory } from '../../rollout/memory.ts';
import { GOOD_TAGS } from '../shop/behaviour.ts';
import { PROGRESS_DEADLINE_MS } from '../shop/shop.ts';
import type { Calm } from './calm.ts';
import type { Check } from './check.ts';
import type { Copies } from './copies.ts';
import type { InForce } from './in-force.ts';
import type { Ledger, Written } from './ledger.ts';
import type { Scene } from './scene.ts';
import { isServing } from './truth.ts';
import { Violation } from './violation.ts';

/** So long a controller may not know that a replica has failed: it looks at each host every minute. */
const UNAWARE_MS = 75_000;
/** How long a controller may take to notice that it can go on. */
const SLACK_MS = 45_000;
const LOOK_EVERY_MS = 5_000;

export class RolloutTruth implements Check {
  readonly #scene: Scene;
  readonly #ledger: Ledger;
  readonly #inForce: InForce;
  readonly #calm: Calm;
  readonly #copies: Copies;
  /** By service: when its row was last written. */
  readonly #writtenMs = new Map<string, number>();
  #generation: number;
  #troubledMs = 0;
  dueMs = 0;

  constructor(scene: Scene, ledger: Ledger, inForce: InForce, calm: Calm, copies: Copies) {
    this.#scene = scene;
    this.#ledger = ledger;
    this.#inForce = inForce;
    this.#calm = calm;
    this.#copies = copies;
    this.#generation = ledger.generation;
  }

  durable({ services, entries }: Written): void {
    this.#noticeReset();
    for (const { service, before, after } of services) {
      this.#writtenMs.set(service, this.#scene.nowMs);
      const run = after?.rollout ?? null;
      if (after === null || run === null) continue;
      const [isSame, was] = [before?.rollout?.sequence === run.sequence, before?.rollout?.phase];
      if (isSame && was === run.phase) continue;
      if (run.phase === 'succeeded') this.#mustServe(after, run);
      const isCommanded = entries.some((e) => e.object === after.key && e.event.startsWith('command/'));
      if (isSame && !isCommanded && (run.phase === 'failed' || run.phase === 'rollingBack'))
        this.#mustHaveFailed(service, run);
    }
  }

  /** Of another disk nobody knows when it was written. */
  #noticeReset(): void {
    if (this.#generation === this.#ledger.generation) return;
    this.#generation = this.#ledger.generation;
    this.#writtenMs.clear();
  }

  #mustServe(row: ServiceMemory, { sequence, to }: Rollout): void {
    const { nowMs } = this.#scene;
    const misfit = row.instances.find(({ intent, revision }) => intent !== 'run' || revision !== to);
    if (misfit !== undefined || row.instances.length !== row.replicas)
      throw new Violation(
        'I4',
        `run ${sequence} of ${row.key} succeeds with ${row.instances.length} replicas`,
      );
    const services = this.#inForce.of(row.name).filter((service) => service !== null);
    // Whether it did its work a moment ago is not known of one that has failed since.
    if (services.length === 0 || nowMs - this.#scene.world.struckMs < UNAWARE_MS) return;
    for (const instance of row.instances) {
      const name = instanceName(row, instance);
      const place = this.#scene.findOwn(instance.host, name);
      // One that ends by itself may have done so in this moment.
      if (place?.container.behaviour.exits != null) continue;
      const serves = place !== null && services.some(({ check }) => isServing(place.container, check, nowMs));
      if (!serves)
        throw new Violation(
          'I4',
          `run ${sequence} of ${row.key} succeeds while ${name} is ${place?.container.status ?? 'not there'}`,
        );
    }
  }

  /**
   * With a sound image and room for all of its replicas, and while nothing happens to machines, containers
   * and networks, nothing can fail.
   */
  #mustHaveFailed(name: string, run: Rollout): void {
    const { nowMs, world } = this.#scene;
    const lastedMs = world.clock.now() - run.startedAt;
    if (lastedMs < 0 || nowMs - this.#troubledMs < lastedMs + UNAWARE_MS) return;
    if (!this.#inForce.hasRoomFor(name)) return;
    const revision = this.#ledger.revision(run.to);
    const tag = revision === null ? null : world.registry.imageOf(imageToRun(revision))?.tag;
    if (GOOD_TAGS.some((good) => good === tag))
      throw new Violation('I4', `run ${run.sequence} of ${name} fails: ${run.because}`);
  }

  afterEvent(): void {
    const { nowMs } = this.#scene;
    if (nowMs < this.dueMs) return;
    this.#noticeReset();
    this.dueMs = nowMs + LOOK_EVERY_MS;
    if (this.#isTroubled()) this.#troubledMs = nowMs;
    for (const [name, { key, rollout }] of this.#ledger.services) {
      if (rollout === null || !isActive(rollout) || rollout.phase === 'paused') continue;
      const sinceMs = Math.max(this.#writtenMs.get(name) ?? nowMs, this.#troubledMs);
      const services = this.#inForce.of(name).filter((service) => service !== null);
      const deadlineMs = Math.max(
        PROGRESS_DEADLINE_MS,
        ...services.map(({ deadlineS = 0 }) => deadlineS * 1_000),
      );
      if (nowMs - sinceMs > deadlineMs + SLACK_MS)
        throw new Violation(
          'I1',
          `run ${rollout.sequence} of ${key} stands still for ${nowMs - sinceMs} ms, ${rollout.phase}`,
        );
    }
  }

  /** Whether anything may be in a controller's way, or was a moment ago. */
  #isTroubled(): boolean {
    const { nowMs, world } = this.#scene;
    const { disk, hosts, registry } = world;
    const acts = this.#calm.process;
    if (acts === null || nowMs - acts.sinceMs < LOOK_EVERY_MS || nowMs - world.struckMs < LOOK_EVERY_MS)
      return true;
    if (disk.isFull || disk.damage !== null || registry.outage !== null) return true;
    // What was in a lost copy alone nobody reads again: its services are left as they are.
    if (!this.#copies.isInReach) return true;
    if (this.#ledger.has('controller/rebuilt') || this.#ledger.has('store/restored')) return true;
    for (const id of hosts.keys()) {
      const calm = this.#calm.of(id);
      if (calm === null || nowMs - calm.clearMs < LOOK_EVERY_MS || nowMs - calm.toldMs < LOOK_EVERY_MS)
        return true;
      if (nowMs < calm.connectedMs) return true;
    }
    return false;
  }
}
