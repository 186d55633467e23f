// What becomes of the rollout that a manifest asks for: which steps there are by which strategy, what is compared, and
// what cannot be.

import { describe, expect, it, test } from 'vitest';
import { COMPARISON_DEFAULTS } from '../../src/analysis/spec.ts';
import type { RolloutStep } from '../../src/desired/rollout-spec.ts';
import { formatDuration } from '../../src/kernel/time.ts';
import { service } from '../manifest/reading.ts';
import { messageOf, namespace, problemsOf, serviceOf, source } from './resolving.ts';

const HTTP = 'serves: [80/http]';

function stepText(step: RolloutStep): string {
  switch (step.kind) {
    case 'replicas':
      return `replicas ${step.replicas}`;
    case 'weight':
      return `weight ${step.share / 100}`;
    case 'pause':
      return `pause ${formatDuration(step.forMs)}`;
    case 'confirm':
    case 'analyze':
      return step.kind;
    default:
      return step satisfies never;
  }
}

const rolloutOf = (rollout: string, inherited: string | null = null) =>
  serviceOf(
    rollout === '' ? HTTP : `${HTTP}\nrollout: { ${rollout} }`,
    inherited === null ? null : `defaults: { rollout: { ${inherited} } }`,
  ).rollout;

const stepsOf = (rollout: string, inherited: string | null = null): string =>
  rolloutOf(rollout, inherited).steps.map(stepText).join(', ');

describe('the steps of a canary', () => {
  const STEPS = 'strategy: canary, steps:';
  it.each([
    ['strategy: canary', 'weight 5, analyze, weight 25, analyze'],
    ['strategy: canary, analysis: []', 'weight 5, pause 5m, weight 25, pause 5m'],
    ['strategy: canary, bake: 10m', 'weight 5, analyze, weight 25, analyze, weight 100, pause 10m'],
    ['strategy: canary, bake: 0s', 'weight 5, analyze, weight 25, analyze'],
    [
      `${STEPS} [{ replicas: 1 }, { weight: 0.5 }, { pause: 5m }, { confirm: {} }, { analyze: {} }]`,
      'replicas 1, weight 0.5, pause 5m, confirm, analyze',
    ],
  ])('%s: %s', (rollout, expected) => {
    expect(stepsOf(rollout)).toBe(expected);
  });

  describe('end with a judgement', () => {
    it.each([
      ['[{ weight: 5 }]', 'weight 5, analyze'],
      ['[{ weight: 5 }, { pause: 1m }]', 'weight 5, pause 1m, analyze'],
      ['[{ weight: 5 }, { analyze: {} }, { pause: 1m }]', 'weight 5, analyze, pause 1m'],
      ['[{ weight: 5 }, { analyze: {} }, { weight: 50 }]', 'weight 5, analyze, weight 50, analyze'],
      ['[{ weight: 50 }, { weight: 5 }]', 'weight 50, weight 5, analyze'],
      ['[{ weight: 0 }, { confirm: {} }, { weight: 5 }]', 'weight 0, confirm, weight 5, analyze'],
      // Who gets no requests cannot be judged any more.
      ['[{ weight: 5 }, { pause: 1m }, { weight: 100 }]', 'weight 5, pause 1m, analyze, weight 100'],
      ['[{ weight: 5 }, { analyze: {} }, { weight: 100 }]', 'weight 5, analyze, weight 100'],
      ['[{ weight: 5 }, { weight: 0 }]', 'weight 5, analyze, weight 0'],
    ])('%s: %s', (steps, expected) => {
      expect(stepsOf(`${STEPS} ${steps}`)).toBe(expected);
    });
  });

  describe('without a comparison, or before the old revision goes, stay as they are', () => {
    it.each([
      ['steps: [{ weight: 5 }], analysis: []', 'weight 5'],
      ['steps: [{ replicas: 1 }, { confirm: {} }], analysis: []', 'replicas 1, confirm'],
      ['steps: [{ weight: 5 }], analysis: [], bake: 1m', 'weight 5, weight 100, pause 1m'],
      ['steps: [{ weight: 5 }, { weight: 100 }], bake: 1m', 'weight 5, analyze, weight 100, pause 1m'],
      [
        'steps: [{ weight: 100 }, { weight: 5 }], analysis: [], bake: 1m',
        'weight 100, weight 5, weight 100, pause 1m',
      ],
      ['steps: [{ weight: 100 }, { confirm: {} }], analysis: [], bake: 1m', 'weight 100, confirm, pause 1m'],
    ])('%s: %s', (keys, expected) => {
      expect(stepsOf(`strategy: canary, ${keys}`)).toBe(expected);
    });
  });
});

