// What a manifest says of canaries: their steps, and what the new revision is compared by.

import { describe, expect, it } from 'vitest';
import { placeAndCode, read, service, specOf } from './reading.ts';

const MINUTE_MS = 60_000;

/** `6:24 manifest/invalid-value` of every problem. */
const placesOf = (rollout: string): readonly string[] =>
  read({ 'm.yaml': service(`rollout: { ${rollout} }`) }).problems.map((one) =>
    placeAndCode(one).replace('m.yaml:', ''),
  );

/** `message → hint` of the only problem; without the hint that every wrong value has. */
function sentenceOf(rollout: string): string {
  const { problems } = read({ 'm.yaml': service(`rollout: { ${rollout} }`) });
  const told = problems.map(({ message, hint }) => `${message} → ${hint}`).join('\n');
  return told.replace(/ → Correct the value;.*/, '');
}

describe('a step', () => {
  it.each([
    ['replicas: 1', { kind: 'replicas', replicas: 1 }],
    ['replicas: 25%', { kind: 'replicas', replicas: '25%' }],
    ['weight: 0', { kind: 'weight', share: 0 }],
    ['weight: 5', { kind: 'weight', share: 500 }],
    ['weight: 0.07', { kind: 'weight', share: 7 }],
    ['weight: 12.34', { kind: 'weight', share: 1_234 }],
    ['weight: 100', { kind: 'weight', share: 10_000 }],
    ['pause: 5m', { kind: 'pause', forMs: 5 * MINUTE_MS }],
    ['confirm: {}', { kind: 'confirm' }],
  ])('%s', (text, expected) => {
    expect(specOf(`rollout: { steps: [{ ${text} }] }`).rollout?.steps).toEqual([expected]);
  });

  it('waits for the comparison where both revisions get requests', () => {
    const steps = '[{ weight: 0 }, { weight: 5 }, { analyze: {} }, { weight: 2 }, { analyze: {} }]';
    expect(specOf(`rollout: { steps: ${steps} }`).rollout?.steps?.map(({ kind }) => kind)).toEqual([
      'weight',
      'weight',
      'analyze',
      'weight',
      'analyze',
    ]);
  });

  it.each([
    ['[]', '6:21 manifest/invalid-value'],
    ['[weight]', '6:22 manifest/invalid-value'],
    ['[{}]', '6:22 manifest/invalid-value'],
    ['[{ weight: 5, pause: 1m }]', '6:22 manifest/invalid-value'],
    ['[{ weight: 5% }]', '6:32 manifest/invalid-value'],
    ['[{ weight: -1 }]', '6:32 manifest/invalid-value'],
    ['[{ weight: 100.01 }]', '6:32 manifest/invalid-value'],
    ['[{ weight: 0.001 }]', '6:32 manifest/invalid-value'],
    ['[{ replicas: 0 }]', '6:34 manifest/invalid-value'],
    ['[{ replicas: 0% }]', '6:34 manifest/invalid-value'],
    ['[{ pause: 0s }]', '6:31 manifest/invalid-value'],
    ['[{ pause: 25h }]', '6:31 manifest/invalid-value'],
    ['[{ pause: 5 }]', '6:31 manifest/invalid-value'],
    ['[{ confirm: true }]', '6:33 manifest/invalid-value'],
    ['[{ confirm: { by: me } }]', '6:35 manifest/unknown-key'],
    ['[{ weight: 5 }, { weight: 5 }]', '6:47 manifest/invalid-value'],
    ['[{ weight: 5 }, { pause: 1m }, { weight: 5 }]', '6:62 manifest/invalid-value'],
    ['[{ analyze: {} }, { weight: 5 }]', '6:33 manifest/invalid-value'],
    ['[{ weight: 0 }, { analyze: {} }]', '6:48 manifest/invalid-value'],
    ['[{ weight: 100 }, { analyze: {} }]', '6:50 manifest/invalid-value'],
    ['[{ match: { header: X } }]', '6:24 manifest/unsupported'],
    ['[{ weight: 5 }, { analyze: smoke }]', '6:48 manifest/unsupported'],
    ['[{ setWeight: 5 }]', '6:24 manifest/unknown-key'],
  ])('refused: steps: %s', (steps, expected) => {
    expect(placesOf(`steps: ${steps}`)).toEqual([expected]);
  });

  it('is one of 50 at most', () => {
    const steps = (count: number) => Array.from({ length: count }, (_, at) => `{ weight: ${at} }`).join(', ');
    expect(placesOf(`steps: [${steps(50)}]`)).toEqual([]);
    expect(placesOf(`steps: [${steps(51)}]`)).toEqual(['6:21 manifest/invalid-value']);
  });
});

