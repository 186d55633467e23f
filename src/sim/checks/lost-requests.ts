// No request between services is lost by what the controller does (I5): nobody is led only to replicas that it has told
// to stop, and what a replica is answering is answered, or has had its 30 seconds, before it is told to stop. What
// faults of the world end is not held against anybody.

import { isSick } from '../engine/behaviour.ts';
import type { Run, SimContainer } from '../engine/container.ts';
import type { Effect } from '../link/observer.ts';
import type { EndedRequest } from '../requests/requests.ts';
import type { Attempt } from '../requests/route.ts';
import { CONTROLLER } from '../world/process.ts';
import type { Calm } from './calm.ts';
import type { Check } from './check.ts';
import type { Hold } from './hold.ts';
import { hasBeenOut } from './hosts.ts';
import { instanceIn, type Ledger } from './ledger.ts';
import type { Place, Scene } from './scene.ts';
import { serviceOf } from './truth.ts';
import { Violation } from './violation.ts';

/** What is not answered by then may be cut. */
const DRAIN_MS = 30_000;
/** A load balancer that cannot be told anything does not keep a replica for longer. */
const GIVE_UP_MS = 60_000;
/** What did not answer a moment ago may be restarted for it. */
const OUT_MS = 60_000;
/** While a replica is drained its load balancer is asked twice a second, and may take so long to answer. */
const LOOKED_MS = 6_000;
/** What a fault leaves behind is put right within this time. */
const MENDED_MS = 100_000;

/** An end of a running process that some controller has ordered. */
interface Order {
  readonly atMs: number;
  readonly run: Run;
  readonly isExcused: boolean;
}

export class LostRequests implements Check {
  readonly #scene: Scene;
  readonly #ledger: Ledger;
  readonly #calm: Calm;
  readonly #hold: Hold;
  /** By host and name. */
  readonly #orders = new Map<string, Order>();
  /** When containers were last seen to be paused by somebody, by id. */
  readonly #pausedMs = new Map<string, number>();

  constructor(scene: Scene, ledger: Ledger, calm: Calm, hold: Hold) {
    this.#scene = scene;
    this.#ledger = ledger;
    this.#calm = calm;
    this.#hold = hold;
  }

