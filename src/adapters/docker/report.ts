// The whole state of a host at one moment, at the price of three lists (four with the images) and of one
// inspection for each container that is new or has visibly changed.

import type { HostReport, ObservedContainer } from '../../observed/report.ts';
import { inspectContainer } from './containers.ts';
import type { Engine } from './engine.ts';
import { ListedContainer } from './engine-answers.ts';
import { listImages } from './images.ts';
import { listNetworks } from './networks.ts';
import { inOrder, isStillAsKnown } from './observe-list.ts';
import { listVolumes } from './volumes.ts';

async function listContainers(engine: Engine): Promise<ListedContainer[]> {
  const attempt = 'cannot list containers';
  const query = { all: true };
  return engine.read({ method: 'GET', path: '/containers/json', query, attempt }, ListedContainer.array());
}

async function observeAll(
  engine: Engine,
  known: ReadonlyMap<string, ObservedContainer>,
): Promise<ObservedContainer[]> {
  const listed = await listContainers(engine);
  const containers = await Promise.all(
    listed.map(async (container) => {
      const before = known.get(container.Id);
      if (before !== undefined && isStillAsKnown(container, before)) return before;
      return inspectContainer(engine, container.Id);
    }),
  );
  // Gone between the list and the inspection.
  const present = containers.filter((container) => container !== null);
  return inOrder(present, ({ id }) => id);
}

/** What a report consists of, without the moment and the engine. */
export async function readReport(
  engine: Engine,
  known: ReadonlyMap<string, ObservedContainer>,
  withImages: boolean,
): Promise<Pick<HostReport, 'containers' | 'networks' | 'volumes' | 'images'>> {
  const [containers, networks, volumes, images] = await Promise.all([
    observeAll(engine, known),
    listNetworks(engine),
    listVolumes(engine),
    withImages ? listImages(engine) : null,
  ]);
  return { containers, networks, volumes, images };
}
