// The machinery that plants bugs: which it makes of a piece of code, and that a bug which is caught was
// caught because of the bug.

import { readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { parseSource } from '../../architecture/source-file.ts';
import { unsettled } from './judged.ts';
import { mutantsOf } from './mechanical.ts';
import type { Mutant } from './mutant.ts';
import { PLANTED } from './planted/all.ts';
import { plant } from './planted/planted.ts';
import { playMutant } from './play.ts';
import { readSignatures } from './signatures.ts';

const ROOT = path.resolve(import.meta.dirname, '../../..');
const FILE = 'src/plan/example.ts';

/** The changed lines of every mutant of a piece of code. */
function mutated(code: string): readonly string[] {
  const file = parseSource(FILE, code);
  return mutantsOf(file, readSignatures([file])).map(({ what, after }) => `${what}: ${after}`);
}

describe('mutants made of', () => {
  it.each([
    ['if (isOld) retire();', ['condition: if (!(isOld)) retire();', 'dropped statement: if (isOld) {}']],
    [
      'let most = n < 3;',
      ['bound: let most = n <= 3;', 'bound: let most = n < 4;', 'bound: let most = n < 2;'],
    ],
    ['let both = a && b;', ['logic: let both = a || b;']],
    ['let next = a ? b : c;', ['ternary: let next = a ? (c) : (b);']],
    ['let isOn = true;', ['boolean: let isOn = false;']],
    ['let old = all.filter(isOld);', ['dropped filter: let old = all;']],
    ['let found = all.sort((a, b) => a - b);', ['order: let found = all.sort((b, a) => a - b);']],
    [
      'function f(a: Host, b: Host) {} let x = f(old, fresh);',
      ['order: function f(a: Host, b: Host) {} let x = f(fresh, old);'],
    ],
    ['function f(a: Host, b: Name) {} let x = f(host, name);', []],
    [
      'function f() { save(); play(); }',
      [
        'order: function f() { play(); save(); }',
        'dropped statement: function f() {  play(); }',
        'dropped statement: function f() { save();  }',
      ],
    ],
    [
      'function f() { if (isDone) return 1; return 2; }',
      [
        'condition: function f() { if (!(isDone)) return 1; return 2; }',
        'dropped early return: function f() {  return 2; }',
      ],
    ],
  ])('%s', (code, expected) => {
    expect([...mutated(code)].sort()).toEqual([...expected].sort());
  });

  it.each([
    ['types', 'type Bound = 1 | 2; interface Size { of(n: 3): true }'],
    ['sentences', 'let because = isOld ? 1 : 2; let x = { message: a && b, y: `${a ? 1 : 2}` };'],
    ['words that are chosen', "let text = n === 1 ? 'one replica' : 'many replicas';"],
    ['what is only told', "events.emit({ level: a && b, kind: 'x' });"],
  ])('%s: none', (_, code) => {
    expect(mutated(code)).toEqual([]);
  });

  it('the same code at another place keep their names', () => {
    const ids = (code: string): readonly string[] =>
      mutantsOf(parseSource(FILE, code), new Map()).map(({ id }) => id);
    expect(ids('let a = 1;\nlet isOn = true;')).toEqual(ids('let isOn = true;'));
  });
});

describe('a bug planted by hand', () => {
  const patch = { id: 'a', file: 'src/plan/order.ts', replacement: '', thought: '' };

  it('is refused where its text is gone', () => {
    expect(() => plant(ROOT, { ...patch, text: 'a text that nobody wrote' })).toThrow('0 times');
  });

  it('is refused where its text stands twice', () => {
    expect(() => plant(ROOT, { ...patch, text: 'return' })).toThrow(/\d+ times/);
  });

  it('names a line of its own file, and all are different', () => {
    const ids = PLANTED.map((one) => plant(ROOT, one)).map(({ id }) => id);
    expect(new Set(ids).size).toBe(ids.length);
    expect(ids.length).toBeGreaterThanOrEqual(30);
  });
});

/** A process is started, and the machine may have other things to do. */
const STORIES_MS = 180_000;

describe('the stories', { timeout: STORIES_MS }, () => {
  const sourcesOf = (id: string): Mutant['sources'] => {
    const patch = PLANTED.find((one) => one.id === id);
    if (patch === undefined) throw new Error(`no bug ${id}`);
    return plant(ROOT, patch).sources;
  };

  it('catch none where there is no bug', async () => {
    const { caught, trials } = await playMutant({ root: ROOT, sources: {}, seeds: 3 });
    expect(caught).toBeNull();
    expect(trials).toBeGreaterThan(3);
  });

  it('catch replicas that count as ready while they start', async () => {
    const sources = sourcesOf('starting-is-ready');
    const { caught } = await playMutant({ root: ROOT, sources, seeds: 20 });
    expect(caught).toMatchObject({ by: 'diary' });
  });

  it('catch a controller that hangs', async () => {
    const file = 'src/plan/order.ts';
    const sources = { [file]: `${readFileSync(path.join(ROOT, file), 'utf8')}\nfor (;;);` };
    const { caught } = await playMutant({ root: ROOT, sources, seeds: 1 }, 2_000);
    expect(caught).toMatchObject({ by: 'hangs' });
  });

  it('prove nothing about a file that none of them loads', async () => {
    const sources = { 'src/cli/table.ts': '' };
    await expect(playMutant({ root: ROOT, sources, seeds: 1 })).rejects.toThrow('no story loads');
  });
});

describe('a run', () => {
  const survivor = {
    mutant: {
      id: 'plan/order#1',
      origin: 'mechanical',
      room: 'plan',
      file: FILE,
      line: 1,
      what: 'bound',
      before: '',
      after: '',
      sources: {},
    },
    caught: null,
    trials: 1,
    explanation: null,
  } as const;
  const explanation = { class: 'equivalent', because: 'both are the same' } as const;

  it('fails where a survivor is not explained', () => {
    expect(unsettled([survivor], {})).toHaveLength(1);
    expect(unsettled([{ ...survivor, explanation }], { 'plan/order#1': explanation })).toEqual([]);
  });

  it('fails where an explanation has become stale', () => {
    const caught = { by: 'I1', trial: 'seed 1', message: '' };
    expect(unsettled([{ ...survivor, caught, explanation }], { 'plan/order#1': explanation })).toHaveLength(
      1,
    );
    expect(unsettled([], { 'plan/order#1': explanation })).toHaveLength(1);
  });
});
