// How thresholds are written in manifests.

import { describe, expect, it } from 'vitest';
import { isMet, parseThreshold } from '../../src/analysis/threshold.ts';

describe('a threshold', () => {
  it.each([
    { text: '< 0.01', comparison: '<', bound: 0.01 },
    { text: '<=250', comparison: '<=', bound: 250 },
    { text: ' >  .5 ', comparison: '>', bound: 0.5 },
    { text: '>= -1e-3', comparison: '>=', bound: -0.001 },
  ])('"$text" is understood', ({ text, comparison, bound }) => {
    expect(parseThreshold(text)).toEqual({ ok: true, value: { comparison, bound } });
  });

  it.each([
    { text: '', error: 'must begin with <, <=, > or >=, such as "< 0.01", and not be ""' },
    { text: '0.01', error: 'must begin with <, <=, > or >=, such as "< 0.01", and not be "0.01"' },
    { text: '== 1', error: 'must compare by <, <=, > or >=, and not by "=="' },
    { text: '=< 1', error: 'must compare by <, <=, > or >=, and not by "=<"' },
    { text: '<', error: 'must name a number after "<", and not ""' },
    { text: '< ten', error: 'must name a number after "<", and not "ten"' },
    { text: '< 0x10', error: 'must name a number after "<", and not "0x10"' },
    { text: '< 1 2', error: 'must name a number after "<", and not "1 2"' },
    { text: '> Infinity', error: 'must name a number after ">", and not "Infinity"' },
    { text: '< 5%', error: 'must be a plain number: instead of 5% write 0.05' },
  ])('"$text" $error', ({ text, error }) => {
    expect(parseThreshold(text)).toEqual({ ok: false, error });
  });

  it.each([
    { comparison: '<', met: [true, false, false] },
    { comparison: '<=', met: [true, true, false] },
    { comparison: '>', met: [false, false, true] },
    { comparison: '>=', met: [false, true, true] },
  ] as const)('$comparison 2 is met by 1, 2, 3: $met', ({ comparison, met }) => {
    expect([1, 2, 3].map((value) => isMet({ comparison, bound: 2 }, value))).toEqual(met);
  });
});