describe('the steps of blue and green', () => {
  it.each([
    ['', 'replicas 100%, weight 100, pause 30s'],
    [', bake: 0s', 'replicas 100%, weight 100'],
    [', bake: 1h, promotion: auto', 'replicas 100%, weight 100, pause 1h'],
    [', promotion: manual', 'replicas 100%, confirm, weight 100, pause 30s'],
  ])('strategy: blueGreen%s: %s', (keys, expected) => {
    expect(stepsOf(`strategy: blueGreen${keys}`)).toBe(expected);
  });
});

describe('what the namespace says', () => {
  const STEPS = 'steps: [{ weight: 1 }]';
  it.each([
    ['', 'strategy: canary', 'weight 5, analyze, weight 25, analyze'],
    ['', `strategy: canary, ${STEPS}, bake: 1m`, 'weight 1, analyze, weight 100, pause 1m'],
    ['bake: 0s', `strategy: canary, ${STEPS}, bake: 1m`, 'weight 1, analyze'],
    ['strategy: canary', 'analysis: []', 'weight 5, pause 5m, weight 25, pause 5m'],
    ['strategy: canary, analysis: [{ compare: {} }]', `${STEPS}, analysis: []`, 'weight 1, analyze'],
    ['strategy: canary, analysis: []', STEPS, 'weight 1'],
    ['steps: [{ weight: 2 }]', `strategy: canary, ${STEPS}`, 'weight 2, analyze'],
    ['strategy: blueGreen', `${STEPS}, promotion: manual`, 'replicas 100%, confirm, weight 100, pause 30s'],
    ['strategy: rolling', `strategy: canary, ${STEPS}, bake: 1m`, ''],
    ['strategy: recreate', `strategy: canary, ${STEPS}, promotion: manual`, ''],
    ['', `${STEPS}, analysis: [{ compare: {} }], promotion: manual, bake: 1m`, ''],
  ])('rollout: { %s } in a namespace with { %s }: %s', (own, inherited, expected) => {
    expect(stepsOf(own, inherited)).toBe(expected);
  });

  test('that it is not used changes nothing', () => {
    const inherited = `defaults: { rollout: { ${STEPS}, promotion: manual, bake: 1m } }`;
    expect(serviceOf(HTTP, inherited).specHash).toBe(serviceOf(HTTP).specHash);
  });
});

describe('what is compared', () => {
  test('the defaults of manifests are those of the comparison', () => {
    expect(rolloutOf('strategy: canary').compare).toEqual(COMPARISON_DEFAULTS);
  });

  it.each([
    ['strategy: canary, analysis: []', null],
    ['strategy: blueGreen', null],
    ['strategy: rolling', null],
    ['strategy: recreate', null],
    [
      'strategy: canary, analysis: [{ compare: { errors: { absolute: 0.01 }, evidence: 20 } }]',
      { ...COMPARISON_DEFAULTS, errors: { absolute: 0.01, relative: 0.5 }, neededEvidence: 20 },
    ],
    [
      'strategy: canary, analysis: [{ compare: { latency: { absolute: 0s }, warmUp: 5, minSamples: 9 } }]',
      {
        ...COMPARISON_DEFAULTS,
        latency: { absoluteMs: 0, relative: 0.25 },
        warmUpIntervals: 5,
        minSamples: 9,
      },
    ],
    [
      'strategy: canary, analysis: [{ compare: { tail: { slow: { absolute: 1s }, requests: { relative: 1 } } } }]',
      {
        ...COMPARISON_DEFAULTS,
        tail: { slow: { absoluteMs: 1_000, relative: 0.75 }, requests: { absolute: 0.004, relative: 1 } },
      },
    ],
  ])('%s', (rollout, expected) => {
    expect(rolloutOf(rollout).compare).toEqual(expected);
  });
});

