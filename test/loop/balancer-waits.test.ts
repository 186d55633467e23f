// For how long a load balancer that does not serve by the newest rules is looked at often, and when people hear of it.

import { expect, it } from 'vitest';
import { HostId } from '../../src/kernel/ids.ts';
import { instant } from '../../src/kernel/time.ts';
import { BalancerWaits } from '../../src/loop/balancer-waits.ts';

const H1 = HostId.parse('h1');
const H2 = HostId.parse('h2');
const DEAF = new Map([[H1, 'it does not answer']]);

/** What is known after so many seconds of the same. */
function after(seconds: number): BalancerWaits {
  const waits = new BalancerWaits();
  for (let at = 0; at <= seconds; at += 1) waits.note(DEAF, instant(1_000 * at));
  return waits;
}

it.each([
  [2, true, null],
  [30, true, 'it does not answer'],
  [90, false, 'it does not answer'],
])('after %d s it is urgent: %s, and told: %s', (seconds, isUrgent, told) => {
  const waits = after(seconds);
  const now = instant(1_000 * seconds);
  expect([waits.isUrgent(H1, now), waits.lasting(H1, now)]).toEqual([isUrgent, told]);
});

it('another reason begins anew, and none ends it', () => {
  const waits = after(90);
  waits.note(new Map([[H1, 'it is being told']]), instant(91_000));
  expect([waits.isUrgent(H1, instant(91_000)), waits.lasting(H1, instant(91_000))]).toEqual([true, null]);
  waits.note(new Map(), instant(92_000));
  expect(waits.isUrgent(H1, instant(92_000))).toBe(false);
});

it('what one host waits for makes no other one urgent', () => {
  expect(after(2).isUrgent(H2, instant(2_000))).toBe(false);
});
