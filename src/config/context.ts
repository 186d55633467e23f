// What the resolution of every part of the configuration needs.

import type { Path } from '../manifest/position.ts';
import type { References } from './files.ts';
import type { Machine } from './places.ts';

export interface ResolveContext {
  /** Absolute. */
  readonly configPath: string;
  readonly configDir: string;
  readonly machine: Machine;
  readonly references: References;
  /** Notes a contradiction between two places of the file. */
  readonly refuse: (path: Path, message: string, hint?: string) => void;
}
