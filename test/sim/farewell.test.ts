// A process that has stopped in order does nothing any more: each of these is broken here on purpose.

import { describe, expect, it } from 'vitest';
import { at, Deployed, MINUTE_MS, words } from './deployed.ts';
import { pass } from './pass.ts';

describe('of a process that has stopped in order it is found that it', () => {
  it.each<readonly [string, RegExp, (d: Deployed, stopped: Deployed['process']) => void]>([
    [
      'looks at a host',
      /^I12 .*asks h1 \(inspect web\)/,
      (d, stopped) => d.checks.asked({ kind: 'inspect', at: 'h1', object: 'web' }, stopped),
    ],
    [
      'stops a container',
      /^I12 .*sends stopContainer/,
      (d, stopped) => d.send('stopContainer', at(d, 'web'), stopped),
    ],
  ])('%s', async (_, wanted, act) => {
    const d = await Deployed.shop();
    const { process } = d;
    expect(words(() => act(d, process))).not.toMatch(/has stopped/);
    await Promise.all([process.stop(), pass(d.world, MINUTE_MS)]);
    expect(words(() => act(d, process))).toMatch(wanted);
  });
});
