// Taps on all hosts of a fleet, and the manifests that send the controller through them.

import { labHostManifests } from './controller-files.ts';
import type { BenchFleet } from './fleet.ts';
import { RequestTap, TAP_SOCKET, type TappedRequest } from './request-tap.ts';

export class Taps implements AsyncDisposable {
  readonly #fleet: BenchFleet;
  readonly #taps: ReadonlyMap<string, RequestTap>;

  private constructor(fleet: BenchFleet, taps: ReadonlyMap<string, RequestTap>) {
    this.#fleet = fleet;
    this.#taps = taps;
  }

  static async open(fleet: BenchFleet): Promise<Taps> {
    const taps = await Promise.all(
      fleet.hosts.map(async ({ name, host }) => [name, await RequestTap.open(host)] as const),
    );
    return new Taps(fleet, new Map(taps));
  }

  /** Manifests of hosts whose engines are reached through the taps. */
  hostManifests(): Record<string, string> {
    return labHostManifests(this.#fleet.lab.hosts, `?socket=${TAP_SOCKET}`);
  }

  clear(): void {
    for (const tap of this.#taps.values()) tap.requests = [];
  }

  /** What arrived at a host since the last `clear`. */
  at(host: string): readonly TappedRequest[] {
    return this.#taps.get(host)?.requests ?? [];
  }

  /** What arrived at each host since the last `clear`. */
  byHost(): readonly (readonly TappedRequest[])[] {
    return [...this.#taps.values()].map((tap) => tap.requests);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const tap of this.#taps.values()) await tap[Symbol.asyncDispose]();
  }
}
