// The generated pages of the manual: what is written where. `npm run docs` writes them, a test compares.

import { configurationReference } from '../../src/config/reference.ts';
import { manifestJsonSchema } from '../../src/manifest/json-schema.ts';
import { manifestReferencePage } from '../../src/manifest/reference-page.ts';
import { commandReferencePage } from './command-reference.ts';
import { jsonText } from './json-text.ts';

export interface GeneratedPage {
  /** Below the root of the project. */
  readonly path: string;
  readonly render: () => string;
}

export const GENERATED_PAGES: readonly GeneratedPage[] = [
  { path: 'src/docs/reference/cli.md', render: commandReferencePage },
  { path: 'src/docs/reference/configuration.md', render: configurationReference },
  { path: 'src/docs/reference/manifests.md', render: manifestReferencePage },
  {
    path: 'src/docs/reference/manifest.schema.json',
    render: () => jsonText(manifestJsonSchema()),
  },
];