describe('a comparison', () => {
  it.each([
    ['{}', {}],
    ['{ errors: { absolute: 0.01 } }', { errors: { absolute: 0.01 } }],
    [
      '{ latency: { absolute: 20ms, relative: 0 }, minSamples: 1, warmUp: 0, evidence: 20 }',
      { latency: { absolute: 20, relative: 0 }, minSamples: 1, warmUp: 0, evidence: 20 },
    ],
    [
      '{ tail: { slow: { relative: 1 }, requests: { absolute: 0.01, relative: 0 } } }',
      { tail: { slow: { relative: 1 }, requests: { absolute: 0.01, relative: 0 } } },
    ],
  ])('%s', (text, compare) => {
    expect(specOf(`rollout: { analysis: [{ compare: ${text} }] }`).rollout?.analysis).toEqual([{ compare }]);
  });

  it.each([
    ['{ compare: {} }', ['6:24 manifest/invalid-value']],
    ['[compare]', ['6:25 manifest/invalid-value']],
    ['[{}]', ['6:25 manifest/invalid-value']],
    ['[{ compare: {} }, { compare: {} }]', ['6:24 manifest/invalid-value']],
    ['[{ compare: { error: {} } }]', ['6:38 manifest/unknown-key']],
    ['[{ compare: { errors: 1 } }]', ['6:46 manifest/invalid-value']],
    ['[{ compare: { errors: { absolute: 0, relative: 0 } } }]', ['6:46 manifest/invalid-value']],
    ['[{ compare: { errors: { absolute: 1% } } }]', ['6:58 manifest/invalid-value']],
    ['[{ compare: { errors: { absolute: 0.6 } } }]', ['6:58 manifest/invalid-value']],
    ['[{ compare: { errors: { relative: -1 } } }]', ['6:58 manifest/invalid-value']],
    ['[{ compare: { latency: { absolute: 5 } } }]', ['6:59 manifest/invalid-value']],
    ['[{ compare: { latency: { absolute: 0s, relative: 0 } } }]', ['6:47 manifest/invalid-value']],
    ['[{ compare: { minSamples: 0 } }]', ['6:50 manifest/invalid-value']],
    ['[{ compare: { warmUp: 30s } }]', ['6:46 manifest/invalid-value']],
    ['[{ compare: { evidence: 1 } }]', ['6:48 manifest/invalid-value']],
    ['[{ compare: {}, name: errors }]', ['6:40 manifest/unsupported']],
    ['[{ compare: {}, minSamples: 5 }]', ['6:40 manifest/unsupported']],
    [
      '[{ query: "builtin:http_5xx_ratio", pass: "< 0.01", fail: "> 0.05" }]',
      [
        '6:25 manifest/invalid-value',
        '6:27 manifest/unsupported',
        '6:60 manifest/unsupported',
        '6:76 manifest/unsupported',
      ],
    ],
  ])('refused: analysis: %s', (analysis, expected) => {
    expect(placesOf(`analysis: ${analysis}`)).toEqual(expected);
  });

  it('that is switched off is waited for by no step', () => {
    expect(placesOf('analysis: [], steps: [{ weight: 5 }, { analyze: {} }]')).toEqual([
      '6:62 manifest/invalid-value',
    ]);
  });
});

describe('what the sentences say', () => {
  it.each([
    [
      'strategy: bluegreen',
      'spec.rollout.strategy: `bluegreen` is not one of `rolling`, `recreate`, `canary` or `blueGreen`; did you mean `blueGreen`?',
    ],
    [
      'steps: [{ weight: 5, pause: 1m }]',
      'spec.rollout.steps[0]: has 2 keys: a step is one of `replicas`, `weight`, `pause`, `confirm` and `analyze` → Make an item of the list of each.',
    ],
    [
      'steps: [{ weight: 5% }]',
      'spec.rollout.steps[0].weight: expected per cent as a plain number such as `5` or `0.5`, got a string',
    ],
    ['steps: [{ confirm: }]', 'spec.rollout.steps[0].confirm: expected `{}`, got nothing (null)'],
    [
      'steps: [{ pause: {} }]',
      'spec.rollout.steps[0].pause: expected a duration such as `5m` → Write `pause: 5m`; `confirm: {}` waits for a person.',
    ],
    ['steps: [{ weight: 5 }, { weight: 5 }]', 'spec.rollout.steps[1].weight: is 5 already'],
    [
      'steps: [{ weight: 5 }, { analyze: smoke }]',
      'spec.rollout.steps[1].analyze: an analysis with a name is not supported yet → Write `analyze: {}`: it waits for the comparison with the stable revision.',
    ],
    [
      'steps: [{ match: {} }]',
      '`spec.rollout.steps[0].match` is not supported → Requests cannot be chosen by their headers yet. Write `weight`, or `replicas` and `confirm: {}` to try the new replicas by hand.',
    ],
    [
      'steps: [{ setWeight: 5 }]',
      '`spec.rollout.steps[0].setWeight` is not a known key → Did you mean `weight`?',
    ],
    [
      'steps: [{ weight: 100 }, { analyze: {} }]',
      'spec.rollout.steps[1].analyze: the stable revision gets no requests any more, so that nothing can be compared → Put it behind a `weight` that is more than 0 and less than 100.',
    ],
    [
      'analysis: [{ compare: {}, noData: pass }]',
      '`spec.rollout.analysis[0].noData` is not supported → What has no data never passes: it waits. Only `compare` is supported yet.',
    ],
    ['promotion: later', 'spec.rollout.promotion: `later` is not one of `auto` or `manual`'],
  ])('%s', (rollout, expected) => {
    expect(sentenceOf(rollout)).toBe(expected);
  });
});
