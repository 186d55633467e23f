// The time by which the loop decides: wall-clock time as it was when the controller began, carried on by
// the monotonic clock. Somebody who sets the clock (NTP on a machine without one of its own, an
// administrator) then neither lets deadlines pass nor makes replicas wait for a day. What people read,
// events and the audit, is dated by the real wall clock.

import { instant } from '../kernel/time.ts';
import type { Clock } from '../ports/clock.ts';

export function steadyClock(clock: Clock): Clock {
  const aheadMs = clock.now() - clock.monotonicMs();
  return {
    now: () => instant(Math.round(aheadMs + clock.monotonicMs())),
    monotonicMs: () => clock.monotonicMs(),
    after: (delayMs, callback) => clock.after(delayMs, callback),
  };
}
