// The copy of a fleet that a simulation begins with. Its parts are the controller's own, so that it is read by
// the same version of the program only: the format tells.

import { z } from 'zod';
import type { FleetCopy } from '../../loop/fleet-copy.ts';

/** Raised with every change of what a copy consists of. */
export const COPY_FORMAT = 1;

export const CopyAnswer = z.object({
  format: z.literal(COPY_FORMAT),
  fleet: z.custom<FleetCopy>((value) => typeof value === 'object' && value !== null),
});
export type CopyAnswer = z.output<typeof CopyAnswer>;
