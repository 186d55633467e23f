// The stories of bugs that were found, as they are kept in regressions/.

import fs from 'node:fs';
import path from 'node:path';
import { z } from 'zod';
import { FAULT_KINDS, type PlannedFault } from '../../src/sim/faults/fault.ts';

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
  /** False: found before services connected to each other. */
  mayConnect: z.boolean().default(false),
  /** False: found before hosts reached each other. */
  mayReach: z.boolean().default(false),
  stepsFrom: z.number().nullable().default(null),
  healAtMs: z.number().int().positive(),
  faults: z.array(z.custom<PlannedFault>(isPlannedFault, 'is no fault that there is')),
});
export type RegressionStory = z.infer<typeof Story>;

/** By seed. */
export function readRegressions(): readonly RegressionStory[] {
  return fs
    .readdirSync(FOLDER)
    .map((file) => Story.parse(JSON.parse(fs.readFileSync(path.join(FOLDER, file), 'utf8'))))
    .sort((a, b) => a.seed - b.seed);
}
