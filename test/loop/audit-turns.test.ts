// Each container is looked at in its turn, whatever comes and goes beside it.

import { describe, expect, it } from 'vitest';
import { AuditTurns } from '../../src/loop/audit-turns.ts';

const looks = (...hosts: readonly string[]): readonly (string | null)[] => {
  const turns = new AuditTurns();
  return hosts.map((there) => turns.next(new Set(there)));
};

describe('whose turn it is', () => {
  it('comes round', () => {
    expect(looks('abc', 'abc', 'abc', 'abc')).toEqual(['a', 'b', 'c', 'a']);
  });

  it('passes over none when one before it goes', () => {
    expect(looks('abcd', 'abcd', 'bcd', 'bcd', 'bcd')).toEqual(['a', 'b', 'c', 'd', 'b']);
  });

  it('comes to none twice when one before it is new', () => {
    expect(looks('abc', 'abc', 'zabc', 'zabc', 'zabc', 'zabc')).toEqual(['a', 'b', 'c', 'a', 'b', 'z']);
  });

  it('does not go by the order in which they are listed', () => {
    expect(looks('abc', 'cab', 'bca', 'abc')).toEqual(['a', 'b', 'c', 'a']);
  });

  it('is not put off by what is new at each look', () => {
    expect(looks('ab', 'zab', 'yzab', 'xyzab')).toEqual(['a', 'b', 'a', 'z']);
  });

  it('is nobody where nothing is there', () => {
    expect(looks('', 'a', '', 'b')).toEqual([null, 'a', null, 'b']);
  });
});
