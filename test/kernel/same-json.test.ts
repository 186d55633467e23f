// Two values are the same where they would be written down the same.

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { canonicalJson, type Json } from '../../src/kernel/canonical.ts';
import { isSameJson } from '../../src/kernel/same-json.ts';

describe('values are', () => {
  it.each<[string, unknown, unknown, boolean]>([
    ['equal whatever the order of their keys', { a: 1, b: [2] }, { b: [2], a: 1 }, true],
    ['equal where a member is undefined or absent', { a: 1, b: undefined }, { a: 1 }, true],
    ['equal where a member is absent or undefined', { a: 1 }, { a: 1, b: undefined }, true],
    ['different where a member is null or absent', { a: null }, {}, false],
    ['different where a list is longer', [1], [1, 2], false],
    ['different where one is a list', [], {}, false],
    ['different where one is text', 1, '1', false],
    ['different deep inside', { a: { b: [{ c: 1 }] } }, { a: { b: [{ c: 2 }] } }, false],
  ])('%s', (_, a, b, isSame) => expect(isSameJson(a, b)).toBe(isSame));

  it('the same exactly where their canonical texts are', () => {
    // What was written down as JSON and read again is JSON.
    const value = fc.jsonValue({ maxDepth: 3 }).map((v) => JSON.parse(JSON.stringify(v)) as Json);
    fc.assert(
      fc.property(value, value, (a, b) => {
        expect(isSameJson(a, structuredClone(a))).toBe(true);
        expect(isSameJson(a, b)).toBe(canonicalJson(a) === canonicalJson(b));
      }),
    );
  });
});
