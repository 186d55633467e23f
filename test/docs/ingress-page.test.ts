// The example of src/docs/ingress.md is right, but for the one thing that stands in its way. (The other pages are in
// tour.ts; this one joins them when routes are served.)

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { resolveDesired } from '../../src/desired/resolve.ts';
import { namespace, source } from '../desired/resolving.ts';
import { piecesOf } from './pieces.ts';

const page = readFileSync(join(import.meta.dirname, '../../src/docs/ingress.md'), 'utf8');
const examples = piecesOf(page).flatMap((piece) =>
  piece.kind === 'yaml' && piece.text.startsWith('apiVersion:') ? [piece.text] : [],
);

it('has an example', () => {
  expect(examples).toHaveLength(1);
});

it.each(examples)('is refused for nothing else than that routes are not served yet: %s', (text) => {
  const result = resolveDesired({
    sources: [source({ 'n.yaml': namespace('shop', '{}'), 'it.yaml': text })],
  });
  const problems = result.ok ? [] : result.error.map(({ code, message }) => `${code} ${message}`);
  expect(problems).toEqual(
    ['shop/shop', 'shop/old-name'].map(
      (name) => `manifest/unsupported Route ${name}: routes are not served by this version yet`,
    ),
  );
});
