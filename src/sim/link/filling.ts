// How files get into a volume by the engine's API alone, request by request as the real adapter does it: a
// container that is never started mounts the volume, and an archive is unpacked into that container.

import type { ContainerSpec } from '../../desired/container.ts';
import type { ConfigFile } from '../../desired/desired.ts';
import { plainContainer } from '../../desired/plain-container.ts';
import { PlimsollError, problem } from '../../kernel/errors.ts';
import { createContainer } from '../engine/create.ts';
import type { Machine } from '../engine/machine.ts';
import { observe } from '../engine/observe.ts';
import { removeContainer } from '../engine/remove.ts';
import { putArchive } from '../engine/volumes.ts';
import { type Ask, failedWith } from './call.ts';
import { changing, ordering, removing } from './changes.ts';
import { reading } from './report.ts';

type Labels = Readonly<Record<string, string>>;

const fillerSpec = (image: string, volume: string): ContainerSpec => ({
  ...plainContainer(image),
  pullPolicy: 'never',
  entrypoint: ['/plimsoll-never-started'],
  mounts: [{ kind: 'volume', volume, target: '/plimsoll-fill', readOnly: false }],
  stopGraceMs: 0,
  networkMode: 'none',
});

/** The same name each time, so that what a crash left behind is found and removed. */
const fillerName = (volume: string): string => `${volume}.fill`;

export interface Filling {
  readonly volume: string;
  readonly image: string;
  readonly labels: Labels;
  readonly files: readonly ConfigFile[];
}

function createFiller(ask: Ask, machine: Machine, { volume, image, labels }: Filling): Promise<string> {
  const name = fillerName(volume);
  const spec = fillerSpec(image, volume);
  const request = {
    name,
    labels,
    image,
    spec,
    hostPorts: [],
    networks: [],
    sharesNetworkOf: null,
    hosts: [],
    volumes: [volume],
  };
  return ask(changing('createFiller', name, 'create', () => createContainer(machine, request)));
}

export const removal = (machine: Machine, id: string) =>
  removing(
    ordering(machine, 'removeFiller', id, 'remove', (container, reply) =>
      removeContainer(machine, container, false, reply),
    ),
  );

/** Removes the filling container if it is there; one of somebody else that has the name stays. */
export async function removeFiller(ask: Ask, machine: Machine, { volume, labels }: Filling): Promise<void> {
  const name = fillerName(volume);
  const leftover = await ask(
    reading(() => {
      const container = machine.find(name);
      return container === undefined ? null : observe(container);
    }),
  );
  if (leftover === null) return;
  if (!Object.entries(labels).every(([key, value]) => leftover.labels[key] === value)) {
    const words = `cannot fill volume ${volume}: a container of somebody else is named ${name}`;
    throw new PlimsollError(problem('engine/foreign', words));
  }
  await ask(removal(machine, leftover.id));
}

/** Creates the filling container, past the leftover of an earlier attempt. Returns its id. `mustGoOn` may throw. */
export async function prepareFiller(
  ask: Ask,
  machine: Machine,
  filling: Filling,
  mustGoOn: () => void,
): Promise<string> {
  try {
    return await createFiller(ask, machine, filling);
  } catch (error) {
    if (!failedWith(error, 'engine/conflict')) throw error;
    mustGoOn();
    await removeFiller(ask, machine, filling);
    mustGoOn();
    return createFiller(ask, machine, filling);
  }
}

/** Writes the files into the volume that the filling container mounts. */
export const upload = (machine: Machine, filler: string, { volume, files }: Filling) =>
  changing('putArchive', volume, 'archive', () => putArchive(machine, filler, files));
