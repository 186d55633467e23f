// What `plimsoll rollout describe` shows of a run: its steps, what the present one waits for, the verdict, and what was
// measured.

import { describe, expect, it } from 'vitest';
import type { RolloutAnswer } from '../../src/api/client.ts';
import { printRollout } from '../../src/cli/rollout-view.ts';
import { clockTime } from '../../src/cli/wording.ts';
import { CALM, CANARY, MINUTE, NOW, RUN } from './answers.ts';
import { screenTerminal } from './command-line.ts';

function shown(rollout: RolloutAnswer | null): readonly string[] {
  const { terminal, screen } = screenTerminal();
  printRollout(terminal, { ...CALM, rollout }, NOW);
  return screen.text.trimEnd().split('\n');
}
const line = (rollout: RolloutAnswer | null, start: string): string | undefined =>
  shown(rollout).find((text) => text.startsWith(start));
const by = (change: Partial<typeof CANARY>): RolloutAnswer => ({ ...RUN, canary: { ...CANARY, ...change } });
const at = (minutes: number): string => clockTime(NOW - minutes * MINUTE);

it('a run by steps is shown with all that is known of it', () => {
  expect(shown(by({}))).toEqual([
    'service:     shop/web',
    'run:         7, a deploy from 0123456789ab to ba9876543210, commit aaaaaaaaaaaa',
    'state:       progressing: image changed',
    `started:     ${at(5)}, 5m ago`,
    'steps:       step 2 of 3, analyze, with 5 % of the requests: too few requests to judge',
    'requests:    5 of 100 go to the new revision',
    'verdict:     undecided, 1m ago: too few requests to judge',
    'restarts:    0 (of the new revision, by themselves)',
    '',
    '#   STEP         STATE     SINCE                 BECAUSE',
    `1   weight 5 %   done      ${at(4)}   the load balancers go by it`,
    `2   analyze      current   ${at(4)}   too few requests to judge`,
    '3   pause 10m    to come   –',
    '',
    'MEASURED              NEW   ERRORS   STABLE   ERRORS   NOT COUNTED',
    `${at(2)}   7     0        1,234    2`,
    `${at(1)}   12    1        1,500    0        h2: its load balancer began anew`,
  ]);
});

describe('of a run is shown', () => {
  it.each<[string, RolloutAnswer | null, string, string | undefined]>([
    ['that there is none', null, 'run:', 'run:         none yet'],
    ['that it has no steps', RUN, 'steps:', 'steps:       none: it replaces replicas as it can'],
    [
      'when it ended',
      { ...RUN, phase: 'succeeded', endedAt: NOW - MINUTE },
      'ended:',
      `ended:       ${at(1)}, 1m ago`,
    ],
    [
      'the first one',
      { ...RUN, from: null, commit: null },
      'run:',
      'run:         7, a deploy from nothing to ba9876543210, commit –',
    ],
    [
      'how its containers ended',
      by({ restarts: 3, outOfMemoryKills: 2 }),
      'restarts:',
      'restarts:    3, 2 of them out of memory (of the new revision, by themselves)',
    ],
    [
      'no part of the requests where no step decides about it',
      by({ requestsPercent: null }),
      'requests:',
      undefined,
    ],
    ['no verdict before there is one', by({ verdict: null }), 'verdict:', undefined],
    ['no table before something was measured', by({ measured: [] }), 'MEASURED', undefined],
    [
      'where it ended',
      by({ steps: [{ step: 'analyze', state: 'stopped', at: null, because: null }] }),
      '1 ',
      '1   analyze   ended here   –',
    ],
    [
      'a step that nobody remembers',
      by({ steps: [{ step: null, state: 'skipped', at: null, because: null }] }),
      '1 ',
      '1   ?      not reached   –',
    ],
  ])('%s', (_, rollout, start, text) => {
    expect(line(rollout, start)).toBe(text);
  });
});
