// Measures while a dry run goes on: how many replicas of each service do their work, how many containers
// there are, and how much memory those on each host may take.

import type { DesiredService } from '../../desired/desired.ts';
import type { ControllerId, HostId, ServiceKey } from '../../kernel/ids.ts';
import type { SimContainer } from '../engine/container.ts';
import type { DryMachine } from './machines.ts';
import type { Extreme } from './report.ts';
import { allowedReady } from './rules.ts';
import { isServing, isThere, keyOf, wellAtMs } from './serving.ts';

/** A process becomes ready without any change on its machine. */
const LOOK_AT_LEAST_EVERY_MS = 200;

export interface ServiceMeasure {
  /** Once it was complete, or what there was when the commit came. */
  fewestReady: Extreme | null;
  allowedReady: number | null;
  mostContainers: Extreme;
  ready: number;
  /** When one more did its work for the last time; null: that never happened. */
  gainedMs: number | null;
}

export interface HostMeasure {
  mostLimits: { readonly bytes: number; readonly atMs: number };
  mostUnlimited: Extreme;
  mostContainers: Extreme;
}

interface Census {
  readonly ready: ReadonlyMap<ServiceKey, number>;
  readonly containers: ReadonlyMap<ServiceKey, number>;
}

/** 0: it has none. */
const limitOf = ({ limits }: SimContainer): number => limits.memoryBytes ?? 0;

const higher = (known: Extreme, count: number, atMs: number): Extreme =>
  count > known.count ? { count, atMs } : known;

export class Measure {
  readonly services = new Map<ServiceKey, ServiceMeasure>();
  readonly hosts = new Map<HostId, HostMeasure>();
  readonly #machines: readonly DryMachine[];
  readonly #controller: ControllerId;
  readonly #wanted: ReadonlyMap<ServiceKey, DesiredService>;
  readonly #beganMs: number;
  readonly #onReady: (service: ServiceKey, count: number) => void;
  #seenVersion = -1;
  #lookedMs = Number.NEGATIVE_INFINITY;
  /** When the next of those that run may begin to do its work. */
  #dueMs = Number.POSITIVE_INFINITY;

  /** Begins at the moment of the commit. `onReady`: told of every count that differs from the one before. */
  constructor(
    machines: Iterable<DryMachine>,
    controller: ControllerId,
    wanted: ReadonlyMap<ServiceKey, DesiredService>,
    nowMs: number,
    onReady: (service: ServiceKey, count: number) => void,
  ) {
    this.#machines = [...machines];
    this.#controller = controller;
    this.#wanted = wanted;
    this.#onReady = onReady;
    this.#beganMs = nowMs;
    const { ready } = this.#census(nowMs);
    for (const key of new Set([...ready.keys(), ...wanted.keys()])) {
      const count = ready.get(key) ?? 0;
      const service = wanted.get(key);
      const isCounted = count > 0 && service !== undefined;
      this.services.set(key, {
        fewestReady: isCounted ? { count, atMs: 0 } : null,
        allowedReady: isCounted ? allowedReady(service, count) : null,
        mostContainers: { count: 0, atMs: 0 },
        ready: count,
        gainedMs: null,
      });
    }
    this.look(nowMs, 0);
  }

  /** To be called after every event; `restMs`: until the next one. */
  look(nowMs: number, restMs: number): void {
    let version = 0;
    for (const { engine } of this.#machines) version += engine.version;
    const isRecent = nowMs + restMs - this.#lookedMs < LOOK_AT_LEAST_EVERY_MS && nowMs < this.#dueMs;
    if (version === this.#seenVersion && isRecent) return;
    this.#seenVersion = version;
    this.#lookedMs = nowMs;
    const atMs = nowMs - this.#beganMs;
    const { ready, containers } = this.#census(nowMs);
    for (const [key, measure] of this.services) {
      const count = ready.get(key) ?? 0;
      if (count !== measure.ready) this.#onReady(key, count);
      if (count > measure.ready) measure.gainedMs = atMs;
      measure.ready = count;
      measure.mostContainers = higher(measure.mostContainers, containers.get(key) ?? 0, atMs);
      this.#noteReady(key, measure, atMs);
    }
    for (const machine of this.#machines) this.#weigh(machine, atMs);
  }

  #noteReady(key: ServiceKey, measure: ServiceMeasure, atMs: number): void {
    const { ready, fewestReady } = measure;
    if (fewestReady !== null) {
      if (ready < fewestReady.count) measure.fewestReady = { count: ready, atMs };
      return;
    }
    const service = this.#wanted.get(key);
    if (service === undefined || service.replicas === 0 || ready < service.replicas) return;
    measure.fewestReady = { count: ready, atMs };
    measure.allowedReady = allowedReady(service, ready);
  }

  #weigh({ id, engine }: DryMachine, atMs: number): void {
    const there = [...engine.machine.containers.values()].filter(isThere);
    const bytes = there.reduce((sum, container) => sum + limitOf(container), 0);
    const unlimited = there.filter((container) => limitOf(container) === 0).length;
    const known = this.hosts.get(id) ?? {
      mostLimits: { bytes, atMs },
      mostUnlimited: { count: unlimited, atMs },
      mostContainers: { count: there.length, atMs },
    };
    if (bytes > known.mostLimits.bytes) known.mostLimits = { bytes, atMs };
    known.mostUnlimited = higher(known.mostUnlimited, unlimited, atMs);
    known.mostContainers = higher(known.mostContainers, there.length, atMs);
    this.hosts.set(id, known);
  }

  #census(nowMs: number): Census {
    const ready = new Map<ServiceKey, number>();
    const containers = new Map<ServiceKey, number>();
    this.#dueMs = Number.POSITIVE_INFINITY;
    const bump = (counts: Map<ServiceKey, number>, key: ServiceKey): void => {
      counts.set(key, (counts.get(key) ?? 0) + 1);
    };
    for (const { engine } of this.#machines) {
      for (const container of engine.machine.containers.values()) {
        const key = keyOf(container, this.#controller);
        if (key === null || !isThere(container)) continue;
        bump(containers, key);
        const service = this.#wanted.get(key);
        if (isServing(container, service, nowMs)) bump(ready, key);
        const wellMs = wellAtMs(container, service) ?? nowMs;
        if (wellMs > nowMs) this.#dueMs = Math.min(this.#dueMs, wellMs);
      }
    }
    return { ready, containers };
  }
}
