// The ports of the machine itself: which containers have published them, and what else listens there.

import { err, ok, type Result } from '../../kernel/result.ts';
import type { BoundPort, PortRequest } from './container.ts';

/** Where Docker begins when it may choose. */
const FIRST_CHOICE = 32_768;
const LAST_CHOICE = 60_999;
const ANY = '0.0.0.0';

interface Holder {
  readonly hostIp: string;
  /** Null: a program beside Docker. */
  readonly container: string | null;
  readonly target: number;
}

const overlap = (a: string, b: string): boolean => a === b || a === ANY || b === ANY;

export class HostPorts {
  readonly #holders = new Map<string, readonly Holder[]>();
  #nextChoice = FIRST_CHOICE;

  /** All or none; the error names the port that is taken and who takes it. */
  bind(
    container: string,
    requests: readonly PortRequest[],
  ): Result<readonly BoundPort[], { readonly port: string; readonly byDocker: boolean }> {
    const bound: BoundPort[] = [];
    for (const request of requests) {
      const port = request.port ?? this.#choose(request);
      const holder = this.#holderOf(port, request);
      if (holder !== undefined) {
        this.release(container);
        return err({ port: `${request.hostIp}:${port}`, byDocker: holder.container !== null });
      }
      this.#add(`${port}/${request.protocol}`, { ...request, container });
      bound.push({ ...request, port });
    }
    return ok(bound);
  }

  release(container: string): void {
    for (const [key, holders] of this.#holders) {
      const left = holders.filter((holder) => holder.container !== container);
      if (left.length === 0) this.#holders.delete(key);
      else if (left.length < holders.length) this.#holders.set(key, left);
    }
  }

  /** A program of somebody takes the port on all addresses, which must be free. */
  occupy(port: number): void {
    this.#add(`${port}/tcp`, { hostIp: ANY, container: null, target: port });
  }

  vacate(port: number): void {
    const key = `${port}/tcp`;
    const left = (this.#holders.get(key) ?? []).filter(({ container }) => container !== null);
    if (left.length === 0) this.#holders.delete(key);
    else this.#holders.set(key, left);
  }

  /** Whose port it is, and which port of the container. */
  published(port: number): { readonly container: string; readonly target: number } | null {
    const holder = this.#holders.get(`${port}/tcp`)?.find(({ container }) => container !== null);
    if (holder === undefined || holder.container === null) return null;
    return { container: holder.container, target: holder.target };
  }

  #holderOf(port: number, { protocol, hostIp }: PortRequest): Holder | undefined {
    return this.#holders.get(`${port}/${protocol}`)?.find((holder) => overlap(holder.hostIp, hostIp));
  }

  #choose(request: PortRequest): number {
    for (let tries = FIRST_CHOICE; tries <= LAST_CHOICE; tries += 1) {
      const port = this.#nextChoice;
      this.#nextChoice = port === LAST_CHOICE ? FIRST_CHOICE : port + 1;
      if (this.#holderOf(port, request) === undefined) return port;
    }
    return FIRST_CHOICE;
  }

  #add(key: string, holder: Holder): void {
    this.#holders.set(key, [...(this.#holders.get(key) ?? []), holder]);
  }
}