describe('is looked at anew', () => {
  it.each([
    ['another weight', 'steps: [{ weight: 5 }]', 'steps: [{ weight: 6 }]'],
    ['another tolerance', '', 'analysis: [{ compare: { minSamples: 200 } }]'],
    ['another way of writing the same: not', '', 'analysis: [{ compare: { errors: { absolute: 0.005 } } }]'],
  ])('%s', (what, before, after) => {
    const [first, second] = [before, after].map((keys) => {
      const { specHash } = serviceOf(`${HTTP}\nrollout: { strategy: canary, ${keys} }`);
      return specHash;
    });
    expect(first === second).toBe(what.endsWith('not'));
  });
});

/** Places, codes and sentences of all problems. */
const refusals = (keys: string, inherited: string | null = null): readonly string[] => {
  const files = { 'w.yaml': service(keys) };
  const all = inherited === null ? files : { ...files, 'n.yaml': namespace('default', inherited) };
  const places = problemsOf(source(all)).map((one) => one.replace('w.yaml:', ''));
  return places.length === 0 ? [] : [...places, messageOf(source(all))];
};

describe('keys without a meaning', () => {
  const CORRECT = 'Correct the value; `plimsoll schema` prints what is allowed.';
  it.each([
    ['steps: [{ weight: 5 }]', 'rolling', '6:21', 'Remove it, or write `strategy: canary`.'],
    ['bake: 1m', 'rolling', '6:20', 'Remove it, or write `strategy: canary`.'],
    ['strategy: rolling, analysis: []', 'rolling', '6:43', 'Remove it, or write `strategy: canary`.'],
    ['strategy: recreate, promotion: auto', 'recreate', '6:45', CORRECT],
    ['strategy: recreate, bake: 1m', 'recreate', '6:40', CORRECT],
    [
      'strategy: canary, promotion: manual',
      'canary',
      '6:43',
      'Write `confirm: {}` as a step: it waits for a person.',
    ],
    [
      'strategy: blueGreen, steps: [{ weight: 5 }]',
      'blueGreen',
      '6:42',
      'Remove it, or write `strategy: canary`; `promotion: manual` waits for a person.',
    ],
    [
      'strategy: blueGreen, analysis: []',
      'blueGreen',
      '6:45',
      'Remove it, or write `strategy: canary`; `promotion: manual` waits for a person.',
    ],
  ])('%s', (rollout, strategy, place, hint) => {
    const [, name] = /(\w+): [^:]+$/.exec(rollout.replace('{ weight: 5 }', '')) ?? [];
    expect(refusals(`rollout: { ${rollout} }\n${HTTP}`)).toEqual([
      `${place} manifest/invalid-value`,
      `spec.rollout.${name}: has no meaning with the strategy \`${strategy}\` → ${hint}`,
    ]);
  });
});

