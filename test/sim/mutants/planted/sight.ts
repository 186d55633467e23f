// What is seen wrongly: old pictures, moments in between that nobody saw, silence taken for an answer
// (intermediate, stale and unobserved states: Sun et al., Sieve, OSDI 2022).

import type { Planted } from './planted.ts';

export const SIGHT: readonly Planted[] = [
  {
    id: 'unreachable-is-empty',
    file: 'src/rollout/assess.ts',
    text: "return { condition: 'unknown' as const, because: `host ${instance.host} ${why}` };",
    replacement: "return { condition: 'absent' as const, because: `host ${instance.host} ${why}` };",
    thought: 'A host that does not answer runs nothing.',
  },
  {
    id: 'old-list-wins',
    file: 'src/loop/late-answers.ts',
    text: `      const containers = report.containers.filter((c) => !this.#destroyed.has(c.id));
      return [{ kind: 'report', host, report: { ...report, containers } }, ...meanwhile];`,
    replacement: `      return [{ kind: 'report', host, report }];`,
    thought: 'What a list of the host names is there, and as the list has it.',
  },
  {
    id: 'gap-changed-nothing',
    file: 'src/loop/host-observer.ts',
    text: `const known: HostView['containers'] = withoutImages
      ? this.#order.certain(this.#view.containers)
      : new Map();`,
    replacement: 'const known = this.#order.certain(this.#view.containers);',
    thought: 'What looks as before in the list is as before, connected all the time or not.',
  },
  {
    id: 'events-tell-all',
    file: 'src/loop/host-observer.ts',
    text: 'if (next !== null) await this.#looks.inspect(next);',
    replacement: '',
    thought: 'Every change is an event: nothing has to be looked at again.',
  },
  {
    id: 'silent-host-given-up',
    file: 'src/rollout/step.ts',
    text: `a.condition === 'unknown' && !draft.isInFleet(a.instance.host) && isGivenUp(draft, a.instance.host);`,
    replacement: `a.condition === 'unknown' && isGivenUp(draft, a.instance.host);`,
    thought: 'After a minute of silence a host is lost, and its replicas are started elsewhere.',
  },
  {
    id: 'starting-is-ready',
    file: 'src/rollout/assess.ts',
    text: `return { condition: 'starting', because: 'its health check has not passed yet' };`,
    replacement: `return { condition: 'ready', because: 'running' };`,
    thought: 'A container that runs is ready unless its check says otherwise.',
  },
  {
    id: 'unread-source-is-empty',
    file: 'src/plan/reconcile.ts',
    text: 'const unread = desired === null ? this.#unreadSourceOf(before) : null;',
    replacement:
      'const unread = this.world.settings.sources.size === 0 ? this.#unreadSourceOf(before) : null;',
    thought: 'What no manifest names is not wanted, whether or not the source could be read.',
  },
  {
    id: 'wall-clock-deadlines',
    file: 'src/loop/controller.ts',
    text: 'clock: steadyClock(options.clock)',
    replacement:
      'clock: { ...options.clock, now: () => options.clock.now(), monotonicMs: () => options.clock.monotonicMs(), after: (delayMs, callback) => options.clock.after(delayMs, callback) }',
    thought: 'It is as late as the clock says.',
  },
];
