// What stands in front of a line of a log: which container it comes from, where there are several.

import { describe, expect, it } from 'vitest';
import { LogLabels } from '../../src/cli/log-labels.ts';

function labelled(containers: readonly string[]): readonly string[] {
  const labels = new LogLabels();
  for (const container of containers) labels.add(container);
  return containers.map((container) => labels.prefixOf(container));
}

describe('in front of a line', () => {
  it.each<[string, readonly string[], readonly string[]]>([
    ['stands nothing where there is one container', ['shop.web.aaaaaaaaaaaa.0.0'], ['']],
    [
      'stands service and ordinal where that tells them apart',
      ['shop.web.aaaaaaaaaaaa.0.0', 'shop.web.aaaaaaaaaaaa.1.0'],
      ['web.0 | ', 'web.1 | '],
    ],
    [
      'stand revision and attempt as well where they differ in those',
      [
        'shop.web.aaaaaaaaaaaa.0.0',
        'shop.web.aaaaaaaaaaaa.0.1',
        'shop.web.bbbbbbbbbbbb.0.0',
        'shop.web.bbbbbbbbbbbb.1.0',
      ],
      [
        'web.0 aaaaaaaaaaaa.0 | ',
        'web.0 aaaaaaaaaaaa.1 | ',
        'web.0 bbbbbbbbbbbb.0 | ',
        'web.1                | ',
      ],
    ],
  ])('%s', (_, containers, prefixes) => {
    expect(labelled(containers)).toEqual(prefixes);
  });

  it('stands something once a second container has come', () => {
    const labels = new LogLabels();
    labels.add('shop.web.aaaaaaaaaaaa.0.0');
    expect(labels.prefixOf('shop.web.aaaaaaaaaaaa.0.0')).toBe('');
    labels.add('shop.web.bbbbbbbbbbbb.1.0');
    expect(labels.prefixOf('shop.web.aaaaaaaaaaaa.0.0')).toBe('web.0 | ');
  });
});
