// What a crash may change in some scenarios, with the reason.

import type { Scenario } from './scenario.ts';

const STOPPED_OR_NETWORK =
  /^(on \w+: (container|network|image) |happened: \w+ (container destroy|network (destroy|disconnect)) |store: row pulled)/;

/**
 * A host leaves the fleet as soon as nothing of ours runs on it, and what was stopped there stays. A controller
 * that begins right before that looks at the host once more, and clears it away.
 */
export const LEFT_BEHIND: NonNullable<Scenario['leeway']> = {
  because: 'what was stopped on a host that leaves the fleet is cleared away only if somebody still looks',
  without: (outcome) => new Map([...outcome].filter(([what]) => !STOPPED_OR_NETWORK.test(what))),
};
