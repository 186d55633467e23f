// Which lab is whose. A slot is a number that gives a lab its names, its /24 and its directory. It is held by an
// abstract unix socket, a lock that the kernel drops when its owner dies: a slot that has a directory but can
// be claimed is what a killed run left behind.

import { existsSync, mkdirSync, readdirSync } from 'node:fs';
import { createServer, type Server } from 'node:net';
import { networkInterfaces } from 'node:os';
import { join } from 'node:path';
import { clearAway } from './clear-away.ts';

const SLOTS = 200;
let labsStarted = 0;

/** Not /tmp: that is memory on many systems, and images belong on a real disk. */
function baseDirectory(): string {
  return process.env['PLIMSOLL_LAB_DIR'] ?? '/var/tmp/plimsoll-lab';
}

export interface Slot {
  readonly number: number;
  readonly labId: string;
  readonly directory: string;
  release(): void;
}

/** Clears what killed runs left, then takes the first slot that is free. */
export async function claimSlot(): Promise<Slot> {
  mkdirSync(baseDirectory(), { recursive: true, mode: 0o700 });
  await clearLeftovers();
  // Each lab begins its search elsewhere, so that an address rarely means two labs within one test run:
  // connections that a client kept from the first would end up in the second.
  const start = process.pid + labsStarted++;
  for (let step = 0; step < SLOTS; step++) {
    const number = (start + step) % SLOTS;
    if (addressesInUse(number)) continue;
    const slot = await tryClaim(number);
    if (slot === undefined) continue;
    // Left by a run that was killed a moment ago.
    if (existsSync(slot.directory)) await clearAway(slot.labId, slot.directory);
    mkdirSync(slot.directory, { mode: 0o700 });
    return slot;
  }
  throw new Error(`no free lab: all of 10.231.0.0/24 to 10.231.${SLOTS - 1}.0/24 are in use`);
}

/** The slots of runs that were killed, each cleared; labs that live are not touched. */
async function clearLeftovers(): Promise<void> {
  for (const name of readdirSync(baseDirectory())) {
    if (!/^\d+$/.test(name)) continue;
    const slot = await tryClaim(Number(name));
    if (slot === undefined) continue;
    try {
      await clearAway(slot.labId, slot.directory);
    } finally {
      slot.release();
    }
  }
}

async function tryClaim(number: number): Promise<Slot | undefined> {
  const lock = await listen(`\0plimsoll-lab/${number}`);
  if (lock === undefined) return undefined;
  return {
    number,
    labId: `plab${number}`,
    directory: join(baseDirectory(), String(number)),
    release: () => lock.close(),
  };
}

function listen(name: string): Promise<Server | undefined> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.unref();
    server.once('error', (error) => {
      if ('code' in error && error.code === 'EADDRINUSE') resolve(undefined);
      else reject(error);
    });
    server.listen(name, () => resolve(server));
  });
}

function addressesInUse(number: number): boolean {
  const taken = Object.values(networkInterfaces()).flatMap((addresses) => addresses ?? []);
  return taken.some(({ address }) => address.startsWith(`10.231.${number}.`));
}
