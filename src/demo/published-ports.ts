// The example publishes its web servers on ports 8080 to 8089. Where one of them is taken on this machine,
// the copy in the demo's repository publishes ten others, as somebody would change it who deploys it here.

import { createServer } from 'node:net';
import { missing } from './command.ts';
import type { Fleet } from './repository/fleet.ts';

const FILE = 'shop/web/web.yaml';
const COUNT = 10;
const EXAMPLE_FIRST = 8080;
const OTHER_FIRST = [18_080, 28_080, 38_080];

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen({ port, host: '0.0.0.0', exclusive: true }, () => server.close(() => resolve(true)));
  });
}

async function areFree(first: number): Promise<boolean> {
  const answers = await Promise.all(Array.from({ length: COUNT }, (_, index) => isFree(first + index)));
  return answers.every(Boolean);
}

/** The first port of ten that are free. Rejects where there are none. */
export async function freePorts(): Promise<number> {
  for (const first of [EXAMPLE_FIRST, ...OTHER_FIRST]) if (await areFree(first)) return first;
  throw missing(
    'ports 8080 to 8089 are taken here, and so are their stand-ins',
    'Free the ports 8080 to 8089.',
  );
}

/** Lets the web servers be published there; the example’s own ports need no change. */
export function publishFrom(first: number, fleet: Fleet): void {
  if (first === EXAMPLE_FIRST) return;
  const last = first + COUNT - 1;
  fleet.edit(FILE, (text) =>
    text
      .replace('8080-8089:8080', `${first}-${last}:8080`)
      .replace('ports 8080 to 8089', `ports ${first} to ${last}`),
  );
}
