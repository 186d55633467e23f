// What is wrong with the rollout of a service as a whole, with its place in the user's file.

import { type Problem, problem } from '../kernel/errors.ts';
import { type CountOrPercent, resolveCount } from '../kernel/quantity.ts';
import { type DocumentOf, valueSpan } from '../manifest/document.ts';
import { formatPath, type Path } from '../manifest/position.ts';
import type { ContainerSpec } from './container.ts';
import type { RolloutSpec } from './rollout-spec.ts';

const LONGEST_DRAIN_MS = 3_600_000;

export interface CheckedRollout {
  readonly document: DocumentOf<'Service'>;
  readonly rollout: RolloutSpec;
  readonly container: ContainerSpec;
  readonly replicas: number;
}

type Refuse = (path: Path, message: string, hint?: string) => Problem;

const isZero = (value: CountOrPercent): boolean => resolveCount(value, 1_000, 'up') === 0;

export function checkRollout(checked: CheckedRollout): readonly Problem[] {
  const { document, rollout } = checked;
  const refuse: Refuse = (below, message, hint) => {
    const path = ['spec', 'rollout', ...below];
    return problem('manifest/invalid-value', `${formatPath(path)}: ${message}`, {
      span: valueSpan(document, path),
      ...(hint === undefined ? {} : { hint }),
    });
  };
  const found = [...checkKeys(checked, refuse), ...checkReplacing(checked, refuse)];
  if (rollout.breaker.min > rollout.breaker.max) found.push(refuse(['breaker'], '`min` is above `max`'));
  if (rollout.drainMs > LONGEST_DRAIN_MS)
    found.push(refuse(['drain'], 'is at most 1h: no process of the load balancer is kept for longer'));
  if (rollout.progressDeadlineMs <= rollout.minHealthyMs) {
    found.push(refuse(['progressDeadline'], 'must be longer than minHealthy'));
  }
  const isGradual = rollout.strategy === 'canary' || rollout.strategy === 'blueGreen';
  return isGradual ? [...found, ...checkSplit(checked, refuse), ...checkAnalysis(checked, refuse)] : found;
}

/** Of each strategy: keys without a meaning, and what to do instead. */
const MEANINGLESS = {
  rolling: {
    keys: ['steps', 'analysis', 'promotion', 'bake'],
    hint: 'Remove it, or write `strategy: canary`.',
  },
  recreate: {
    keys: ['maxSurge', 'maxUnavailable', 'steps', 'analysis', 'promotion', 'bake'],
    hint: undefined,
  },
  canary: { keys: ['promotion'], hint: 'Write `confirm: {}` as a step: it waits for a person.' },
  blueGreen: {
    keys: ['steps', 'analysis'],
    hint: 'Remove it, or write `strategy: canary`; `promotion: manual` waits for a person.',
  },
} as const;

/** What is inherited is left unused; what the service itself says without effect is a mistake. */
function checkKeys({ document, rollout: { strategy } }: CheckedRollout, refuse: Refuse): Problem[] {
  const own = document.manifest.spec.rollout ?? {};
  const { keys, hint } = MEANINGLESS[strategy];
  return keys.flatMap((key) =>
    own[key] === undefined ? [] : [refuse([key], `has no meaning with the strategy \`${strategy}\``, hint)],
  );
}

function checkReplacing({ document, rollout }: CheckedRollout, refuse: Refuse): readonly Problem[] {
  if (rollout.strategy === 'recreate' || !isZero(rollout.maxSurge) || !isZero(rollout.maxUnavailable))
    return [];
  const own = document.manifest.spec.rollout ?? {};
  const key = own.maxSurge === undefined && own.maxUnavailable !== undefined ? 'maxUnavailable' : 'maxSurge';
  return [refuse([key], 'maxSurge and maxUnavailable cannot both be 0: nothing could ever be replaced')];
}

/** Whether two revisions can be there at once, and requests be split between them. */
function checkSplit(
  { document, rollout, container, replicas }: CheckedRollout,
  refuse: Refuse,
): readonly Problem[] {
  const { spec } = document.manifest;
  const from = spec.rollout?.strategy === undefined ? ' of the namespace' : '';
  const what = `the strategy \`${rollout.strategy}\`${from}`;
  const found: Problem[] = [];
  if ((spec.serves ?? []).length === 0) {
    const message = `${what} splits requests, and the service serves no port`;
    found.push(
      refuse(['strategy'], message, 'Add `serves` with the port, or write `strategy: rolling` for it.'),
    );
  }
  const volume = container.mounts.find((mount) => mount.kind === 'volume' && !mount.readOnly);
  if (replicas <= 1 && volume?.kind === 'volume') {
    const message = `${what} runs two revisions at once, and the only replica writes the volume ${volume.volume}`;
    found.push(refuse(['strategy'], message, 'Write `strategy: recreate` or `strategy: rolling` for it.'));
  }
  return found;
}

/** Whether there is something to compare wherever the rollout waits for a comparison, and only there. */
function checkAnalysis({ document, rollout }: CheckedRollout, refuse: Refuse): readonly Problem[] {
  const { serves = [], rollout: own = {} } = document.manifest.spec;
  const isJudged = rollout.steps.some(({ kind }) => kind === 'analyze');
  if (rollout.compare === null) {
    if (!isJudged) return [];
    const message = 'a step waits for the comparison, which `analysis: []` switches off';
    const index = own.steps?.findIndex(({ kind }) => kind === 'analyze') ?? -1;
    return index === -1
      ? [refuse(['analysis'], `${message}: one of the namespace`, 'Write `steps` for the service itself.')]
      : [
          refuse(
            ['steps', index, 'analyze'],
            `${message} in the namespace`,
            'Write `analysis: [{ compare: {} }]` besides, or `pause` or `confirm: {}` in its place.',
          ),
        ];
  }
  if (!isJudged)
    return [
      refuse(
        ['steps'],
        'by no step both revisions get requests, so that nothing can be compared',
        'Add a step such as `weight: 5`, or write `analysis: []`.',
      ),
    ];
  if (serves.length === 0 || serves.some(({ protocol }) => protocol === 'http')) return [];
  return [
    refuse(
      [own.analysis === undefined ? 'strategy' : 'analysis'],
      'the revisions are compared by their answers to requests, and the service serves `tcp` alone',
      'Write `analysis: []`, or serve a port as `http`.',
    ),
  ];
}
