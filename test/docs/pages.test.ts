// The generated pages of the manual say what the schema says now.

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { GENERATED_PAGES } from './pages.ts';

const root = join(import.meta.dirname, '../..');

it.each(GENERATED_PAGES.map((page) => [page.path, page] as const))(
  '%s is up to date (npm run docs)',
  (path, page) => {
    expect(readFileSync(join(root, path), 'utf8')).toBe(page.render());
  },
);
