// How src/docs/rollouts.md is put to the test: its canary runs on two hosts, and is promoted and aborted.

import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'vitest';
import { eventually } from '../lab/eventually.ts';
import { piecesOf } from './pieces.ts';
import { type Reader, ROOT } from './reader.ts';
import { inTheLab, type Step } from './step.ts';

const FILE = 'manifests/canary.yaml';
const NAMESPACE = 'apiVersion: plimsoll.dev/v1\nkind: Namespace\nmetadata: { name: shop }\nspec: {}\n---\n';
const PAUSED = { deadlineMs: 60_000, intervalMs: 500 };

async function succeeds(reader: Reader, line: string): Promise<void> {
  const { code, text } = await reader.type({ line });
  expect(code, text).toBe(0);
}

/** The page's example is deployed, and another image is committed: until it pauses with a part of the requests. */
async function beginCanary(reader: Reader): Promise<void> {
  const page = readFileSync(join(ROOT, 'src/docs/rollouts.md'), 'utf8');
  const manifests = piecesOf(page).flatMap((piece) => (piece.kind === 'yaml' ? [piece.text] : []));
  const example = manifests.find((text) => text.startsWith('apiVersion'));
  if (example === undefined) throw new Error('the page has no example any more');
  writeFileSync(join(reader.fleet, FILE), NAMESPACE + inTheLab(`${example}\n`, reader));
  await succeeds(reader, 'git add manifests && git commit -m "A service with a canary"');
  await succeeds(reader, 'plimsoll sync --wait');
  reader.edit(FILE, (text) => text.replace('nginx:1.27-alpine', 'nginx:1.27'));
  await succeeds(reader, 'git commit -am "Another image"');
  await succeeds(reader, 'plimsoll sync');
  await eventually('the canary pauses', PAUSED, async () => {
    return (await reader.type({ line: 'plimsoll status' })).text.includes('step 3 of 9, pause 5m');
  });
}

const ACCEPTED = (command: string): string => `shop/api: ${command} is accepted`;

export const ROLLOUTS: readonly Step[] = [
  {
    command: 'plimsoll rollout promote',
    notRunBecause: 'the sentence names it; how it is typed stands below',
  },
  {
    command: 'plimsoll rollout describe shop/api',
    before: beginCanary,
    shows: [
      'step 3 of 9, pause 5m, with 5 % of the requests: goes on in ',
      '5 of 100 go to the new revision',
      /^2 +weight 5 % +done +.* the load balancers go by it$/m,
      /^9 +pause 10m +to come/m,
    ],
  },
  { command: 'plimsoll rollout promote shop/api', shows: [ACCEPTED('promote')] },
  { command: 'plimsoll rollout promote --full shop/api', shows: [ACCEPTED('promote')] },
  { command: 'plimsoll rollout abort shop/api', shows: [ACCEPTED('abort')] },
  { command: 'plimsoll rollout retry shop/api', shows: [ACCEPTED('retry')] },
  { command: 'plimsoll why shop/api', shows: ['shop/api is ', /^step +shop\/api#\d+ /m] },
];
