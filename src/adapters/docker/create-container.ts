// Creating a container, with all of its networks. Engines before API 1.44 take one network when they create;
// the others are connected before anybody starts it, which all engines do alike.

import type { CreateContainer } from '../../ports/host.ts';
import { removeContainer } from './containers.ts';
import { createBody } from './create-body.ts';
import type { Engine } from './engine.ts';
import { Created } from './engine-answers.ts';
import { connectNetwork } from './network-places.ts';

export async function createContainer(engine: Engine, request: CreateContainer): Promise<string> {
  const { platform } = request.spec;
  const { Id } = await engine.read(
    {
      method: 'POST',
      path: '/containers/create',
      query: { name: request.name, ...(platform === null ? {} : { platform }) },
      body: createBody(request),
      attempt: `cannot create container ${request.name}`,
    },
    Created,
  );
  try {
    for (const { name, ...place } of request.networks.slice(1)) await connectNetwork(engine, name, Id, place);
  } catch (error) {
    await removeContainer(engine, Id).catch(() => {});
    throw error;
  }
  return Id;
}
