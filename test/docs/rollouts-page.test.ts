// The examples of src/docs/rollouts.md mean what the page says; its commands are in rollouts-tour.ts.

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it, test } from 'vitest';
import { COMPARISON_DEFAULTS } from '../../src/analysis/spec.ts';
import type { RolloutStep } from '../../src/desired/rollout-spec.ts';
import { namespace, resolve, serviceOf, source } from '../desired/resolving.ts';
import { piecesOf } from './pieces.ts';

const page = readFileSync(join(import.meta.dirname, '../../src/docs/rollouts.md'), 'utf8');
/** Whole blocks; keys within sentences are not tried alone. */
const examples = piecesOf(page).flatMap((piece) =>
  piece.kind === 'yaml' && piece.text.includes('\n') ? [piece.text] : [],
);

const kinds = (steps: readonly RolloutStep[]): readonly string[] => steps.map(({ kind }) => kind);

function rolloutOf(text: string) {
  if (!text.startsWith('apiVersion:')) return serviceOf(`serves: [80/http]\n${text}`).rollout;
  const files = { 'n.yaml': namespace('shop', '{}'), 'api.yaml': text };
  const [service] = resolve([source(files)]).desired.services.values();
  return service?.rollout;
}

test('there is an example of each strategy', () => {
  expect(examples.map((text) => rolloutOf(text)?.strategy)).toEqual(['canary', 'blueGreen']);
});

test('the canary has the steps as written, and then all requests for the time of `bake`', () => {
  const canary = rolloutOf(examples[0] ?? '');
  expect(kinds(canary?.steps ?? [])).toEqual([
    ...['replicas', 'weight', 'pause', 'analyze', 'replicas', 'weight', 'analyze'],
    ...['weight', 'pause'],
  ]);
  expect(canary?.compare).toEqual({ ...COMPARISON_DEFAULTS, errors: { absolute: 0.01, relative: 0.5 } });
});

test('blue and green wait for a person, and then switch', () => {
  expect(kinds(rolloutOf(examples[1] ?? '')?.steps ?? [])).toEqual([
    'replicas',
    'confirm',
    'weight',
    'pause',
  ]);
});

it.each([
  ['errors', '| half as many again, and 0.5 of 100 requests more |', { absolute: 0.005, relative: 0.5 }],
  ['latency', '| a quarter longer, and 5 ms more |', { absoluteMs: 5, relative: 0.25 }],
  [
    'tail',
    '75 % and 5 ms longer than the 99th percentile of the old revision | a quarter more of them (`requests`), and 0.4 of 100 requests more |',
    { slow: { absoluteMs: 5, relative: 0.75 }, requests: { absolute: 0.004, relative: 0.25 } },
  ],
  ['minSamples', 'below `minSamples` (100 of each revision)', 100],
  ['warmUpIntervals', '(`warmUp`, 2 of them)', 2],
  ['neededEvidence', 'With `evidence: 100`, the default,', 100],
] as const)('the default of %s is what the page says', (name, words, value) => {
  expect(page.replaceAll('\n', ' ')).toContain(words);
  expect(COMPARISON_DEFAULTS[name]).toEqual(value);
});
