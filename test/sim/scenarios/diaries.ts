// The diaries of all stories, as they were written down last.

import fs from 'node:fs';
import path from 'node:path';
import { z } from 'zod';
import type { Diary } from './diary.ts';
import { cleanRun } from './plans.ts';
import { STORIES } from './scenarios.ts';

const FILE = path.join(import.meta.dirname, 'diaries.json');

const Counts = z.record(z.string(), z.number().int());
const Diaries = z.record(
  z.string(),
  z.strictObject({
    effects: Counts,
    asked: Counts,
    said: Counts,
    writes: z.number().int(),
    lastEffectS: z.number(),
    status: z.record(z.string(), z.array(z.string())),
    sight: z.record(z.string(), z.array(z.string())),
    plans: z.array(z.string()),
    hosts: z.record(z.string(), z.string()),
  }),
);

export function readDiaries(): ReadonlyMap<string, Diary> {
  return new Map(Object.entries(Diaries.parse(JSON.parse(fs.readFileSync(FILE, 'utf8')))));
}

/** `npm run sim -- --write-diaries`: after a change that is meant; the differences belong into its review. */
export async function writeDiaries(): Promise<void> {
  const diaries: Record<string, Diary> = {};
  for (const scenario of STORIES) diaries[scenario.name] = (await cleanRun(scenario)).diary;
  fs.writeFileSync(FILE, `${JSON.stringify(diaries, null, 2)}\n`);
  console.log(`${STORIES.length} diaries written to ${path.relative(process.cwd(), FILE)}`);
}
