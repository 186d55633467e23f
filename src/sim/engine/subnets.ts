// Networks and the addresses in them. As with Docker the lowest free address is given out, so that one that
// a container had may be another's a moment later.

import type { ObservedNetwork } from '../../observed/report.ts';

/** Docker's own: 15 networks of 172.x and 16 of 192.168.x; the first one is for `bridge`. */
export const DOCKER_ADDRESS_POOL: readonly string[] = [
  ...Array.from({ length: 15 }, (_, index) => `172.${17 + index}.0`),
  ...Array.from({ length: 16 }, (_, index) => `192.168.${16 * index}`),
];

/** .1 is the machine itself. */
const FIRST_ADDRESS = 2;
const LAST_ADDRESS = 254;

export interface SimNetwork {
  readonly observed: ObservedNetwork;
  /** The first three parts of its addresses; null for `host` and `none`, which have none. */
  readonly prefix: string | null;
  /** Fixed addresses are given only in a network whose subnet was asked for. */
  readonly isSubnetGiven: boolean;
  readonly createdMs: number;
  /** Addresses in use, by their last part. */
  readonly used: Set<number>;
  /** Containers that are up in it. */
  readonly members: Set<string>;
}

/** Those that the engine chooses from by itself. */
export class Subnets {
  readonly #pool: ReadonlySet<string>;
  readonly #free: string[];

  constructor(pool: readonly string[]) {
    this.#pool = new Set(pool);
    this.#free = [...pool];
  }

  /** Null where there is none left. */
  take(isTaken: (prefix: string) => boolean): string | null {
    const at = this.#free.findIndex((prefix) => !isTaken(prefix));
    return at === -1 ? null : (this.#free.splice(at, 1)[0] ?? null);
  }

  giveBack(prefix: string): void {
    if (this.#pool.has(prefix) && !this.#free.includes(prefix)) this.#free.unshift(prefix);
  }
}

/** The lowest free address, taken; null where there is none. */
export function takeAddress({ prefix, used }: SimNetwork): string | null {
  if (prefix === null) return null;
  for (let last = FIRST_ADDRESS; last <= LAST_ADDRESS; last += 1) {
    if (used.has(last)) continue;
    used.add(last);
    return `${prefix}.${last}`;
  }
  return null;
}

const lastPart = (address: string): number => Number(address.slice(address.lastIndexOf('.') + 1));

export const isWithin = ({ prefix }: SimNetwork, address: string): boolean =>
  prefix !== null && address.slice(0, address.lastIndexOf('.')) === prefix;

/** False where somebody has it, be it the machine itself. */
export function takeThis({ used }: SimNetwork, address: string): boolean {
  const last = lastPart(address);
  if (last < FIRST_ADDRESS || last > LAST_ADDRESS || used.has(last)) return false;
  used.add(last);
  return true;
}

export function freeAddress({ used }: SimNetwork, address: string): void {
  used.delete(lastPart(address));
}
