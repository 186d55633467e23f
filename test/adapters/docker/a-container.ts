// The plainest container request there is; tests name only what differs from it.

import type { ContainerSpec } from '../../../src/desired/container.ts';
import { plainContainer } from '../../../src/desired/plain-container.ts';
import type { CreateContainer } from '../../../src/ports/host.ts';

export function aContainer(
  spec: Partial<ContainerSpec> = {},
  request: Partial<Omit<CreateContainer, 'spec'>> = {},
): CreateContainer {
  return {
    name: 'shop.api.0',
    labels: {},
    image: 'nginx@sha256:1',
    hostPorts: [],
    networks: [],
    sharesNetworkOf: null,
    hosts: [],
    volumes: [],
    ...request,
    spec: { ...plainContainer('docker.io/library/nginx:1.27'), ...spec },
  };
}
