// When containers really started and ended, by the engines' own event streams and clocks: the same yardstick
// for everybody who is measured, past SSH and past the controller.

import type { IncomingMessage } from 'node:http';
import { createInterface } from 'node:readline';
import { z } from 'zod';
import { eventually } from '../lab/eventually.ts';
import type { LabHost } from '../lab/host.ts';
import { DirectEngine } from './direct-engine.ts';

const Message = z.object({
  Action: z.string(),
  timeNano: z.number(),
  Actor: z.object({ ID: z.string(), Attributes: z.record(z.string(), z.string()).default({}) }),
});

export interface WatchedEvent {
  readonly host: string;
  /** Of the container, for network events as well. */
  readonly id: string;
  readonly action: string;
  /** Wall-clock milliseconds by the engine, with fractions. */
  readonly atMs: number;
}

const FILTERS = {
  type: ['container', 'network'],
  event: ['start', 'die', 'destroy', 'update', 'disconnect'],
};

export class EngineWatch implements Disposable {
  readonly #streams: IncomingMessage[] = [];
  #events: WatchedEvent[] = [];

  static async open(hosts: readonly LabHost[]): Promise<EngineWatch> {
    const watch = new EngineWatch();
    await Promise.all(hosts.map((host) => watch.#follow(host)));
    return watch;
  }

  async #follow(host: LabHost): Promise<void> {
    const engine = new DirectEngine(host.dockerSocket, 1);
    const stream = await engine.stream(`/events?filters=${encodeURIComponent(JSON.stringify(FILTERS))}`);
    this.#streams.push(stream);
    // The end of the lab ends the stream.
    stream.on('error', () => {});
    createInterface({ input: stream }).on('line', (line) => {
      const { Action: action, timeNano, Actor } = Message.parse(JSON.parse(line));
      const id = Actor.Attributes['container'] ?? Actor.ID;
      this.#events.push({ host: host.name, id, action, atMs: timeNano / 1e6 });
    });
  }

  /** Forgets what was seen. */
  clear(): void {
    this.#events = [];
  }

  /** The moment at which each container did this first since the last `clear`, in order. */
  momentsOf(action: string): readonly number[] {
    const firsts = new Map<string, number>();
    for (const event of this.#events) {
      if (event.action === action && !firsts.has(event.id)) firsts.set(event.id, event.atMs);
    }
    return [...firsts.values()].sort((a, b) => a - b);
  }

  /** When container number `count` of those that did this since the last `clear` did it. */
  momentOf(action: string, count: number, deadlineMs = 180_000): Promise<number> {
    const evidence = (): string => ` (${this.momentsOf(action).length} so far)`;
    return eventually(`${count} × ${action}`, { deadlineMs, intervalMs: 10, evidence }, () => {
      return this.momentsOf(action)[count - 1];
    });
  }

  /** When this container did this; resolves when the event is there. */
  async momentOfContainer(id: string, action: string): Promise<number> {
    const event = await eventually(`${action} of ${id}`, { deadlineMs: 30_000, intervalMs: 5 }, () =>
      this.#events.find((e) => e.id === id && e.action === action),
    );
    return event.atMs;
  }

  [Symbol.dispose](): void {
    for (const stream of this.#streams) stream.destroy();
  }
}
