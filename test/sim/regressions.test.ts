// Every bug that the simulator found, with the story that showed it and one sentence on what it was. The
// stories are kept whole: what a seed draws changes as soon as there is one more kind of fault.

import fs from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { FAULT_KINDS, type PlannedFault } from '../../src/sim/faults/fault.ts';
import { runWorld } from '../../src/sim/run/run-world.ts';

const FOLDER = path.join(import.meta.dirname, 'regressions');

const isPlannedFault = (value: unknown): value is PlannedFault =>
  z
    .object({ id: z.number(), atMs: z.number(), fault: z.object({ kind: z.enum(FAULT_KINDS) }) })
    .safeParse(value).success;

const Story = z.strictObject({
  seed: z.number().int(),
  was: z.string().min(20),
  /** Found before shops had what few people write. */
  isPlain: z.boolean().default(true),
  faults: z.array(z.custom<PlannedFault>(isPlannedFault, 'is no fault that there is')),
});

const stories = fs
  .readdirSync(FOLDER)
  .map((file) => Story.parse(JSON.parse(fs.readFileSync(path.join(FOLDER, file), 'utf8'))))
  .sort((a, b) => a.seed - b.seed);

describe('stories of bugs that were found', () => {
  it.each(stories)('seed $seed: $was', async ({ seed, faults, isPlain }) => {
    const end = await runWorld({ seed, faults, kinds: null, isTold: false, isPlain });
    expect(end.violation).toBeNull();
  });
});