  issued({ kind, host, object }: Effect): void {
    if (kind === 'startContainer') this.#orders.delete(`${host} ${object}`);
    if (kind !== 'stopContainer' && kind !== 'restartContainer' && kind !== 'removeContainer') return;
    const place = this.#scene.find(host, object);
    const run = place?.container.run ?? null;
    if (place === null || run === null) return;
    if (this.#orders.get(`${host} ${object}`)?.run === run) return;
    // Probes that are lost on the way are failures: what they ask for is restarted, whatever it is answering.
    const isAsked = kind === 'restartContainer' && !this.#isCalm(place.host.id);
    const isExcused = isAsked || this.#isExcused(place);
    this.#orders.set(`${host} ${object}`, { atMs: this.#scene.nowMs, run, isExcused });
  }

  afterChange(): void {
    for (const { container } of this.#scene.ours)
      if (container.status === 'paused') this.#pausedMs.set(container.id, this.#scene.nowMs);
  }

  requested(request: EndedRequest): void {
    const { world } = this.#scene;
    // Of what asks from a host that has left the fleet a store that was lost says nothing.
    if (world.isAmnesic && hasBeenOut(world, request.host.id)) return;
    if (request.end === 'unreached') this.#judgeUnreached(request);
    if (request.end === 'cut') this.#judgeCut(request);
  }

  /** It does not work anyway, or its load balancer could not be told for so long that nobody has to wait any more. */
  #isExcused(place: Place): boolean {
    const { container, host } = place;
    const { nowMs } = this.#scene;
    const elapsedMs = container.run === null ? 0 : nowMs - container.run.beganMs;
    if (isSick(container.behaviour, elapsedMs) || container.health === 'unhealthy') return true;
    // Somebody has taken it out of its network, and with that has ended all that it was answering.
    if (container.endpoints.size === 0) return true;
    if (nowMs - (this.#pausedMs.get(container.id) ?? Number.NEGATIVE_INFINITY) < OUT_MS) return true;
    const service = serviceOf(container, CONTROLLER);
    const row = service === null ? null : this.#ledger.service(service);
    const leavingSince = instanceIn(row, host.id, container.name)?.leavingSince ?? null;
    const isLong = leavingSince !== null && this.#scene.world.clock.now() - leavingSince >= GIVE_UP_MS;
    return isLong && this.#isTroubled(host.id);
  }

  #isCalm(host: string): boolean {
    const { nowMs } = this.#scene;
    return nowMs - (this.#calm.of(host)?.clearMs ?? nowMs) >= OUT_MS;
  }

  /** Since what happened at `atMs` no controller that may do anything has had the host before it for long enough. */
  #isToBeMended(host: string, atMs: number): boolean {
    const { nowMs } = this.#scene;
    const { clearMs = nowMs, connectedMs = nowMs } = this.#calm.of(host) ?? {};
    const actsSinceMs = this.#calm.process?.sinceMs ?? nowMs;
    return nowMs - Math.max(atMs, clearMs, connectedMs, actsSinceMs, this.#hold.actsSinceMs) < MENDED_MS;
  }

  /** Something was wrong a moment ago with the host, the way there, or its load balancer. */
  #isTroubled(host: string): boolean {
    return this.#isToBeMended(host, this.#scene.world.hosts.get(host)?.balancerStruckMs ?? 0);
  }

  #judgeUnreached(request: EndedRequest): void {
    const { host: near, attempts, refusals } = request;
    // Who cannot be told anything asks other hosts for what they had.
    const isUntold = this.#isTroubled(near.id);
    for (const tried of attempts) {
      if (isUntold && tried.route.host !== near) continue;
      const wrong = this.#whyUnreached(tried);
      if (wrong !== null)
        throw new Violation('I5', `${textOf(request)} is lost: it is led to ${tried.replica.name}, ${wrong}`);
    }
    if (isUntold) return;
    for (const { host, because } of refusals)
      if (!this.#isTroubled(host))
        throw new Violation('I5', `${textOf(request)} is lost: it is led to ${host}, and ${because}`);
  }

  /** What the controller has done that it does not answer; null: nothing. */
  #whyUnreached({ route, replica, there, isJoined }: Attempt): string | null {
    const host = route.host.id;
    const order = this.#orders.get(`${host} ${replica.name}`);
    const run = this.#scene.find(host, replica.name)?.container.run ?? null;
    const isLedBack = order !== undefined && this.#isSetBackBefore(host, order);
    if (order !== undefined && !order.isExcused && !isLedBack && (run === null || run === order.run))
      return `which was told to stop ${this.#scene.nowMs - order.atMs} ms ago`;
    if (there === null || isJoined || this.#isTroubled(host)) return null;
    return 'and the load balancer is not in its network';
  }

  /** Somebody has put the load balancer back to older rules, and whoever gave the order has not looked at it since. */
  #isSetBackBefore(host: string, order: Order): boolean {
    const atMs = this.#scene.world.hosts.get(host)?.rulesSetBackMs ?? 0;
    const actsSinceMs = this.#calm.process?.sinceMs ?? 0;
    const hasLooked = order.atMs - Math.max(atMs, actsSinceMs) >= LOOKED_MS;
    return atMs > 0 && !hasLooked && this.#isToBeMended(host, atMs);
  }

  #judgeCut(request: EndedRequest): void {
    const { host: near, cutOn, cutBy, consumer } = request;
    if (cutBy === null || this.#scene.stopped.has(consumer.id)) return;
    // Who cannot be told anything asks another host for what is about to leave it.
    if (cutOn !== near && this.#isTroubled(near.id)) return;
    const order = this.#cutBy(cutOn.id, cutBy, request);
    if (order === null) return;
    const what = `${cutBy.name} was told to stop ${order.atMs - request.beganMs} ms after it had begun`;
    throw new Violation('I5', `${textOf(request)} is lost: ${what}`);
  }

  /** The order that has ended it too early; null where nobody gave one. */
  #cutBy(host: string, { name, run }: SimContainer, { beganMs, cutAtMs }: EndedRequest): Order | null {
    const order = this.#orders.get(`${host} ${name}`);
    if (order === undefined || order.isExcused || run === order.run) return null;
    if (this.#isSetBackBefore(host, order)) return null;
    const hasCutIt = order.atMs >= beganMs && order.atMs <= cutAtMs;
    return hasCutIt && order.atMs - beganMs < DRAIN_MS ? order : null;
  }
}

const textOf = ({ consumer, to, host }: EndedRequest): string =>
  `a request of ${consumer.name} on ${host.id} to ${to.service}:${to.port}`;
