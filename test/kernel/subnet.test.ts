// Networks are read strictly: whoever wrote an address for a network gets exactly the one that was meant.

import { describe, expect, it } from 'vitest';
import { invariant } from '../../src/kernel/invariant.ts';
import {
  countWithin,
  formatSubnet,
  lastHost,
  overlaps,
  parseSubnet,
  type Subnet,
  subnetAt,
} from '../../src/kernel/subnet.ts';

function subnet(text: string): Subnet {
  const parsed = parseSubnet(text);
  invariant(parsed !== null, `${text} is a network`);
  return parsed;
}

describe('a network', () => {
  it.each(['0.0.0.0/0', '10.201.0.0/16', '192.168.255.252/30', '255.255.255.255/32'])(
    'is read: %s',
    (text) => {
      expect(formatSubnet(subnet(text))).toBe(text);
    },
  );

  it.each([
    '',
    '10.201.0.0',
    '10.201.0.1/16',
    '10.256.0.0/16',
    '10.201.0.0/33',
    'fd00::/64',
    '10.201.0.0/16 ',
    '-1.0.0.0/8',
  ])('is not: %j', (text) => {
    expect(parseSubnet(text)).toBeNull();
  });

  it.each([
    ['10.201.0.0/16', '10.201.4.0/24', true],
    ['10.201.4.0/24', '10.201.0.0/16', true],
    ['10.201.4.0/24', '10.201.4.0/24', true],
    ['10.201.4.0/24', '10.201.5.0/24', false],
    ['10.201.4.0/25', '10.201.4.128/25', false],
    ['0.0.0.0/0', '255.255.255.255/32', true],
  ])('%s and %s have addresses in common: %s', (a, b, expected) => {
    expect(overlaps(subnet(a), subnet(b))).toBe(expected);
  });

  it.each([
    ['10.201.5.0/24', '10.201.5.254'],
    ['10.201.0.0/16', '10.201.255.254'],
    ['10.201.5.128/25', '10.201.5.254'],
    ['10.201.5.0/30', '10.201.5.2'],
    ['10.201.5.4/31', '10.201.5.5'],
    ['255.255.255.255/32', '255.255.255.255'],
  ])('%s ends for machines at %s', (text, expected) => {
    expect(lastHost(subnet(text))).toBe(expected);
  });

  it('is divided into smaller ones', () => {
    const range = subnet('10.201.0.0/22');
    const all = Array.from({ length: countWithin(range, 24) }, (_, place) => subnetAt(range, 24, place));
    expect(all.map(formatSubnet)).toEqual([
      '10.201.0.0/24',
      '10.201.1.0/24',
      '10.201.2.0/24',
      '10.201.3.0/24',
    ]);
    expect(countWithin(range, 21)).toBe(0);
  });
});
