// The changing half of the port: one entry per call.

import { PlimsollError, problem } from '../../kernel/errors.ts';
import type { CallOptions, FillOptions, Host, PullProgress } from '../../ports/host.ts';
import { imageName } from '../engine/image.ts';
import { removeImage } from '../engine/images.ts';
import type { Machine } from '../engine/machine.ts';
import { removeNetwork } from '../engine/networks.ts';
import { type PullRequest, pullImage } from '../engine/pull.ts';
import { removeContainer } from '../engine/remove.ts';
import { startContainer } from '../engine/start.ts';
import { restartContainer, stopContainer } from '../engine/stop.ts';
import { createVolume, removeVolume } from '../engine/volumes.ts';
import { type Ask, type Caller, failedWith } from './call.ts';
import { changeLimits, changing, makeNetwork, ordering, removing } from './changes.ts';
import { type Filling, prepareFiller, removal, removeFiller, upload } from './filling.ts';
import { joinNetwork, leaveNetwork, makeContainer } from './network-places.ts';
import { reading } from './report.ts';

type ContainerChange =
  | 'createContainer'
  | 'startContainer'
  | 'restartContainer'
  | 'stopContainer'
  | 'removeContainer'
  | 'updateContainer'
  | 'connectNetwork'
  | 'disconnectNetwork';
type ObjectChange =
  | 'pullImage'
  | 'createNetwork'
  | 'createVolume'
  | 'fillVolume'
  | 'removeNetwork'
  | 'removeVolume'
  | 'removeImage';

/** For clearing up after a failure. */
const SMALL_CALL: CallOptions = { deadlineMs: 5_000 };
const SECOND_MS = 1_000;

/** Docker counts grace in whole seconds. */
const wholeSeconds = (graceMs: number): number => Math.ceil(graceMs / SECOND_MS) * SECOND_MS;

export function changesOf(caller: Caller, machine: Machine): Pick<Host, ContainerChange | ObjectChange> {
  return { ...containerCalls(caller, machine), ...objectCalls(caller, machine) };
}

function containerCalls({ one, several }: Caller, machine: Machine): Pick<Host, ContainerChange> {
  return {
    createContainer: (request, how) =>
      several(`cannot create container ${request.name}`, how, (ask) => makeContainer(ask, machine, request)),
    startContainer: (id, how) =>
      one(
        `cannot start container ${id}`,
        how,
        ordering(machine, 'startContainer', id, 'start', (container, reply) =>
          reply(startContainer(machine, container)),
        ),
      ),
    restartContainer: (id, graceMs, how) =>
      one(
        `cannot restart container ${id}`,
        how,
        ordering(machine, 'restartContainer', id, 'signal', (container, reply) =>
          restartContainer(machine, container, wholeSeconds(graceMs), reply),
        ),
      ),
    stopContainer: (id, graceMs, how) =>
      one(
        `cannot stop container ${id}`,
        how,
        ordering(machine, 'stopContainer', id, 'signal', (container, reply) =>
          stopContainer(machine, container, wholeSeconds(graceMs), reply),
        ),
      ),
    removeContainer: (id, how) =>
      one(
        `cannot remove container ${id}`,
        how,
        removing(
          ordering(machine, 'removeContainer', id, 'remove', (container, reply) =>
            removeContainer(machine, container, false, reply),
          ),
        ),
      ),
    updateContainer: (id, change, how) =>
      several(`cannot update container ${id}`, how, (ask) => changeLimits(ask, machine, id, change)),
    connectNetwork: (network, id, place, how) =>
      several(`cannot connect container ${id} to network ${network}`, how, (ask) =>
        joinNetwork(ask, machine, network, id, place),
      ),
    disconnectNetwork: (network, id, how) =>
      several(`cannot disconnect container ${id} from network ${network}`, how, (ask) =>
        leaveNetwork(ask, machine, network, id),
      ),
  };
}

function objectCalls(caller: Caller, machine: Machine): Pick<Host, ObjectChange> {
  const { one, several } = caller;
  return {
    pullImage: (reference, credential, onProgress, how) =>
      several(`cannot pull ${reference}`, how, (ask, hears) => {
        const tell = (progress: PullProgress): void => {
          if (hears()) onProgress(progress);
        };
        return pull(ask, machine, { reference, credential, onProgress: tell });
      }),
    createNetwork: (request, how) =>
      several(`cannot create network ${request.name}`, how, (ask) => makeNetwork(ask, machine, request)),
    createVolume: (name, labels, how) =>
      one(
        `cannot create volume ${name}`,
        how,
        changing('createVolume', name, 'volume', () => createVolume(machine, name, labels)),
      ),
    fillVolume: (volume, image, labels, files, how) =>
      fill(caller, machine, { volume, image, labels, files }, how),
    removeNetwork: (id, how) => {
      const name = machine.networks.get(id)?.observed.name ?? id;
      const request = changing('removeNetwork', name, 'network', () => removeNetwork(machine, id));
      return one(`cannot remove network ${id}`, how, removing(request));
    },
    removeVolume: (name, how) => {
      const request = changing('removeVolume', name, 'volume', () => removeVolume(machine, name));
      return one(`cannot remove volume ${name}`, how, removing(request));
    },
    removeImage: (id, how) =>
      several(`cannot remove image ${id}`, how, (ask) => removeNames(ask, machine, id)),
  };
}

async function pull(ask: Ask, machine: Machine, request: PullRequest): Promise<void> {
  const { reference } = request;
  if (imageName(reference) === null) {
    const words = `cannot pull ${reference}: it is no reference of an image`;
    throw new PlimsollError(problem('image/reference', words));
  }
  await ask({
    takes: 'image',
    effect: { kind: 'pullImage', object: reference },
    work: (reply) => pullImage(machine, request, reply),
  });
}

/** The filling container goes, whatever comes of it, while we may: after a failure in a call with a deadline of its own. */
async function fill(
  { one, several }: Caller,
  machine: Machine,
  filling: Filling,
  how: FillOptions,
): Promise<void> {
  const attempt = `cannot fill volume ${filling.volume}`;
  const mustGoOn = (): void => {
    if (!how.mayGoOn()) throw new PlimsollError(problem('host/cancelled', `${attempt}: cancelled`));
  };
  try {
    const filler = await several(attempt, how, (ask) => prepareFiller(ask, machine, filling, mustGoOn));
    mustGoOn();
    await one(attempt, { ...how, deadlineMs: how.uploadMs }, upload(machine, filler, filling));
    mustGoOn();
    await one(attempt, how, removal(machine, filler));
  } catch (error) {
    if (!how.mayGoOn()) throw error;
    await several(attempt, SMALL_CALL, (ask) => removeFiller(ask, machine, filling)).catch(() => {});
    throw error;
  }
}

/** By id an engine removes only images with one name; the others lose their names one by one. */
async function removeNames(ask: Ask, machine: Machine, id: string): Promise<void> {
  const remove = (reference: string) =>
    ask(removing(changing('removeImage', reference, 'image', () => removeImage(machine, reference))));
  try {
    await remove(id);
  } catch (error) {
    if (!failedWith(error, 'engine/conflict')) throw error;
    const names = await ask(
      reading(() => {
        const image = machine.images.get(id);
        return image === undefined ? [] : [...image.tags, ...image.digests];
      }),
    );
    if (names.length < 2) throw error;
    for (const name of names) await remove(name);
  }
}
