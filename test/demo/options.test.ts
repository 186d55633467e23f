// The command line of the demo, and where it keeps its things.

import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { HELP, readOptions } from '../../src/demo/options.ts';
import { PROJECT, placesIn } from '../../src/demo/places.ts';

describe('options', () => {
  test('by default a visit in .cache/demo of the checkout', () => {
    expect(readOptions([])).toEqual({
      once: false,
      keep: false,
      privateEngine: false,
      directory: path.join(PROJECT, '.cache/demo'),
      help: false,
    });
  });

  test('every option is in the help', () => {
    for (const option of ['--once', '--keep', '--private-engine', '--directory', '--help'])
      expect(HELP).toContain(`  ${option}`);
  });

  test.each([[['--onse']], [['once']], [['--directory']]])('%j is refused', (args) => {
    expect(() => readOptions(args)).toThrow();
  });
});

describe('places', () => {
  test.each([
    ['/srv/plimsoll/.cache/demo', 'inside the directory', true],
    [`/srv/${'a-very-long-name/'.repeat(6)}demo`, 'elsewhere, since a socket needs a short path', false],
  ])('sockets of %s lie %s', (directory, _, isInside) => {
    const { run, controllerSocket } = placesIn(directory);
    expect(run.startsWith(directory)).toBe(isInside);
    expect(controllerSocket.length).toBeLessThan(104);
  });
});
