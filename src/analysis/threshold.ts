// A fixed threshold as manifests write it: `"< 0.01"`.

import { err, ok, type Result } from '../kernel/result.ts';

const COMPARISONS = ['<', '<=', '>', '>='] as const;
type ComparisonSign = (typeof COMPARISONS)[number];

export interface Threshold {
  readonly comparison: ComparisonSign;
  readonly bound: number;
}

const NUMBER = /^[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?$/;

/** The error continues a sentence that begins with the key's name: `must be …`. */
export function parseThreshold(text: string): Result<Threshold, string> {
  const [, sign, number = ''] = /^\s*([<>=!]*)\s*(.*?)\s*$/.exec(text) ?? [];
  const comparison = COMPARISONS.find((known) => known === sign);
  if (comparison === undefined) {
    return err(
      sign === undefined || sign === ''
        ? `must begin with <, <=, > or >=, such as "< 0.01", and not be "${text}"`
        : `must compare by <, <=, > or >=, and not by "${sign}"`,
    );
  }
  if (!NUMBER.test(number)) {
    return err(
      number.endsWith('%')
        ? `must be a plain number: instead of ${number} write ${Number(number.slice(0, -1)) / 100}`
        : `must name a number after "${comparison}", and not "${number}"`,
    );
  }
  return ok({ comparison, bound: Number(number) });
}

export function isMet({ comparison, bound }: Threshold, value: number): boolean {
  switch (comparison) {
    case '<':
      return value < bound;
    case '<=':
      return value <= bound;
    case '>':
      return value > bound;
    case '>=':
      return value >= bound;
    default:
      return comparison satisfies never;
  }
}

export const thresholdText = ({ comparison, bound }: Threshold): string => `${comparison} ${bound}`;
