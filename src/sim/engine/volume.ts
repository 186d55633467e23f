// One volume in the tables of a simulated engine, with as much of its content as tells an empty volume from
// the real one.

import type { Instant } from '../../kernel/time.ts';
import type { ObservedVolume } from '../../observed/report.ts';
import type { Telling } from '../../ports/load-balancer.ts';

/** Data that containers have written: born once, and lost with the volume. */
export interface VolumeData {
  /** Name of the container that found the volume empty. */
  readonly bornBy: string;
  readonly bornAt: Instant;
  readonly lastWriter: string;
  readonly lastWrittenAt: Instant;
}

export interface VolumeFile {
  readonly contentBase64: string;
  readonly mode: number;
}

export interface SimVolume {
  readonly observed: ObservedVolume;
  /** Another one for each volume of the name. */
  readonly incarnation: number;
  readonly createdAt: Instant;
  files: ReadonlyMap<string, VolumeFile>;
  data: VolumeData | null;
  /** What a load balancer that mounts it was told last. */
  rules: Telling | null;
  /** … and before that. */
  rulesBefore: Telling | null;
}