describe('cannot be split', () => {
  const SERVES = 'Add `serves` with the port, or write `strategy: rolling` for it.';
  const VOLUME = 'Write `strategy: recreate` or `strategy: rolling` for it.';
  it.each([
    [
      'a service that serves nothing',
      'rollout: { strategy: canary }',
      '6:24',
      `spec.rollout.strategy: the strategy \`canary\` splits requests, and the service serves no port → ${SERVES}`,
    ],
    [
      'a service that serves nothing, by colours',
      'rollout: { strategy: blueGreen }\nserves: []',
      '6:24',
      `spec.rollout.strategy: the strategy \`blueGreen\` splits requests, and the service serves no port → ${SERVES}`,
    ],
    [
      'a service that writes a volume alone',
      `rollout: { strategy: blueGreen }\n${HTTP}\nvolumes: ["data:/data"]`,
      '6:24',
      `spec.rollout.strategy: the strategy \`blueGreen\` runs two revisions at once, and the only replica writes the volume data → ${VOLUME}`,
    ],
    [
      'connections that are compared',
      'rollout: { strategy: canary }\nserves: [5432/tcp]',
      '6:24',
      'spec.rollout.strategy: the revisions are compared by their answers to requests, and the service serves `tcp` alone → Write `analysis: []`, or serve a port as `http`.',
    ],
    [
      'connections that are compared by name',
      'rollout: { strategy: canary, analysis: [{ compare: {} }] }\nserves: [5432/tcp]',
      '6:42',
      'spec.rollout.analysis: the revisions are compared by their answers to requests, and the service serves `tcp` alone → Write `analysis: []`, or serve a port as `http`.',
    ],
    [
      'steps by which both revisions never get requests',
      `rollout: { strategy: canary, steps: [{ replicas: 1 }, { confirm: {} }] }\n${HTTP}`,
      '6:39',
      'spec.rollout.steps: by no step both revisions get requests, so that nothing can be compared → Add a step such as `weight: 5`, or write `analysis: []`.',
    ],
  ])('%s', (_, keys, place, sentence) => {
    expect(refusals(keys)).toEqual([`${place} manifest/invalid-value`, sentence]);
  });

  it.each([
    ['rollout: { strategy: canary }\nserves: [80/http, 5432/tcp]'],
    ['rollout: { strategy: canary, analysis: [] }\nserves: [5432/tcp]'],
    ['rollout: { strategy: blueGreen }\nserves: [5432/tcp]'],
    [`rollout: { strategy: canary }\n${HTTP}\nvolumes: ["data:/data"]\nreplicas: 2`],
    [`rollout: { strategy: canary }\n${HTTP}\nvolumes: ["data:/data:ro", "/srv/x:/x"]`],
  ])('and this can: %j', (keys) => {
    const [only, ...more] = refusals(keys, 'permissions: [hostPath]\nhostPaths: [/srv/x]');
    expect([only, more]).toEqual([undefined, []]);
  });

  test('by what the namespace says, told at the service', () => {
    expect(refusals('replicas: 1', 'defaults: { rollout: { strategy: canary } }')).toEqual([
      '5:3 manifest/invalid-value',
      `spec.rollout.strategy: the strategy \`canary\` of the namespace splits requests, and the service serves no port → ${SERVES}`,
    ]);
  });

  test.each([
    [
      'analysis: []',
      'steps: [{ weight: 5 }, { analyze: {} }]',
      '7:42',
      'spec.rollout.analysis: a step waits for the comparison, which `analysis: []` switches off: one of the namespace → Write `steps` for the service itself.',
    ],
    [
      'steps: [{ weight: 5 }, { analyze: {} }]',
      'analysis: []',
      '7:66',
      'spec.rollout.steps[1].analyze: a step waits for the comparison, which `analysis: []` switches off in the namespace → Write `analysis: [{ compare: {} }]` besides, or `pause` or `confirm: {}` in its place.',
    ],
  ])('waits for nothing: { %s } in a namespace with { %s }', (own, inherited, place, sentence) => {
    expect(
      refusals(`${HTTP}\nrollout: { strategy: canary, ${own} }`, `defaults: { rollout: { ${inherited} } }`),
    ).toEqual([`${place} manifest/invalid-value`, sentence]);
  });

  test('nothing can be replaced by a canary either, where nothing may be too many or missing', () => {
    expect(
      problemsOf(source({ 'w.yaml': service(`rollout: { strategy: canary, maxSurge: 0 }\n${HTTP}`) })),
    ).toEqual(['w.yaml:6:42 manifest/invalid-value']);
  });
});
