// `npm run docs`: writes the generated pages of the manual.

import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { GENERATED_PAGES } from './pages.ts';

const root = join(import.meta.dirname, '../..');
for (const page of GENERATED_PAGES) {
  const file = join(root, page.path);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, page.render());
  console.log(page.path);
}
