// The version of this program, from its package.

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';

const Package = z.object({ version: z.string() });

/** Beside `src` in a checkout and beside `dist` in an installed package. */
export const VERSION = Package.parse(
  JSON.parse(readFileSync(join(import.meta.dirname, '..', '..', 'package.json'), 'utf8')),
).version;
