// Removing containers, with what seldom goes wrong in it.

import { ok } from '../../kernel/result.ts';
import { type Reply, refuse } from './answer.ts';
import type { SimContainer } from './container.ts';
import type { Machine } from './machine.ts';
import { happens } from './pace.ts';
import { bringDown, isDown } from './stop.ts';

const LONGEST_LINGERING_MS = 10_000;

/** Removes a container that is down; with force one that is up as well. */
export function removeContainer(
  machine: Machine,
  container: SimContainer,
  force: boolean,
  reply: Reply<void>,
): void {
  const { id, status } = container;
  if (status === 'removing') {
    reply(refuse('engine/conflict', `removal of container ${id} is already in progress`));
  } else if (isDown(container)) destroy(machine, container, reply);
  else if (force) {
    // A restart that was waiting for the same end may have started it again.
    bringDown(machine, container, 0, () => removeContainer(machine, container, force, reply));
  } else {
    const words = `You cannot remove a ${status} container ${id}. Stop the container before attempting removal or force remove`;
    reply(refuse('engine/conflict', words));
  }
}

function destroy(machine: Machine, container: SimContainer, reply: Reply<void>): void {
  const { flaws } = machine.options;
  if (container.status !== 'dead' && happens(flaws.removalFails, machine.random)) {
    container.status = 'dead';
    machine.touch(container);
    const words = `driver "overlay2" failed to remove root filesystem for ${container.id}: device or resource busy`;
    reply(refuse('engine/failed', words));
  } else if (happens(flaws.removalLingers, machine.random)) {
    container.status = 'removing';
    machine.touch(container);
    machine.clock.after(machine.random.next() * LONGEST_LINGERING_MS, () =>
      machine.whenUp(() => {
        if (container.status === 'removing') finish(machine, container, reply);
      }),
    );
  } else finish(machine, container, reply);
}

function finish(machine: Machine, container: SimContainer, reply: Reply<void>): void {
  // Of two forced removals that waited for its end the second one finds nothing.
  if (machine.containers.delete(container.id)) {
    machine.names.delete(container.name);
    machine.touch(container);
    machine.tellOf(container, 'destroy');
  }
  reply(ok(undefined));
}
