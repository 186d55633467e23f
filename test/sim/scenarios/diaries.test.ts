// Every story without a crash does, says and shows what was written down: no call more, no event less, and in
// the same time. After a change that is meant: `npm run sim -- --write-diaries`.

import { describe, expect, it } from 'vitest';
import { readDiaries } from './diaries.ts';
import { diaryDifferences } from './diary.ts';
import { cleanRun } from './plans.ts';
import { STORIES } from './scenarios.ts';

const diaries = readDiaries();

describe('the diary of', () => {
  it.each(STORIES.map((scenario) => [scenario.name, scenario] as const))('%s', async (name, scenario) => {
    const wanted = diaries.get(name);
    if (wanted === undefined) throw new Error('there is none yet: npm run sim -- --write-diaries');
    expect(diaryDifferences(wanted, (await cleanRun(scenario)).diary)).toEqual([]);
  });

  it('no story that there is not', () => {
    expect([...diaries.keys()].filter((name) => !STORIES.some((s) => s.name === name))).toEqual([]);
  });
});

describe('a diary differs', () => {
  const diary = {
    effects: { createContainer: 1 },
    asked: { report: 3, 'list volumes': 1 },
    said: { 'rollout/succeeded': 1 },
    writes: 9,
    lastEffectS: 20,
    status: { web: ['progressing 0/1: first deployment', 'ready 1/1: all is well'] },
    sight: { h1: ['unknown', 'fresh'] },
    plans: ['runContainer 1', 'nothing'],
    hosts: { h1: 'fresh: shop.web.0.0 running' },
  };
  it.each([
    ['by one call more', { effects: { createContainer: 2 } }, 'effect createContainer: 2 times instead of 1'],
    [
      'by another call',
      { effects: { createContainer: 1, stopContainer: 1 } },
      'effect stopContainer: 1 times',
    ],
    ['by an event that is missing', { said: {} }, 'event rollout/succeeded: 0 times instead of 1'],
    ['by a write', { writes: 10 }, '10 writes instead of 9'],
    ['by two seconds', { lastEffectS: 22 }, 'the last effect after 22 s'],
    [
      'by what was shown',
      { status: { web: ['ready 1/1: all is well'] } },
      'status of web: ready 1/1: all is well instead of',
    ],
    ['by a question', { asked: { report: 4, 'list volumes': 1 } }, 'question report: 4 times instead of 3'],
    [
      'by how a host was shown',
      { sight: { h1: ['unknown', 'stale', 'fresh'] } },
      'sight of h1: unknown, stale, fresh instead of',
    ],
    ['by what was planned', { plans: ['nothing'] }, 'the plans: nothing instead of runContainer 1'],
    ['by a container', { hosts: { h1: 'fresh: ' } }, 'host h1: fresh:  instead of fresh: shop.web'],
  ])('%s', (_, change, words) => {
    expect(diaryDifferences(diary, { ...diary, ...change }).join()).toContain(words);
  });

  it('not by what a moment decides', () => {
    expect(diaryDifferences(diary, { ...diary, lastEffectS: 20.3 })).toEqual([]);
  });
});
