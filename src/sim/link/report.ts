// The whole state of a host as the real adapter gathers it: lists, which show little, and an inspection of
// what is new or has visibly changed. The parts are read at different moments.

import { ok } from '../../kernel/result.ts';
import type { HostReport, ObservedContainer } from '../../observed/report.ts';
import type { Machine } from '../engine/machine.ts';
import { isListedAsKnown, observe } from '../engine/observe.ts';
import type { Ask } from './call.ts';
import type { WireRequest } from './transit.ts';

/** A request that reads something at one moment. */
export function reading<T>(read: () => T): WireRequest<T> {
  return {
    takes: 'read',
    effect: null,
    work: (reply) => {
      reply(ok(read()));
      return undefined;
    },
  };
}

async function observeAll(
  ask: Ask,
  machine: Machine,
  known: ReadonlyMap<string, ObservedContainer>,
): Promise<readonly ObservedContainer[]> {
  const listed = await ask(reading(() => machine.observedContainers.get()));
  const seen = listed.map((now) => {
    const before = known.get(now.id);
    return before !== undefined && isListedAsKnown(now, before) ? before : null;
  });
  const missing = listed.filter((_, index) => seen[index] === null).map(({ id }) => id);
  if (missing.length === 0) return seen.filter((container) => container !== null);
  const inspected = await ask(
    reading(() => {
      const found = missing.map((id) => machine.containers.get(id));
      return new Map(found.flatMap((c) => (c === undefined ? [] : [[c.id, observe(c)]])));
    }),
  );
  // What is gone by now is left out.
  return listed.flatMap(({ id }, index) => seen[index] ?? inspected.get(id) ?? []);
}

/** What a report consists of, without the moment and the engine. */
export async function readReport(
  ask: Ask,
  machine: Machine,
  known: ReadonlyMap<string, ObservedContainer>,
  withImages: boolean,
): Promise<Pick<HostReport, 'containers' | 'networks' | 'volumes' | 'images'>> {
  const [containers, lists] = await Promise.all([
    observeAll(ask, machine, known),
    ask(
      reading(() => ({
        networks: machine.observedNetworks.get(),
        volumes: machine.observedVolumes.get(),
        images: withImages ? machine.observedImages.get() : null,
      })),
    ),
  ]);
  return { containers, ...lists };
}
