// Rollouts that take too much away, too early, or forget what they have learnt.

import type { Planted } from './planted.ts';

export const ROLLOUTS: readonly Planted[] = [
  {
    id: 'forgotten-quarantine',
    file: 'src/rollout/lifecycle.ts',
    text: '  quarantine(draft, target, because);\n',
    replacement: '',
    thought: 'The rollout went back: that is all there is to remember.',
  },
  {
    id: 'sick-ones-can-be-spared-for',
    file: 'src/rollout/rolling.ts',
    text: 'const spare = Math.max(0, counts.freshAvailable + counts.oldAvailable - floor);',
    replacement: 'const spare = Math.max(0, counts.freshAvailable + counts.old - floor);',
    thought:
      'maxUnavailable is about how many old ones there are; whether one of them is sick is another matter.',
  },
  {
    id: 'newest-goes-first',
    file: 'src/rollout/converge.ts',
    text: 'leavingOrder(draft, p.old.filter(available)).slice(0, moves.retireAvailable);',
    replacement: 'leavingOrder(draft, p.fresh.filter(available)).slice(0, moves.retireAvailable);',
    thought: 'The last ones that came are the first ones to go.',
  },
  {
    id: 'retiring-not-counted',
    file: 'src/rollout/rolling.ts',
    text: 'const total = counts.fresh + counts.old + counts.retiring;',
    replacement: 'const total = counts.fresh + counts.old;',
    thought: 'What was told to stop is gone.',
  },
  {
    id: 'success-before-ready',
    file: 'src/rollout/judge.ts',
    text: 'const isComplete = available.length === desired.replicas && fresh.length === desired.replicas;',
    replacement: 'const isComplete = fresh.length === desired.replicas;',
    thought: 'All new replicas are there and no old one is left: the rollout is over.',
  },
  {
    id: 'second-writer',
    file: 'src/rollout/single-writer.ts',
    text: `  if (writing.length > 0)
    return wanted.find((a) => writing.every((w) => w.container.id === a.container?.id)) ?? null;
`,
    replacement: '',
    thought: 'Only one replica is started: there can be no other one.',
  },
  {
    id: 'image-not-prepared',
    file: 'src/rollout/converge.ts',
    text: 'if (p.old.length > 0 && !isPrepared(',
    replacement: 'if (p.old.length < 0 && !isPrepared(',
    thought: 'The image is pulled when the container is created.',
  },
  {
    id: 'pause-ignored',
    file: 'src/rollout/converge.ts',
    text: "if (target === null || rollout?.phase === 'paused') return;",
    replacement: 'if (target === null) return;',
    thought: 'Paused is what people see: the rest goes by the target.',
  },
  {
    id: 'deadline-without-end',
    file: 'src/rollout/judge.ts',
    text: 'failRollout(draft, detail === null ? standstill : `${standstill}: ${detail}`);',
    replacement: "draft.block('time', standstill);",
    thought: 'Whoever is slow becomes ready in the end: it is enough to say so.',
  },
  {
    id: 'drift-mode-ignored',
    file: 'src/rollout/drift.ts',
    text: `  if (draft.driftMode === 'report') {
    draft.block('nothing', \`drift: \${reasons.join('; ')}\`, a.name);
    return;
  }
`,
    replacement: '',
    thought: 'What differs is put right.',
  },
  {
    id: 'dependencies-ignored',
    file: 'src/plan/reconcile.ts',
    text: 'waitsFor: dependenciesMissing(key, world.desired, (other) => this.memoryOf(other)),',
    replacement: 'waitsFor: null,',
    thought: 'Dependencies are planned first: that is order enough.',
  },
];
